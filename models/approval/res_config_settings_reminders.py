from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of reminders, per company."""

    _inherit = "res.config.settings"

    milestone_approval_days = fields.Integer(
        related="company_id.milestone_approval_days", readonly=False
    )
    milestone_remind_days = fields.Integer(
        related="company_id.milestone_remind_days", readonly=False
    )
    milestone_escalation_user_id = fields.Many2one(
        related="company_id.milestone_escalation_user_id",
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    milestone_vendor_mails = fields.Boolean(
        related="company_id.milestone_vendor_mails", readonly=False
    )
