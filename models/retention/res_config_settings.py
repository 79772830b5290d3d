from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of retention, per company."""

    _inherit = "res.config.settings"

    retention_percent = fields.Float(
        related="company_id.retention_percent", readonly=False, min_display_digits=2
    )
