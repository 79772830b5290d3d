"""Retention of an order: its limit, final acceptance, when it is due and what is left of it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list

from ...tools.checks import (
    APPROVER,
    INTERNAL,
    RELEASE_OFFICER,
    check_reason,
    check_right,
    refuse_obstacles,
    serialize_on,
)


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    retention_limit_type = fields.Selection(
        selection=[
            ("none", "No limit"),
            ("percent", "Percentage of the order"),
            ("amount", "Amount"),
        ],
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
    can_be_accepted = fields.Boolean(
        compute="_compute_can_be_accepted",
        groups=INTERNAL,
        help="Nothing stands in the way of the final acceptance.",
    )
    date_final_acceptance = fields.Date(
        string="Final Acceptance",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="Date of the certificate: from then on the retention period runs.",
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

    @api.depends("retention_held", "retention_limit", "retention_limit_type", "milestone_base")
    def _compute_retention_limit_used(self):
        for order in self:
            limit = order._get_retention_limit()
            order.retention_limit_used = 100 * order.retention_held / limit if limit else 0

    @api.depends("state", "date_final_acceptance", "milestone_ids.state")
    def _compute_can_be_accepted(self):
        for order in self:
            order.can_be_accepted = not order._get_acceptance_obstacle()

    @api.depends("date_final_acceptance", "retention_period_days")
    def _compute_date_retention_due(self):
        for order in self:
            accepted = order.date_final_acceptance
            order.date_retention_due = accepted and fields.Date.add(
                accepted, days=order.retention_period_days
            )

    def _get_retention_due(self, date):
        """Return how much of the retention may be released on ``date`` by the contract.

        Nothing before final acceptance, then the acceptance part of what is held, all of it from
        the due date on; each less what has been released. In the order's currency.
        """
        self.ensure_one()
        if not self.date_final_acceptance or date < self.date_final_acceptance:
            return 0
        if date >= self.date_retention_due:
            return self._get_retention_available()
        part = self.retention_held * self.retention_acceptance_percent / 100
        currency = self.currency_id
        return currency.round(
            max(currency.round(part) - self.retention_released - self.retention_reserved, 0)
        )

    def _get_retention_available(self):
        """Return what can be released: open, and not reserved by bills that are drafts."""
        return self.currency_id.round(self.retention_open - self.retention_reserved)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_final_acceptance(self, date=None):
        """Record the final acceptance of these orders. Approvers.

        :param date: the certificate's date (a date or ISO string), today by default
        :raise UserError: the date lies in the future, or an order is not ready for it
        """
        self.check_access("read")
        check_right(self.env, APPROVER)
        self.company_id._check_milestones_enabled()
        today = fields.Date.context_today(self)
        try:
            date = fields.Date.to_date(date) or today
        except ValueError as error:
            raise UserError(
                self.env._("“%(date)s” is no date. Enter it as YYYY-MM-DD.", date=date)
            ) from error
        if date > today:
            raise UserError(
                self.env._("The final acceptance cannot lie in the future. Choose another date.")
            )
        orders = self.sudo()
        serialize_on(orders)
        refuse_obstacles(orders, lambda order: order._get_acceptance_obstacle())
        orders._write_guarded({"date_final_acceptance": date})
        body = self.env._("Final acceptance: %(date)s", date=format_date(self.env, date))
        orders._message_log_batch({order.id: body for order in orders})
        return True

    def _get_acceptance_obstacle(self):
        if self.state != "purchase":
            return self.env._("it is not confirmed.")
        if self.date_final_acceptance:
            return self.env._("it has its final acceptance already.")
        if not self.milestone_ids:
            return self.env._("it has no milestones.")
        waiting = self.milestone_ids.filtered(lambda milestone: milestone.state != "approved")
        if waiting:
            return self.env._(
                "all milestones have to be approved first, these are not: %(names)s.",
                names=format_list(self.env, waiting.mapped("name")),
            )
        return None

    def action_revoke_acceptance(self, reason=None):
        """Take the final acceptance back. Approvers, while nothing but early releases is done.

        :param str reason: why; required
        """
        self.check_access("read")
        check_right(self.env, APPROVER)
        self.company_id._check_milestones_enabled()
        reason = check_reason(self.env, reason)
        orders = self.sudo()
        serialize_on(orders)
        refuse_obstacles(orders, lambda order: order._get_acceptance_revocation_obstacle())
        orders._write_guarded({"date_final_acceptance": False})
        body = self.env._("Final acceptance revoked: %(reason)s", reason=reason)
        orders._message_log_batch({order.id: body for order in orders})
        return True

    def _get_acceptance_revocation_obstacle(self):
        if not self.date_final_acceptance:
            return self.env._("it has no final acceptance.")
        if self.retention_release_ids.filtered(lambda r: r.state == "done" and not r.early):
            return self.env._(
                "retention has been released upon the acceptance. Cancel the release first."
            )
        return None

    def action_release_retention(self):
        """Open a new release of this order's retention. Release officers."""
        self.ensure_one()
        self.check_access("read")
        check_right(self.env, RELEASE_OFFICER)
        self.company_id._check_milestones_enabled()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Retention"),
            "res_model": "purchase.retention.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }
