from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    milestone_certificate = fields.Selection(
        related="company_id.milestone_certificate", readonly=False
    )
    milestone_certificate_title = fields.Selection(
        related="company_id.milestone_certificate_title", readonly=False
    )
