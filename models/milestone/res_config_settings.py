from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of milestones, per company."""

    _inherit = "res.config.settings"

    milestone_enabled = fields.Boolean(related="company_id.milestone_enabled", readonly=False)
    milestone_four_eyes = fields.Boolean(related="company_id.milestone_four_eyes", readonly=False)
    milestone_template_id = fields.Many2one(
        related="company_id.milestone_template_id",
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
    )
