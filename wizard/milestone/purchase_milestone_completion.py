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
        milestone = self.milestone_id
        self.attachment_ids.write({"res_model": milestone._name, "res_id": milestone.id})
        # Odoo does not see that the documents follow from the address that was just written.
        milestone.invalidate_recordset(["document_ids", "document_count"])
        return milestone.action_complete()
