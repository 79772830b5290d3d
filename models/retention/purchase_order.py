"""Retention of an order: its terms, what is held, when it is due and what is left of it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import (
    BUYER,
    DELETED_BY_US,
    INTERNAL,
    RELEASE_OFFICER,
    check_right,
    filter_changed,
)
from ...tools.fields import MonetaryTotal
from ..milestone.purchase_order_plan import plan_order

LIMIT_TYPES = [
    ("none", "No limit"),
    ("percent", "Percentage of the order"),
    ("amount", "Amount"),
]
# Terms that approvals rest on.
LIMIT_FIELDS = {"retention_limit_type", "retention_limit", "retention_period_days"}
TERM_FIELDS = {*LIMIT_FIELDS, "retention_acceptance_percent", "retention_percent"}


class PurchaseOrder(models.Model):
    """An order holds the retention of its milestones, up to its limit, until it is released."""

    _inherit = "purchase.order"

    retention_held = MonetaryTotal(
        compute="_compute_retention_held",
        store=True,
        groups=INTERNAL,
        help="Retention of the approved milestones.",
    )
    retention_released = MonetaryTotal(
        compute="_compute_retention_released",
        store=True,
        groups=INTERNAL,
    )
    retention_forfeited = MonetaryTotal(
        compute="_compute_retention_released",
        store=True,
        groups=INTERNAL,
        help="Retention that has been kept for good.",
    )
    retention_open = MonetaryTotal(
        compute="_compute_retention_held",
        store=True,
        groups=INTERNAL,
        help="Retention held, neither released nor forfeited.",
    )
    retention_reserved = MonetaryTotal(
        compute="_compute_retention_released",
        store=True,
        groups=INTERNAL,
        help="By releases that are under way.",
    )
    retention_release_ids = fields.One2many(
        comodel_name="purchase.retention.release",
        inverse_name="order_id",
        string="Retention Releases",
        copy=False,
        groups=INTERNAL,
    )
    retention_limit_type = fields.Selection(
        selection=LIMIT_TYPES,
        string="Retention Limit",
        default="none",
        required=True,
        groups=INTERNAL,
        help="The order never holds more retention than this.",
    )
    retention_limit = fields.Float(
        string="Limit Value",
        digits=(16, 6),
        min_display_digits=2,
        groups=INTERNAL,
        help="A percentage of the untaxed total, or an amount in the order's currency.",
    )
    retention_limit_used = fields.Float(
        string="Limit Used",
        compute="_compute_retention_limit_used",
        groups=INTERNAL,
        help="Retention held as a percentage of the limit.",
    )
    retention_period_days = fields.Integer(
        string="Retention Period in Days",
        groups=INTERNAL,
        help="From final acceptance until all retention is due for release.",
    )
    date_retention_due = fields.Date(
        string="Retention Due",
        compute="_compute_date_retention_due",
        store=True,
        groups=INTERNAL,
        help="Final acceptance plus the retention period.",
    )
    retention_acceptance_percent = fields.Float(
        string="Due at Acceptance %",
        digits=(16, 6),
        min_display_digits=2,
        groups=INTERNAL,
        help="Part of what is held, 0 to 100, that is due at final acceptance already.",
    )

    _retention_limit_range = models.Constraint(
        "CHECK(retention_limit >= 0"
        " AND (retention_limit_type != 'percent' OR retention_limit <= 100))",
        "The retention limit is zero or more, and as a percentage at most 100.",
    )
    _retention_period_positive = models.Constraint(
        "CHECK(retention_period_days BETWEEN 0 AND 36500)",
        "The retention period goes from 0 to 36,500 days.",
    )
    _retention_acceptance_range = models.Constraint(
        "CHECK(retention_acceptance_percent BETWEEN 0 AND 100)",
        "The part of the retention that is due at acceptance goes from 0 to 100 percent.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends(
        "milestone_ids.retention_released",
        "milestone_ids.retention_forfeited",
        "retention_release_ids.state",
        "retention_release_ids.amount",
    )
    def _compute_retention_released(self):
        for order in self:
            reserved = order.retention_release_ids.filtered(lambda release: release._is_reserved())
            order.retention_reserved = sum(reserved.mapped("amount"))
            order.retention_released = sum(order.milestone_ids.mapped("retention_released"))
            order.retention_forfeited = sum(order.milestone_ids.mapped("retention_forfeited"))

    @api.depends("milestone_ids.retention_held", "milestone_ids.retention_open")
    def _compute_retention_held(self):
        for order in self:
            order.retention_held = sum(order.milestone_ids.mapped("retention_held"))
            order.retention_open = sum(order.milestone_ids.mapped("retention_open"))

    @api.depends("retention_held", "retention_limit", "retention_limit_type", "milestone_base")
    def _compute_retention_limit_used(self):
        for order in self:
            limit = order._get_retention_limit()
            order.retention_limit_used = 100 * order.retention_held / limit if limit else 0

    @api.depends("date_final_acceptance", "retention_period_days")
    def _compute_date_retention_due(self):
        for order in self:
            accepted = order.date_final_acceptance
            order.date_retention_due = accepted and fields.Date.add(
                accepted, days=order.retention_period_days
            )

    def _get_retention_limit(self):
        """Return the most that the order may hold, in its currency; None without a limit."""
        if self.retention_limit_type == "amount":
            return self.retention_limit
        if self.retention_limit_type == "percent":
            return self._get_plan_currency().round(
                self._get_milestone_base() * self.retention_limit / 100
            )
        return None

    def _get_retention_amounts(self, plan, approving=None):
        """Return ``{milestone: retention}`` for the milestones of ``plan``, all of this order.

        Approved milestones keep theirs. The limit is used up by them, then by ``approving`` (about
        to be approved), then by the others in the plan's sequence.
        """
        currency = self._get_plan_currency()
        limit = self._get_retention_limit()
        approved = plan.filtered(lambda m: m.state == "approved")
        retentions = {milestone: milestone.retention_amount for milestone in approved}
        left = None if limit is None else max(limit - sum(retentions.values()), 0)
        first = approving or plan.browse()
        for milestone in first.sorted(plan_order) + (plan - approved - first).sorted(plan_order):
            retention = currency.round(milestone.amount * milestone.retention_percent / 100)
            if left is not None:
                retention = currency.round(min(retention, left))
                left -= retention
            retentions[milestone] = retention
        return retentions

    def _get_held_by_milestone(self, milestones):
        """Return ``{milestone: amount}`` of what this order holds of ``milestones``."""
        approved = milestones.filtered(lambda milestone: milestone.state == "approved")
        return {milestone: milestone.retention_amount for milestone in approved}

    def _get_retention_up_to(self, percentage, outcome):
        """Return what is left of ``percentage`` of what is held, less what was decided before.

        What has been released or forfeited the other way is not held any more.
        """
        self.ensure_one()
        gone = [self.retention_released, self.retention_forfeited]
        same, other = gone if outcome == "pay" else reversed(gone)
        currency = self.currency_id
        part = currency.round((self.retention_held - other) * percentage / 100)
        return currency.round(max(part - same - self.retention_reserved, 0))

    def _get_retention_available(self):
        """Return what can be released or forfeited: open, and not reserved already."""
        return self.currency_id.round(self.retention_open - self.retention_reserved)

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.model
    def _get_milestone_totals(self):
        return super()._get_milestone_totals() | {
            "retention_held",
            "retention_released",
            "retention_forfeited",
            "retention_open",
            "retention_reserved",
            "date_retention_due",
        }

    def _check_milestone_guards(self, vals):
        result = super()._check_milestone_guards(vals)
        if vals.keys() & TERM_FIELDS:
            self._check_terms(vals)
        return result

    def _check_terms(self, vals):
        """Raise if ``vals`` would change terms of retention that approvals rest on."""
        if not self.env.su:
            check_right(self.env, BUYER)
        # sudo: purchase.order - terms are guarded by all milestones, also those not seen
        orders = self.sudo()
        filter_changed(orders, vals, TERM_FIELDS).company_id._check_milestones_enabled()
        orders._check_plan_unlocked()
        filter_changed(orders, vals, LIMIT_FIELDS)._check_none_approved(
            self.env._(
                "The limit and the period of the retention cannot be changed after a milestone has "
                "been approved:"
            )
        )
        filter_changed(orders, vals, {"retention_acceptance_percent"})._check_not_accepted(
            self.env._("The part of the retention that is due at acceptance cannot be changed:")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        # sudo: purchase.retention.release - a buyer may not see them
        released = self.sudo().filtered("retention_release_ids")
        if released:
            raise UserError(
                self.env._(
                    "%(orders)s cannot be deleted, because retention of them has been released. "
                    "Leave them cancelled.",
                    orders=format_list(self.env, released.mapped("name")),
                )
            )

    def unlink(self):
        # sudo: purchase.retention.release - drafts go with their order, whoever made them
        drafts = self.sudo().retention_release_ids.filtered(lambda r: r.state == "draft")
        drafts.with_context(purchase_milestone_delete=DELETED_BY_US).unlink()
        return super().unlink()

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_release_retention(self):
        """Open a new release of this order's retention. Release officers."""
        self.ensure_one()
        self.check_access("read")
        check_right(self.env, RELEASE_OFFICER)
        self.company_id._check_milestones_enabled()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release or Forfeit Retention"),
            "res_model": "purchase.retention.release.create",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }
