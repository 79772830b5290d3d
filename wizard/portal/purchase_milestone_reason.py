from odoo import fields, models


class PurchaseMilestoneReason(models.TransientModel):
    _inherit = "purchase.milestone.reason"

    operation = fields.Selection(
        selection_add=[("return_submission", "Return Delivery")],
        ondelete={"return_submission": "cascade"},
    )

    def action_confirm(self):
        """Also return what a vendor has delivered, for the given reason."""
        self.ensure_one()
        if self.operation == "return_submission":
            return self.milestone_ids.action_return_submission(self.reason)
        return super().action_confirm()
