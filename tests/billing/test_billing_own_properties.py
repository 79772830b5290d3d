"""Whatever vendors bill and whatever is cut, closed or credited: no bill is too much."""

from hypothesis import given

from odoo.tests import tagged

from .common_cases import cases, steps
from .common_random_own import RandomOwnBilling
from .test_billing_properties import repeatable

OWN = ("key", "key", "import", "close", "reopen", "credit", "credit", "reset")
DECIDED = ("release", "release", "advance")


@tagged("post_install", "-at_install", "slow")
class TestBillingOwnProperties(RandomOwnBilling):
    @repeatable
    @given(cases(), steps(*OWN, *DECIDED))
    def test_bills_never_exceed_order_nor_approval(self, case, happening):
        """Keyed and imported bills, cuts, closings, credit notes for good, releases, advances."""
        with self.undone():
            if order := self.confirm(case):
                self.run_steps(order, happening)
                before = self.figures(order)
                self.close_down(order)
                self.assert_figures(order, before)
                self.assert_books(order)
                self.assert_nothing_to_bill(order)
