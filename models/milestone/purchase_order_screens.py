"""What the screens of an order show of its milestones: the next step, and what waits."""

from odoo import api, fields, models

from ...tools.checks import APPROVER, BUYER, FROZEN_STATES, INTERNAL
from .purchase_order_plan import plan_order


class PurchaseOrder(models.Model):
    """The next step of a plan, at the top of its order."""

    _inherit = "purchase.order"

    next_milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        compute="_compute_next_milestone",
        groups=INTERNAL,
        help="The first milestone that is not completed; those that are under way come first.",
    )
    next_milestone_state = fields.Char(
        compute="_compute_next_milestone", groups=INTERNAL, export_string_translation=False
    )
    date_next_milestone = fields.Date(
        string="Next Due Date",
        compute="_compute_next_milestone",
        groups=INTERNAL,
        help="The earliest due date among the milestones that are not completed.",
    )
    milestone_to_approve_count = fields.Integer(
        string="To Approve",
        compute="_compute_next_milestone",
        groups=INTERNAL,
        export_string_translation=False,
    )
    milestones_wait_for_me = fields.Boolean(
        compute="_compute_milestones_wait_for_me",
        groups=INTERNAL,
        export_string_translation=False,
    )

    @api.depends(
        "state",
        "milestone_ids.state",
        "milestone_ids.sequence",
        "milestone_ids.date_due",
    )
    def _compute_next_milestone(self):
        for order in self:
            plan = order.milestone_ids.sorted(plan_order)
            left = plan.filtered(lambda milestone: milestone.state not in FROZEN_STATES)
            under_way = left.filtered(lambda milestone: milestone.state != "pending")
            order.next_milestone_id = (
                (under_way or left)[:1] if order.state == "purchase" else False
            )
            order.next_milestone_state = order.next_milestone_id.state
            order.date_next_milestone = min(filter(None, left.mapped("date_due")), default=False)
            completed = plan.filtered(lambda milestone: milestone.state == "completed")
            order.milestone_to_approve_count = len(completed)

    @api.depends("next_milestone_id", "milestone_to_approve_count")
    @api.depends_context("uid")
    def _compute_milestones_wait_for_me(self):
        for order in self:
            order.milestones_wait_for_me = order._has_milestones_for_user()

    def _has_milestones_for_user(self):
        """Return whether milestones of this order wait for a step that the user can take."""
        user = self.env.user
        return bool(
            (self.next_milestone_id and user.has_group(BUYER))
            or (user.has_group(APPROVER) and self._has_milestones_to_approve())
        )

    def _has_milestones_to_approve(self):
        """Return whether milestones of this order wait for an approval by the user, an approver."""
        return bool(self.milestone_to_approve_count)

    def action_view_milestones(self):
        """Open the milestones of this order as a list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.purchase_milestone_action_of_order"
        )
        return {
            **action,
            "domain": [("order_id", "=", self.id)],
            "context": {
                "active_id": self.id,
                "default_order_id": self.id,
                "purchase_milestone_of_order": True,
            },
        }

    def action_next_milestone(self):
        """Take the next milestone of this order its next step: start, complete or rework it.

        :raise UserError: the step is refused, see the milestone's own methods
        """
        self.ensure_one()
        self.check_access("read")
        milestone = self.next_milestone_id
        steps = {
            "pending": milestone.action_start,
            "started": milestone.action_open_completion,
            "rejected": milestone.action_rework,
        }
        return steps[milestone.state]() if milestone else True
