"""Whatever the order and whatever happens to it: its bills sum to it, and the books hold."""

from hypothesis import HealthCheck, given, settings

from odoo.tests import tagged

from .common_cases import cases, steps
from .common_random import RandomBilling

# How long anything takes is no property of a bill.
repeatable = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@tagged("post_install", "-at_install", "slow")
class TestBillingProperties(RandomBilling):
    @repeatable
    @given(cases(), steps("part", "part"))
    def test_bills_sum_to_the_order(self, case, happening):
        """Raises, cuts and parts between approvals and bills; drafts posted in any order."""
        with self.undone():
            if order := self.confirm(case):
                self.run_steps(order, happening)
                self.finish(order)
                self.assert_billed_in_full(order)
                for bill, milestones in self.taken.items():
                    held = bill.invoice_line_ids.filtered("retention_order_id")
                    self.assert_same(
                        order,
                        -sum(held.mapped("price_subtotal")),
                        sum(milestones.mapped("retention_amount")),
                    )

    @repeatable
    @given(cases(), steps("release", "release", "credit"))
    def test_releases_and_credit_notes_leave_nothing_open(self, case, happening):
        """Parts of the retention released, whole bills credited and made anew, all in any order."""
        with self.undone():
            if order := self.confirm(case):
                self.run_steps(order, happening)
                self.finish(order)
                self.assert_billed_in_full(order)
                if order.retention_open:
                    _release, bill = self.release(order)
                    self.post_it(bill)
                self.assert_books(order)
                self.assert_released_in_full(order)

    @repeatable
    @given(cases(), steps("advance", "advance", "release", "credit"))
    def test_advances_are_recovered_and_no_bill_falls_below_zero(self, case, happening):
        """Advances at any time, also after bills; recovered by terms of their own."""
        with self.undone():
            if order := self.confirm(case):
                self.run_steps(order, happening)
                self.finish(order)
                self.assert_billed_in_full(order)
                if order.retention_open:
                    self.post_it(self.release(order, outcome="forfeit")[1])
                self.assert_books(order)
                self.assert_released_in_full(order)
