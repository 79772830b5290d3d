from odoo import fields, models


class PurchaseMilestoneReason(models.TransientModel):
    _name = "purchase.milestone.reason"
    _description = "Reason for Rejecting or Revoking Milestones"

    milestone_ids = fields.Many2many(
        comodel_name="purchase.milestone",
        string="Milestones",
        required=True,
        default=lambda self: self._default_milestone_ids(),
    )
    operation = fields.Selection(
        selection=[("reject", "Reject"), ("revoke", "Revoke approval")],
        required=True,
        default="reject",
    )
    reason = fields.Text(required=True)

    def _default_milestone_ids(self):
        if self.env.context.get("active_model") == "purchase.milestone":
            return self.env.context.get("active_ids", [])
        return []

    def action_confirm(self):
        """Reject the milestones, or revoke their approval, for the given reason."""
        if self.operation == "reject":
            return self.milestone_ids.action_reject(self.reason)
        return self.milestone_ids.action_revoke(self.reason)
