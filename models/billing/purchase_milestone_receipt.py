from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero, float_round


class PurchaseMilestoneReceipt(models.Model):
    """What an approved milestone takes of an order line, and what closing takes back."""

    _name = "purchase.milestone.receipt"
    _description = "What a Milestone Takes of an Order Line"
    _order = "milestone_id, id"
    _access_through = "milestone_id"

    milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        required=True,
        index=True,
        ondelete="restrict",
    )
    order_line_id = fields.Many2one(
        comodel_name="purchase.order.line",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="order_line_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_line_id.currency_id")
    quantity = fields.Float(digits="Product Unit", required=True)
    amount = fields.Monetary(required=True)
    is_closing = fields.Boolean(
        export_string_translation=False,
        help="Closes what will not be billed (below zero), or takes that back.",
    )
    credit_note_id = fields.Many2one(
        comodel_name="account.move",
        index="btree_not_null",
        ondelete="set null",
        export_string_translation=False,
        help="The credit note that closes for good.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise self._made_by_approval()
        return super().create(vals_list)

    def _create_receipts(self, vals_list):
        """Create receipts: the one way past `create`, for the approval alone."""
        return super().create(vals_list)

    def write(self, vals):
        if vals:
            raise self._made_by_approval()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if self.filtered(lambda receipt: receipt.milestone_id.state == "approved"):
            raise self._made_by_approval()

    def _made_by_approval(self):
        return UserError(
            self.env._(
                "Approving a milestone records what it takes of the order lines. That cannot be "
                "changed in any other way."
            )
        )

    def _get_date(self):
        """Return the user's day of the approval, or of the closing."""
        moment = self.create_date if self.is_closing else self.milestone_id.date_approved
        return fields.Date.context_today(self, moment)

    @api.model
    def _get_quantity(self, amount, quantity_left, amount_left):
        """Return the quantity that goes with ``amount`` of a line.

        All that is left goes with the last amount. Any amount takes at least one unit of the
        quantity's precision, and leaves as much to what comes after it: of a last unit it gives
        one back.
        """
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        unit = 10**-digits if quantity_left >= 0 else -(10**-digits)
        if amount == amount_left:
            is_zero = amount and float_is_zero(quantity_left, precision_digits=digits)
            return unit if is_zero else quantity_left
        if not amount:
            return 0
        quantity = float_round(quantity_left * amount / amount_left, precision_digits=digits)
        if float_is_zero(quantity, precision_digits=digits):
            quantity = unit
        if float_compare(abs(quantity), abs(quantity_left), precision_digits=digits) >= 0:
            quantity = quantity_left - unit
        return -unit if float_is_zero(quantity, precision_digits=digits) else quantity
