from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import APPROVER, INTERNAL, check_obstacles, check_right, serialize_on
from ...tools.fields import MonetaryTotal


class PurchaseOrder(models.Model):
    """An order on which payment certificates are issued."""

    _inherit = "purchase.order"

    certificate_ids = fields.One2many(
        comodel_name="purchase.milestone.certificate",
        inverse_name="order_id",
        string="Payment Certificates",
        readonly=True,
        copy=False,
        groups=INTERNAL,
    )
    certificate_count = fields.Integer(
        compute="_compute_certificate_count", groups=INTERNAL, export_string_translation=False
    )
    can_be_certified = fields.Boolean(
        compute="_compute_can_be_certified", groups=INTERNAL, export_string_translation=False
    )
    milestone_amount_confirmed = MonetaryTotal(
        string="Contract Sum as Confirmed",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="What the milestones were worth when the order was confirmed, untaxed.",
    )

    @api.depends("certificate_ids")
    def _compute_certificate_count(self):
        for order in self:
            order.certificate_count = len(order.certificate_ids)

    @api.depends("state", "milestone_ids")
    def _compute_can_be_certified(self):
        for order in self:
            order.can_be_certified = bool(
                order.state == "purchase"
                and order.milestone_ids
                and order.company_id._issues_certificates()
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # A value of zero, since defaults of the context would take the place of none.
        orders = super().create([{**vals, "milestone_amount_confirmed": 0} for vals in vals_list])
        orders.filtered(lambda order: order.state == "purchase")._note_confirmed_amount()
        return orders

    def write(self, vals):
        confirmed = self.filtered(lambda order: order.state == "purchase")
        result = super().write(vals)
        if vals.get("state") == "purchase":
            (self - confirmed)._note_confirmed_amount()
        return result

    def _note_confirmed_amount(self):
        # sudo: purchase.order - whoever confirms may not see milestones
        for order in self.sudo().filtered("milestone_ids"):
            order._write_guarded({"milestone_amount_confirmed": order.milestone_amount})

    @api.model
    def _get_milestone_totals(self):
        return super()._get_milestone_totals() | {"milestone_amount_confirmed", "certificate_ids"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certified(self):
        # sudo: purchase.milestone.certificate - a buyer may not see them
        certified = self.sudo().filtered("certificate_ids")
        if certified:
            raise UserError(
                self.env._(
                    "%(orders)s cannot be deleted, because payment certificates have been issued "
                    "for them. Leave them cancelled.",
                    orders=format_list(self.env, certified.mapped("name")),
                )
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_issue_certificate(self):
        """Issue the next payment certificate of these orders. Approvers.

        :return: the action that shows the new certificates
        :raise UserError: nothing has happened since the last one, or its figures do not add up
        """
        self.check_access("read")
        check_right(self.env, APPROVER)
        self.company_id._check_milestones_enabled()
        # sudo: purchase.order - approvers see neither bills nor all figures
        orders = self.sudo()
        serialize_on(orders)
        check_obstacles(orders, lambda order: order._get_issuing_obstacle())
        drafts = {order: order._prepare_certificate() for order in orders}
        check_obstacles(orders, lambda order: order._get_draft_obstacle(drafts[order]))
        return orders._issue_certificates(drafts).with_env(self.env)._open()

    def action_view_certificates(self):
        """Open the payment certificates of these orders."""
        self.check_access("read")
        return self.certificate_ids._open()

    def _get_issuing_obstacle(self):
        """Return why no certificate can be issued on this order, or None."""
        if not self.company_id._issues_certificates():
            return self.env._(
                "its company issues no payment certificates. An administrator can change that in "
                "the Purchase settings."
            )
        if self.state != "purchase":
            return self.env._("the order is not confirmed.")
        if not self.milestone_ids:
            return self.env._("the order has no milestones.")
        return None

    def _get_draft_obstacle(self, draft):
        """Return why this certificate, which has been prepared, cannot be issued, or None."""
        if draft.is_new:
            return draft.difference
        if self._bills_by_milestones():
            return self.env._("nothing has been posted since the last certificate.")
        return self.env._("nothing has been approved since the last certificate.")
