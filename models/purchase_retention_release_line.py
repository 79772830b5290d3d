from odoo import fields, models


class PurchaseRetentionReleaseLine(models.Model):
    _name = "purchase.retention.release.line"
    _description = "Share of a Milestone in a Release of Retention"
    _order = "id"

    release_id = fields.Many2one(
        comodel_name="purchase.retention.release",
        required=True,
        index=True,
        ondelete="cascade",
    )
    milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="release_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="release_id.currency_id")
    amount = fields.Monetary(required=True)
