"""Finding what waits for whom, in the database."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.checks import APPROVER


class PurchaseMilestone(models.Model):
    """The search by whose turn it is.

    It says in domains what `_get_open_rule` and `_get_waiting_for` say of a single milestone. So
    its queries grow with the rules, the approvers and the deputies, never with the milestones.
    """

    _inherit = "purchase.milestone"

    rule_amount = fields.Float(
        compute="_compute_rule_amount",
        store=True,
        aggregator=None,
        help="What approval rules compare: the amount of the milestone with all its parts, in the "
        "company's currency. Amounts in other currencies are converted at the date of the order.",
        export_string_translation=False,
    )

    @api.depends(
        "order_id.currency_rate",
        "order_id.milestone_ids.amount",
        "order_id.milestone_ids.amount_closed",
        "order_id.milestone_ids.part_of_id",
    )
    def _compute_rule_amount(self):
        for order, milestones in self.grouped("order_id").items():
            # In a form, the edited milestone replaces the stored one.
            worth = defaultdict(float)
            for part in (order.milestone_ids - milestones._origin) | milestones:
                worth[part._get_whole_key()] += part._get_effective_amount()
            # The order keeps the rate of its date, in its own currency per unit of the company's.
            rate = order.currency_rate or 1
            for milestone in milestones:
                amount = worth[milestone._get_whole_key()] / rate
                currency = order.company_id.currency_id
                milestone.rule_amount = currency.round(amount) if currency else amount

    @api.model
    def _get_frozen_figures(self):
        return [*super()._get_frozen_figures(), "rule_amount"]

    @api.model
    def _get_computed_fields(self):
        return super()._get_computed_fields() | {"rule_amount"}

    def _search_waiting_for_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: purchase.milestone, res.company - whose turn it is does not depend on who asks
        milestones = self.sudo()
        companies = milestones.env["res.company"].search([("milestone_enabled", "=", True)])
        approvers = companies._get_users_with_right(APPROVER)
        wanted = approvers.filtered(lambda user: user.id in value)
        found = milestones._search(milestones._get_turn_domain(companies, approvers, wanted))
        domain = Domain("id", "in", found)
        if False in value:
            found = milestones._search(milestones._get_turn_domain(companies, approvers, approvers))
            domain |= Domain("id", "not in", found)
        return domain

    @api.model
    def _get_turn_domain(self, companies, approvers, wanted):
        """Return the domain of the milestones of which it is the turn of one of ``wanted``.

        :param companies: in which milestones are switched on
        :param approvers: all users who have the right there
        """
        able = {user: self._get_able_domain(user) for user in approvers}
        deputies = self.env["purchase.milestone.deputy"]._get_in_force().grouped("user_id")
        asked = {
            user: self._get_asked_domain(user, deputies.get(user), able, wanted)
            for user in approvers
        }
        # What is open after the rules so far, and the turns found among what these rules ask for.
        is_open, turns = Domain.TRUE, Domain.FALSE
        for rule in self._get_rules():
            needs = rule._get_needs_domain()
            of_rule = Domain.OR(asked[user] for user in rule.approver_ids & approvers)
            turns |= is_open & needs & of_rule
            is_open &= ~needs
        named = {user: Domain("order_id.milestone_approver_id", "=", user.id) for user in approvers}
        has_named = Domain.OR(named[user] & able[user] for user in approvers)
        turns |= is_open & Domain.OR(named[user] & asked[user] for user in approvers)
        turns |= is_open & ~has_named & Domain.OR(able[user] for user in wanted)
        waiting = Domain(
            [
                ("state", "=", "completed"),
                ("order_id.state", "=", "purchase"),
                ("company_id", "in", companies.ids),
            ]
        )
        return waiting & turns

    @api.model
    def _get_able_domain(self, user):
        """Return the domain of the milestones that this approver is not excluded from."""
        approved = self.env["purchase.milestone.approval"]._search_in_force(
            Domain("user_id", "=", user.id) | Domain("on_behalf_of_id", "=", user.id)
        )
        not_own = Domain("completed_by_id", "!=", user.id)
        return (
            Domain("company_id", "in", user.company_ids.ids)
            & Domain("id", "not in", approved.subselect("milestone_id"))
            & (not_own | Domain("company_id.milestone_four_eyes", "=", False))
        )

    @api.model
    def _get_asked_domain(self, user, deputies, able, wanted):
        """Return where one of ``wanted`` is asked as this approver, or in this approver's place.

        :param deputies: those of this approver that are in force, or None
        :param dict able: ``{approver: domain}``
        """
        present = {
            deputy: able[deputy] & Domain("completed_by_id", "not in", (user | deputy).ids)
            for deputy in (deputies.deputy_id if deputies else ())
            if deputy in able
        }
        asked = Domain.OR(domain for deputy, domain in present.items() if deputy in wanted)
        if user in wanted:
            asked |= ~Domain.OR(present.values())
        return able[user] & asked
