from odoo import api, fields, models

from ...tools.checks import INTERNAL


class PurchaseOrder(models.Model):
    """An order whose vendor sees its milestones on the portal."""

    _inherit = "purchase.order"

    milestone_portal = fields.Boolean(
        string="Milestones on the Portal",
        default=True,
        groups=INTERNAL,
        help="The vendor sees the milestones of this order on the portal and delivers there, if "
        "the company has that switched on.",
    )
    milestone_portal_in_company = fields.Boolean(
        related="company_id.milestone_portal",
        groups=INTERNAL,
        export_string_translation=False,
    )

    @api.model
    def _get_portal_milestone_domain(self):
        """Return the domain of the orders whose milestones their vendors see on the portal."""
        return [
            ("state", "=", "purchase"),
            ("milestone_portal", "=", True),
            ("company_id.milestone_enabled", "=", True),
            ("company_id.milestone_portal", "=", True),
        ]

    def _shows_milestones_on_portal(self):
        """Return whether the vendor sees the milestones of this order on the portal."""
        self.ensure_one()
        company = self.company_id
        return (
            company.milestone_portal
            and company.milestone_enabled
            and self.milestone_portal
            and self.state == "purchase"
        )

    def _is_of_vendor(self, user):
        """Return whether the user works for the vendor of this order."""
        self.ensure_one()
        return (
            not user._is_public()
            and user.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
        )

    def _get_portal_retention_values(self):
        """Return what the vendor sees of this order's retention. On sudo records.

        The terms are those that the printed order names, but for the limit: it is not for the
        portal to say.
        """
        self.ensure_one()
        is_retained = any(self.milestone_ids.mapped("retention_percent"))
        return {
            "held": self.retention_held,
            "released": self.retention_released,
            "forfeited": self.retention_forfeited,
            "open": self.retention_open,
            "due": self._get_retention_due_today(),
            "date_due": self.date_retention_due,
            "terms": self._get_retention_terms() if is_retained else [],
        }
