from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    milestone_enabled = fields.Boolean(related="company_id.milestone_enabled", readonly=False)
    milestone_four_eyes = fields.Boolean(related="company_id.milestone_four_eyes", readonly=False)
    milestone_billing = fields.Selection(related="company_id.milestone_billing", readonly=False)
    retention_account_id = fields.Many2one(
        related="company_id.retention_account_id", readonly=False
    )
    retention_tax_policy = fields.Selection(
        related="company_id.retention_tax_policy", readonly=False
    )
    milestone_template_id = fields.Many2one(
        related="company_id.milestone_template_id",
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
    )
