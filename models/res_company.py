from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    milestone_four_eyes = fields.Boolean(
        string="Four eyes on milestones",
        default=True,
        help="Who completed a milestone cannot approve it.",
    )
