from datetime import timedelta

from odoo import api, fields, models


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
            "size": self.milestone_size,
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

    # ------------------------------------------------------------------
    # Sent, and never delivered
    # ------------------------------------------------------------------

    @api.model
    def _get_kept_uploads_domain(self):
        """Return the domain of the files that are kept for a delivery that is being written."""
        return [("res_model", "=", "purchase.milestone.submission"), ("res_id", "=", False)]

    @api.autovacuum
    def _gc_kept_uploads(self):
        """Delete files that vendors sent a day ago and did not deliver."""
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.search([*self._get_kept_uploads_domain(), ("create_date", "<", yesterday)]).unlink()
