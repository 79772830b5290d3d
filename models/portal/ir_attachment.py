from odoo import api, fields, models
from odoo.tools import human_size


class IrAttachment(models.Model):
    """Documents that vendors hand in on the portal, or see there."""

    _inherit = "ir.attachment"

    visible_to_vendor = fields.Boolean(
        copy=False,
        help="The vendor sees this document of a milestone on the portal.",
    )

    @api.model
    def _s3_models(self):
        return [*super()._s3_models(), "purchase.milestone.submission"]

    def _get_portal_values(self):
        """Return what a vendor sees of this document."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "size": human_size(self.file_size),
            "date": self.create_date,
        }

    # ------------------------------------------------------------------
    # Of milestones: who may write the document may also show it
    # ------------------------------------------------------------------

    def action_show_to_vendor(self):
        """Show these documents to the vendor on the portal."""
        self.visible_to_vendor = True
        return True

    def action_hide_from_vendor(self):
        """Show these documents to the vendor no longer."""
        self.visible_to_vendor = False
        return True
