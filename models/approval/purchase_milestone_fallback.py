"""Who is asked when nobody is left who may approve."""

from odoo import api, fields, models
from odoo.tools import format_list

from ...tools.checks import MANAGER

ADMINISTRATOR = "base.group_system"


class PurchaseMilestone(models.Model):
    """A milestone that nobody may approve is not forgotten: somebody else is asked, and told why.

    Everybody whom the rule names may have completed it, approved it already, left, or lost the
    right. The company's user for late approvals then decides instead, if he may approve.
    Otherwise those are asked who can add approvers: the purchase managers.
    """

    _inherit = "purchase.milestone"

    nobody_left = fields.Char(
        compute="_compute_nobody_left",
        compute_sudo=True,
        help="Why others are asked than those who should approve.",
        export_string_translation=False,
    )

    @api.depends_context("lang")
    @api.depends("waiting_for_ids", "company_id.milestone_escalation_user_id")
    def _compute_nobody_left(self):
        self.nobody_left = False
        for milestone, users in self._get_helpers().items():
            milestone.nobody_left = milestone._explain_nobody_left(users)

    def _get_helpers(self):
        """Return ``{milestone: users}``: who is asked about those that nobody may approve."""
        stuck = self.filtered(lambda m: m._waits_for_decision() and not m.waiting_for_ids)
        helpers = {}
        for company, milestones in stuck.grouped("company_id").items():
            able_to_add = company._get_users_with_right(MANAGER)
            able_to_add = able_to_add or company._get_users_with_right(ADMINISTRATOR)
            for milestone in milestones:
                helpers[milestone] = milestone._get_substitute() or able_to_add
        return helpers

    def _get_substitute(self):
        """Return the company's user for late approvals, if he may approve this milestone."""
        user = self.company_id.milestone_escalation_user_id - self._get_excluded()
        return user.filtered(lambda user: user._may_approve())

    def _get_stands_for(self, rule):
        stands_for = super()._get_stands_for(rule)
        if stands_for or self.waiting_for_ids:
            return stands_for
        return self._get_substitute() & self.env.user

    def _get_users_to_ask(self):
        return {**super()._get_users_to_ask(), **self._get_helpers()}

    def _explain_nobody_left(self, users):
        names = {"users": format_list(self.env, users.mapped("name"), "or")}
        rule = self.open_rule_id
        if not rule:
            return self.env._(
                "Nobody is left who may approve it. %(users)s has to see to it that somebody else "
                "gets the right.",
                **names,
            )
        if users == self._get_substitute():
            return self.env._(
                "Nobody is left who may approve it by the rule “%(rule)s”. %(users)s decides "
                "instead.",
                rule=rule.name,
                **names,
            )
        return self.env._(
            "Nobody is left who may approve it by the rule “%(rule)s”. %(users)s has to add "
            "approvers to the rule.",
            rule=rule.name,
            **names,
        )
