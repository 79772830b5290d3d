from odoo import fields, models

from ...tools.selection import selected_ids


class PurchaseMilestoneReason(models.TransientModel):
    """The dialog that asks why a decision is taken or taken back."""

    _name = "purchase.milestone.reason"
    _description = "Reason for Rejecting or Revoking"

    milestone_ids = fields.Many2many(
        comodel_name="purchase.milestone",
        string="Milestones",
        default=lambda self: selected_ids(self.env, "purchase.milestone"),
    )
    operation = fields.Selection(
        selection=[
            ("reject", "Reject"),
            ("revoke", "Revoke Approval"),
        ],
        required=True,
        default="reject",
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Reject or revoke, for the given reason."""
        self.ensure_one()
        milestones = self.milestone_ids
        if self.operation == "reject":
            milestones.action_reject(self.reason)
        else:
            milestones.action_revoke(self.reason)
        return milestones._get_step_notice() if len(milestones) > 1 else True
