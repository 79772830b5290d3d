from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from ...tools.uploads import DANGEROUS_TYPES, split_types

FILE_TYPES = (
    "pdf, png, jpg, jpeg, heic, webp, tif, tiff, docx, xlsx, pptx, odt, ods, odp, csv, txt, dwg, "
    "dxf, zip"
)
LARGEST_FILE = 100  # megabytes; Odoo itself refuses requests above 128


class ResCompany(models.Model):
    """What the vendors of a company can do on the portal."""

    _inherit = "res.company"

    milestone_portal = fields.Boolean(
        string="Milestones on the Vendor Portal",
        help="Vendors see the milestones of their confirmed orders on the portal and deliver "
        "there.",
    )
    milestone_portal_file_types = fields.Char(
        string="File Types from Vendors",
        default=FILE_TYPES,
        help="Endings of the files that vendors can hand in on the portal, separated by commas.",
    )
    milestone_portal_file_size = fields.Integer(
        string="Largest File from Vendors",
        default=25,
        help="Size of the largest file that vendors can hand in on the portal, in megabytes.",
    )

    _milestone_portal_file_size_range = models.Constraint(
        f"CHECK(milestone_portal_file_size BETWEEN 1 AND {LARGEST_FILE})",
        f"Files from vendors can have 1 to {LARGEST_FILE} megabytes.",
    )

    @api.constrains("milestone_portal_file_types")
    def _check_milestone_portal_file_types(self):
        for company in self:
            dangerous = split_types(company.milestone_portal_file_types) & DANGEROUS_TYPES
            if dangerous:
                raise ValidationError(
                    self.env._(
                        "Vendors cannot hand in files of these types, since a browser or a "
                        "computer runs them: %(types)s. Remove them from the list.",
                        types=format_list(self.env, sorted(dangerous)),
                    )
                )

    @api.model
    def _get_milestone_setting_names(self):
        return [
            *super()._get_milestone_setting_names(),
            "milestone_portal",
            "milestone_portal_file_types",
            "milestone_portal_file_size",
        ]

    def _get_portal_file_types(self):
        """Return the endings of the files that vendors can hand in, sorted."""
        self.ensure_one()
        return sorted(split_types(self.milestone_portal_file_types) - DANGEROUS_TYPES)
