from odoo import models
from odoo.tools import float_round


class PurchaseOrderLine(models.Model):
    """An order line of which less is received because a milestone is closed."""

    _inherit = "purchase.order.line"

    def _get_quantity_to_close(self, amount):
        """Return the received quantity that goes with closing ``amount``, below zero.

        What is received afterwards is all that is ordered, if all that the line is worth by now
        stays approved; otherwise it falls in proportion.
        """
        receipts = self.milestone_receipt_ids
        quantity, received = sum(receipts.mapped("quantity")), sum(receipts.mapped("amount"))
        kept = self.currency_id.round(received - amount)
        if kept and not self.currency_id.compare_amounts(kept, self.price_subtotal):
            return self.product_qty - quantity
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        part = kept / received if received else 0
        return float_round(quantity * part, precision_digits=digits) - quantity
