from odoo import api, fields, models


class ResCompany(models.Model):
    """The approver of new orders."""

    _inherit = "res.company"

    milestone_approver_id = fields.Many2one(
        comodel_name="res.users",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="New orders name this user as the approver of their milestones.",
    )

    @api.constrains("milestone_approver_id")
    def _check_milestone_approver(self):
        self.milestone_approver_id._check_may_approve()

    @api.model
    def _get_milestone_setting_names(self):
        return [*super()._get_milestone_setting_names(), "milestone_approver_id"]
