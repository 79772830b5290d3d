from odoo import fields, models

from ...tools.selection import selected_ids


class PurchaseMilestoneReason(models.TransientModel):
    _inherit = "purchase.milestone.reason"

    order_ids = fields.Many2many(
        comodel_name="purchase.order",
        string="Purchase Orders",
        default=lambda self: selected_ids(self.env, "purchase.order"),
    )
    operation = fields.Selection(
        selection_add=[("revoke_acceptance", "Revoke Final Acceptance")],
        ondelete={"revoke_acceptance": "cascade"},
    )

    def action_confirm(self):
        """Reject or revoke, also the final acceptance of orders, for the given reason."""
        self.ensure_one()
        if self.operation == "revoke_acceptance":
            return self.order_ids.action_revoke_acceptance(self.reason)
        return super().action_confirm()
