"""Whatever the order and whatever happens to it: the bills sum to it, and the books hold."""

from hypothesis import given, settings

from odoo.tests import tagged

from .common_billing_random import RandomBilling, cases, steps

repeatable = settings(max_examples=40, deadline=None, derandomize=True)


class Undo(Exception):
    pass


@tagged("post_install", "-at_install")
class TestBillingProperties(RandomBilling):
    @repeatable
    @given(cases(), steps())
    def test_bills_sum_to_the_order(self, case, happening):
        with self.undone():
            order = self.confirm(case)
            if order:
                self.run_steps(order, happening)
                self.finish(order)
                self.assert_billed_in_full(order)

    @repeatable
    @given(cases(), steps("release", "release", "credit"))
    def test_releases_and_credit_notes_leave_no_trace(self, case, happening):
        with self.undone():
            order = self.confirm(case)
            if order:
                self.run_steps(order, happening)
                self.finish(order)
                self.assert_billed_in_full(order)

    def undone(self):
        from contextlib import contextmanager

        @contextmanager
        def inner():
            try:
                with self.env.cr.savepoint():
                    yield
                    raise Undo
            except Undo:
                pass

        return inner()

    def assert_billed_in_full(self, order):
        moves = order.invoice_ids
        products = moves.invoice_line_ids.filtered(lambda line: not line.retention_order_id)
        untaxed = sum(l.price_subtotal * l.move_id._get_billing_sign() for l in products)
        self.assert_same(order, untaxed, order.milestone_base)
        for m in moves:
            lines = m.invoice_line_ids
            self.assert_same(order, m.amount_untaxed, sum(lines.mapped("price_subtotal")))
        self.assertEqual(order.invoice_status, "invoiced" if moves else "no")
        for line in order.order_line:
            self.assertEqual(line.qty_received, line.product_qty)
            self.assert_same(
                order, sum(line.milestone_receipt_ids.mapped("amount")), line.price_subtotal
            )
        self.assert_same(
            order, order.retention_held, sum(order.milestone_ids.mapped("retention_amount"))
        )
        # release the rest
        if order.retention_open > 0:
            _release, bill = self.release(order)
            self.post_it(bill)
        self.assertEqual(order.retention_open, 0)
        lines = order.retention_line_ids.filtered(lambda l: l.parent_state == "posted")
        self.assertTrue(all(lines.mapped("reconciled")))
        moves = order.invoice_ids
        tax = sum(m.amount_tax * m._get_billing_sign() for m in moves)
        coins = sum(len(m.line_ids.tax_line_id) for m in moves) + 1
        diff = abs(tax - order.amount_tax) / order.currency_id.rounding
        self.assertLessEqual(diff, coins, f"{tax} vs {order.amount_tax}")
