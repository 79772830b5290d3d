"""Bills that pay an order in advance, or recover what was paid."""

from functools import partial

from odoo import models

from ...tools.checks import check_obstacles, serialize_on


class AccountMove(models.Model):
    """Never is more recovered than has been paid in advance, whoever takes which bill back."""

    _inherit = "account.move"

    def _get_advance_orders(self):
        """Return the orders billed by milestones whose advances these bills pay or recover."""
        lines = self.invoice_line_ids.purchase_line_id.filtered(lambda line: line._is_advance())
        return lines.order_id.filtered(lambda order: order._bills_by_milestones())

    def _get_guarded_orders(self):
        return super()._get_guarded_orders() | self._get_advance_orders()

    def _add_purchase_order_lines(self, purchase_order_lines):
        # EXTENDS 'purchase': what a bill says itself is kept; otherwise it recovers what is due.
        advances = purchase_order_lines.filtered(
            # sudo: purchase.order - accountants need not see milestones
            lambda line: line._is_advance() and line.order_id.sudo()._bills_by_milestones()
        )
        if not self.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            advances = advances.filtered(
                lambda line: not line._prepare_account_move_line(self)["quantity"]
            )
        return super()._add_purchase_order_lines(purchase_order_lines - advances)

    def _check_before_posting(self):
        result = super()._check_before_posting()
        for move in self:
            orders = move._get_advance_orders()
            serialize_on(orders)
            check_obstacles(orders, partial(move._get_recovery_obstacle, added=move))
        return result

    def _check_before_unposting(self):
        result = super()._check_before_unposting()
        for move in self.filtered(lambda move: move.state == "posted"):
            orders = move._get_advance_orders()
            serialize_on(orders)
            check_obstacles(orders, partial(move._get_recovery_obstacle, added=move.browse()))
        return result

    def _get_recovery_obstacle(self, order, added):
        """Return why more would be recovered than was paid, with ``added`` or without this bill."""
        posted = order._get_advance_lines().invoice_lines.move_id.filtered(
            lambda move: move.state == "posted"
        )
        excess = order._get_recovery_excess((posted - self) | added)
        if not excess:
            return None
        return self.env._(
            "%(amount)s more would be recovered than was paid in advance. Lower the recovery on "
            "the bill, or take back the bill that recovers too much first.",
            amount=order.currency_id.format(excess),
        )
