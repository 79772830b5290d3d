"""What an approver has to know of the order when he decides about a milestone."""

from odoo import api, fields, models


class PurchaseMilestone(models.Model):
    """The order so far: what was approved, held and billed before."""

    _inherit = "purchase.milestone"

    order_amount = fields.Monetary(
        related="order_id.amount_untaxed",
        string="Order Total",
        tracking=False,
        help="The untaxed total of the order.",
    )
    order_amount_approved = fields.Monetary(
        string="Approved So Far",
        compute="_compute_order_so_far",
        compute_sudo=True,
        help="The amounts of the order's approved milestones.",
    )
    order_retention_held = fields.Monetary(
        string="Retained So Far",
        compute="_compute_order_so_far",
        compute_sudo=True,
        help="Retention of the order's approved milestones.",
    )
    order_amount_billed = fields.Monetary(
        string="Billed So Far",
        compute="_compute_order_so_far",
        compute_sudo=True,
        help="The untaxed amounts of the order's bills, drafts included.",
    )

    @api.depends("order_id.milestone_ids.state", "order_id.retention_held")
    def _compute_order_so_far(self):
        for order, milestones in self.grouped("order_id").items():
            approved = order.milestone_ids.filtered(lambda m: m.state == "approved")
            lines = order.order_line
            milestones.order_amount_approved = sum(m._get_effective_amount() for m in approved)
            milestones.order_retention_held = order.retention_held
            milestones.order_amount_billed = sum(
                line._get_billed_amount(line.invoice_lines) for line in lines
            )
