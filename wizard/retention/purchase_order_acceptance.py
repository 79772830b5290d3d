from odoo import fields, models

from ...tools.selection import selected_ids


class PurchaseOrderAcceptance(models.TransientModel):
    _name = "purchase.order.acceptance"
    _description = "Final Acceptance of Purchase Orders"

    order_ids = fields.Many2many(
        comodel_name="purchase.order",
        string="Purchase Orders",
        required=True,
        default=lambda self: selected_ids(self.env, "purchase.order"),
    )
    date = fields.Date(
        string="Date of the Certificate", required=True, default=fields.Date.context_today
    )

    def action_confirm(self):
        """Give the orders their final acceptance."""
        self.ensure_one()
        return self.order_ids.action_final_acceptance(self.date)
