from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The approver of new orders, per company."""

    _inherit = "res.config.settings"

    milestone_approver_id = fields.Many2one(
        related="company_id.milestone_approver_id", readonly=False
    )
