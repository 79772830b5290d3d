from odoo import api, fields, models

from ...tools.checks import INTERNAL


class PurchaseOrder(models.Model):
    """The approver who is asked where no approval rule fits."""

    _inherit = "purchase.order"

    milestone_approver_id = fields.Many2one(
        comodel_name="res.users",
        compute="_compute_milestone_approver_id",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        groups=INTERNAL,
        help="This user is asked to approve the milestones to which no approval rule applies. "
        "Any other approver may still decide.",
    )

    @api.depends("company_id")
    def _compute_milestone_approver_id(self):
        for order in self:
            approver = order.company_id.milestone_approver_id
            order.milestone_approver_id = approver.filtered(lambda user: user._may_approve())

    def _has_milestones_to_approve(self):
        # EXTENDS milestone/: only those of which it is the user's turn, or of which he was told.
        return super()._has_milestones_to_approve() and any(
            self.env.user in milestone.waiting_for_ids | milestone.asked_ids
            for milestone in self.milestone_ids
        )

    @api.constrains("milestone_approver_id")
    def _check_milestone_approver(self):
        self.milestone_approver_id._check_may_approve()
