from odoo import fields, models


class PurchaseMilestoneCompletion(models.TransientModel):
    """The dialog that completes a milestone and takes the document that it needs."""

    _name = "purchase.milestone.completion"
    _description = "Complete a Milestone with its Documents"

    milestone_id = fields.Many2one(comodel_name="purchase.milestone", required=True)
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        string="Documents",
        help="They become documents of the milestone.",
    )

    def action_confirm(self):
        """Attach the documents to the milestone and complete it."""
        self.ensure_one()
        self.milestone_id._attach_documents(self.attachment_ids)
        return self.milestone_id.action_complete()
