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
