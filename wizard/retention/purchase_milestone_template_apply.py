from odoo import fields, models


class PurchaseMilestoneTemplateApply(models.TransientModel):
    """The dialog shows the terms of retention that come with a template."""

    _inherit = "purchase.milestone.template.apply"

    has_retention_terms = fields.Boolean(
        related="template_id.has_retention_terms", export_string_translation=False
    )
    retention_limit_type = fields.Selection(related="template_id.retention_limit_type")
    retention_limit = fields.Float(related="template_id.retention_limit")
    retention_period_days = fields.Integer(related="template_id.retention_period_days")
    retention_acceptance_percent = fields.Float(related="template_id.retention_acceptance_percent")
