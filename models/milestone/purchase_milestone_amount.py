"""What a milestone is worth: amount, percentage, retention, and what of it is released."""

from odoo import api, models


class PurchaseMilestone(models.Model):
    _inherit = "purchase.milestone"

    @api.depends(
        "amount_type",
        "percentage",
        "state",
        "sequence",
        "order_id.milestone_base",
        "order_id.currency_id",
        "order_id.milestone_ids.amount_type",
        "order_id.milestone_ids.state",
        "order_id.milestone_ids.sequence",
        "order_id.milestone_ids.percentage",
    )
    def _compute_amount(self):
        for milestone, amount in self._plan_values("_get_milestone_amounts"):
            milestone.amount = amount

    @api.depends(
        "amount_type", "amount", "order_id.milestone_base", "order_id.milestone_ids.amount"
    )
    def _compute_percentage(self):
        # From the plan and never from `amount`: either field may be computed inside the other.
        for milestone, amount in self._plan_values("_get_milestone_amounts"):
            base = milestone.order_id._get_milestone_base()
            if milestone.amount_type == "percent":
                milestone.percentage = milestone.percentage
            else:
                milestone.percentage = 100 * amount / base if base else 0

    @api.depends(
        "amount",
        "retention_percent",
        "order_id.milestone_base",
        "order_id.currency_id",
        "order_id.retention_limit",
        "order_id.retention_limit_type",
        "order_id.milestone_ids.amount",
        "order_id.milestone_ids.retention_percent",
        "order_id.milestone_ids.sequence",
        "order_id.milestone_ids.state",
    )
    def _compute_retention_amount(self):
        for milestone, amount in self._plan_values("_get_retention_amounts"):
            milestone.retention_amount = amount

    def _plan_values(self, method_name):
        """Yield ``(milestone, value)`` for ``self`` from the orders' method of that name."""
        for order, milestones in self.grouped("order_id").items():
            # In a form the edited milestone stands in for the stored one.
            plan = (order.milestone_ids - milestones._origin) | milestones
            values = getattr(order, method_name)(plan)
            for milestone in milestones:
                yield milestone, values[milestone]

    def _inverse_typed(self):
        """Typing an amount counts for fixed milestones, a percentage for percent ones."""
        for name, amount_type in (("amount", "fixed"), ("percentage", "percent")):
            computed = self.filtered(lambda m, kept=amount_type: m.amount_type != kept)
            self.env.add_to_compute(self._fields[name], computed)

    def _take_over_currency(self):
        """Bring the amounts into whole coins of the currency that their order has by now.

        By way of zero: where a new amount is the old one rounded, Odoo would keep the old one.
        """
        typed = self.filtered(lambda milestone: milestone.amount_type == "fixed")
        amounts = {milestone: milestone.currency_id.round(milestone.amount) for milestone in typed}
        self._write_guarded({"retention_amount": 0, "net_amount": 0})
        self._write_guarded({"amount": 0})
        for milestone, amount in amounts.items():
            milestone._write_guarded({"amount": amount})

    @api.depends("amount", "retention_amount")
    def _compute_net_amount(self):
        for milestone in self:
            milestone.net_amount = milestone.amount - milestone.retention_amount

    @api.depends(
        "retention_amount",
        "state",
        "release_line_ids.amount",
        "release_line_ids.release_id.state",
        "order_id.milestone_billing",
        "order_id.retention_line_ids.amount_currency",
        "order_id.retention_line_ids.parent_state",
        "order_id.order_line.invoice_lines.price_subtotal",
        "order_id.order_line.invoice_lines.parent_state",
    )
    def _compute_retention_released(self):
        for order, milestones in self.grouped("order_id").items():
            by_bills = order._bills_by_milestones()
            held = order._origin._get_held_by_bills() if by_bills else {}
            for milestone in milestones:
                if not by_bills and milestone.state == "approved":
                    held[milestone._origin] = milestone.retention_amount
                lines = milestone.release_line_ids
                done = lines.filtered(lambda line: line.release_id.state == "done")
                milestone.retention_held = held.get(milestone._origin, 0)
                milestone.retention_released = sum(done.mapped("amount"))
                milestone.retention_open = milestone.retention_held - milestone.retention_released
