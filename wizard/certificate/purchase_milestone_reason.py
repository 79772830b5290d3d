from odoo import fields, models

from ...tools.selection import selected_ids


class PurchaseMilestoneReason(models.TransientModel):
    _inherit = "purchase.milestone.reason"

    certificate_ids = fields.Many2many(
        comodel_name="purchase.milestone.certificate",
        string="Payment Certificates",
        default=lambda self: selected_ids(self.env, "purchase.milestone.certificate"),
    )
    operation = fields.Selection(
        selection_add=[("void", "Declare Void")],
        ondelete={"void": "cascade"},
    )

    def action_confirm(self):
        """Also declare payment certificates void, for the given reason."""
        self.ensure_one()
        if self.operation == "void":
            return self.certificate_ids.action_void(self.reason)
        return super().action_confirm()
