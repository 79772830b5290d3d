from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    milestone_four_eyes = fields.Boolean(
        string="Four eyes on milestones",
        default=True,
        help="Who completed a milestone cannot approve it.",
    )
    milestone_template_id = fields.Many2one(
        comodel_name="purchase.milestone.template",
        string="Default Milestone Template",
        domain="[('company_id', 'in', (False, id))]",
        help="New orders without milestones get those of this template.",
    )
