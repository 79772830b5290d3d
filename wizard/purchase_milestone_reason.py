from odoo import fields, models

from .selection import selected_ids

METHODS = {
    "reject": ("milestone_ids", "action_reject"),
    "revoke": ("milestone_ids", "action_revoke"),
    "revoke_acceptance": ("order_ids", "action_revoke_acceptance"),
}


class PurchaseMilestoneReason(models.TransientModel):
    _name = "purchase.milestone.reason"
    _description = "Reason for Rejecting or Revoking"

    milestone_ids = fields.Many2many(
        comodel_name="purchase.milestone",
        string="Milestones",
        default=lambda self: selected_ids(self.env, "purchase.milestone"),
    )
    order_ids = fields.Many2many(
        comodel_name="purchase.order",
        string="Purchase Orders",
        default=lambda self: selected_ids(self.env, "purchase.order"),
    )
    operation = fields.Selection(
        selection=[
            ("reject", "Reject"),
            ("revoke", "Revoke Approval"),
            ("revoke_acceptance", "Revoke Final Acceptance"),
        ],
        required=True,
        default="reject",
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Reject or revoke, for the given reason."""
        self.ensure_one()
        records_name, method_name = METHODS[self.operation]
        return getattr(self[records_name], method_name)(self.reason)
