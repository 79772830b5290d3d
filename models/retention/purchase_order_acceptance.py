"""The final acceptance of an order: from then on its retention period runs."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_list

from ...tools.checks import (
    APPROVER,
    INTERNAL,
    check_obstacles,
    check_reason,
    check_right,
    serialize_on,
)


class PurchaseOrder(models.Model):
    """The final acceptance makes retention due: a part at once, the rest after a period."""

    _inherit = "purchase.order"

    can_be_accepted = fields.Boolean(
        compute="_compute_can_be_accepted",
        search="_search_can_be_accepted",
        groups=INTERNAL,
        help="The order is ready for its final acceptance.",
        export_string_translation=False,
    )
    date_final_acceptance = fields.Date(
        string="Final Acceptance",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="Date of the acceptance certificate. The retention period runs from then on.",
    )

    @api.depends("state", "date_final_acceptance", "milestone_ids.state")
    def _compute_can_be_accepted(self):
        for order in self:
            order.can_be_accepted = not order._get_acceptance_obstacle()

    def _search_can_be_accepted(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The plan decides; `_get_acceptance_obstacle` may have more to say about the order itself.
        ready = self.search(
            [
                ("state", "=", "purchase"),
                ("date_final_acceptance", "=", False),
                ("milestone_ids", "!=", False),
                ("milestone_ids", "not any", [("state", "!=", "approved")]),
            ]
        ).filtered("can_be_accepted")
        found = Domain("id", "in", ready.ids)
        return Domain.OR([found] * (True in value) + [~found] * (False in value))

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Only the button gives the final acceptance, whatever values and defaults say.
        return super().create([{**vals, "date_final_acceptance": False} for vals in vals_list])

    def _check_milestone_guards(self, vals):
        result = super()._check_milestone_guards(vals)
        if "date_final_acceptance" in vals:
            raise UserError(
                self.env._(
                    "The final acceptance cannot be changed directly. Press “Final Acceptance”."
                )
            )
        return result

    def _check_plan_extensible(self):
        result = super()._check_plan_extensible()
        self._check_not_accepted(self.env._("No milestone can be added:"))
        return result

    def _check_not_accepted(self, sentence):
        # sudo: purchase.order - the acceptance counts for whoever changes the plan
        accepted = self.sudo().filtered("date_final_acceptance")
        if accepted:
            raise UserError(
                self.env._(
                    "%(sentence)s these orders have their final acceptance: %(orders)s. Revoke "
                    "it first.",
                    sentence=sentence,
                    orders=format_list(self.env, accepted.mapped("name")),
                )
            )

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
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("“%(date)s” is not a valid date (expected YYYY-MM-DD).", date=date)
            ) from error
        if date > today:
            raise UserError(self.env._("The date of the final acceptance cannot be in the future."))
        # sudo: purchase.order - the right has been checked; approvers have no write access
        orders = self.sudo()
        serialize_on(orders)
        check_obstacles(orders, lambda order: order._get_acceptance_obstacle())
        orders._write_guarded({"date_final_acceptance": date})
        body = self.env._("Final acceptance: %(date)s", date=format_date(self.env, date))
        orders._message_log_batch({order.id: body for order in orders})
        return True

    def _get_acceptance_obstacle(self):
        if self.state != "purchase":
            return self.env._("it is not confirmed.")
        if self.date_final_acceptance:
            return self.env._("it already has its final acceptance.")
        if not self.milestone_ids:
            return self.env._("it has no milestones.")
        waiting = self.milestone_ids.filtered(lambda milestone: milestone.state != "approved")
        if waiting:
            return self.env._(
                "all milestones have to be approved first. These are not: %(names)s.",
                names=format_list(self.env, waiting.mapped("name")),
            )
        return None

    def action_revoke_acceptance(self, reason=None):
        """Revoke the final acceptance. Approvers, while only early releases are done.

        :param str reason: why; required
        """
        self.check_access("read")
        check_right(self.env, APPROVER)
        self.company_id._check_milestones_enabled()
        reason = check_reason(self.env, reason)
        # sudo: purchase.order - the right has been checked; approvers have no write access
        orders = self.sudo()
        serialize_on(orders)
        check_obstacles(orders, lambda order: order._get_acceptance_revocation_obstacle())
        orders._write_guarded({"date_final_acceptance": False})
        body = self.env._("Final acceptance revoked: %(reason)s", reason=reason)
        orders._message_log_batch({order.id: body for order in orders})
        return True

    def _get_acceptance_revocation_obstacle(self):
        if not self.date_final_acceptance:
            return self.env._("it has no final acceptance.")
        if self.retention_release_ids.filtered(
            lambda r: r.state == "done" and r.outcome == "pay" and not r.early
        ):
            return self.env._(
                "retention has been released upon the acceptance. Cancel the release first."
            )
        return None
