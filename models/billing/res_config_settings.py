from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    milestone_billing = fields.Selection(related="company_id.milestone_billing", readonly=False)
    retention_account_id = fields.Many2one(
        related="company_id.retention_account_id", readonly=False
    )
    retention_tax_policy = fields.Selection(
        related="company_id.retention_tax_policy", readonly=False
    )
