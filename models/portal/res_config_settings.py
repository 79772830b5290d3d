from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the vendor portal, per company."""

    _inherit = "res.config.settings"

    milestone_portal = fields.Boolean(related="company_id.milestone_portal", readonly=False)
    milestone_portal_file_types = fields.Char(
        related="company_id.milestone_portal_file_types", readonly=False
    )
    milestone_portal_file_size = fields.Integer(
        related="company_id.milestone_portal_file_size", readonly=False
    )
