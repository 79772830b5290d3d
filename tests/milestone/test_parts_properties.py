"""However often a milestone is split, its parts and the rest are worth what it was worth."""

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..common import MilestoneCommon
from .test_amounts_properties import CENT_COUNTS, repeatable


@tagged("post_install", "-at_install", "slow")
class TestPartsProperties(MilestoneCommon):
    """However a milestone is split, its whole is worth what it was worth."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currencies = {}
        for code, digits in CENT_COUNTS.items():
            currencies = cls.env["res.currency"].with_context(active_test=False)
            cls.currencies[code] = currencies.search([("name", "=", code)])
            cls.currencies[code].write({"active": True, "rounding": 10**-digits})
        cls.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 6

    @settings(parent=repeatable, max_examples=15)
    @given(
        st.sampled_from(sorted(CENT_COUNTS)),
        st.sampled_from(("percent", "full", "fixed", "balance")),
        st.integers(min_value=100, max_value=10**9),
        st.lists(st.tuples(st.booleans(), st.floats(0.01, 99.9), st.booleans()), max_size=5),
    )
    def test_the_whole_keeps_its_amount(self, code, kind, units, splits):
        plan = {
            "percent": [self.percent("Hull", 33.333333), self.percent("Engine", 21.7)],
            "full": [self.percent("Hull", 33.333333), self.percent("Engine", 66.666667)],
            "fixed": [self.fixed("Hull", units // 3 / 10 ** CENT_COUNTS[code]), self.balance("E")],
            "balance": [self.balance("Hull"), self.percent("Engine", 21.7)],
        }[kind]
        order = self.create_order(
            units / 10 ** CENT_COUNTS[code],
            plan,
            confirm=True,
            currency_id=self.currencies[code].id,
        )
        hull, engine = order.milestone_ids.sudo()
        before = (hull.amount, hull.percentage, engine.amount)
        hull.action_start()
        for by_amount, percentage, rejected in splits:
            amount = order.currency_id.round(hull.amount * percentage / 100)
            if not 0 < amount < hull.amount:
                continue
            given_as = {"amount": amount} if by_amount else {"percentage": percentage}
            part = hull.with_user(self.buyer).action_complete_part(**given_as)
            self.assertEqual(part.amount, amount)
            if rejected:
                part.with_user(self.approver).action_reject("Weld 7 leaks")
                self.assertEqual(part.amount, amount)
            whole = hull | hull.part_ids
            self.assertFalse(
                order.currency_id.compare_amounts(sum(whole.mapped("amount")), before[0])
            )
            self.assertEqual(engine.amount, before[2])
        for part in hull.part_ids.filtered(lambda part: part.state == "completed"):
            part.with_user(self.approver).action_reject("Weld 7 leaks")
        hull.part_ids.with_user(self.buyer).action_merge_back()
        self.assertEqual((hull.amount, hull.percentage, engine.amount), before)
