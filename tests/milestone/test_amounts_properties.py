"""Whatever the plan, the amounts and the retention sum as they must, to the last digit."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..common import MilestoneCommon

CENT_COUNTS = {"JPY": 0, "USD": 2, "KWD": 3}
totals = st.integers(min_value=0, max_value=10**9)
percentages = st.integers(min_value=0, max_value=100 * 10**6).map(lambda n: n / 10**6)
repeatable = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    # At its first draw hypothesis reads all modules for constants, and Odoo has many.
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def full_plans(draw):
    """Percentages of six decimals that sum to exactly 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 10**8), min_size=0, max_size=7)))
    edges = [0, *cuts, 10**8]
    return [(high - low) / 10**6 for low, high in zip(edges[:-1], edges[1:], strict=True)]


@tagged("post_install", "-at_install", "slow")
class TestAmountsProperties(MilestoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("purchase_milestone.group_milestone_approver")
        cls.currencies = {}
        for code, digits in CENT_COUNTS.items():
            currency = (
                cls.env["res.currency"]
                .with_context(active_test=False)
                .search([("name", "=", code)])
            )
            currency.write({"active": True, "rounding": 10**-digits})
            cls.currencies[code] = currency
        cls.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 6

    def plan_order(self, code, units, milestones, **values):
        """A confirmed order of ``units`` of the currency's smallest coin."""
        return self.create_order(
            units / 10 ** CENT_COUNTS[code],
            milestones,
            confirm=True,
            currency_id=self.currencies[code].id,
            **values,
        )

    def assert_sum(self, order, expected):
        self.assertFalse(order.currency_id.compare_amounts(order.milestone_amount, expected))
        self.assertTrue(all(m.amount >= 0 for m in order.milestone_ids))
        for milestone in order.milestone_ids:
            self.assertEqual(milestone.amount, order.currency_id.round(milestone.amount))

    @repeatable
    @given(st.sampled_from(sorted(CENT_COUNTS)), totals, full_plans(), st.integers(0, 7), totals)
    def test_full_plan_always_sums_to_the_order(self, code, units, plan, approved, more):
        order = self.plan_order(code, units, [self.percent(f"Lot {p}", p) for p in plan])
        self.assert_sum(order, order.amount_untaxed)
        frozen = order.milestone_ids[:approved]
        if frozen:
            self.bring_to(frozen, "approved")
        kept = frozen.mapped("amount")
        order.order_line.price_unit += more / 10 ** CENT_COUNTS[code]
        self.assertEqual(frozen.mapped("amount"), kept)
        if frozen < order.milestone_ids:
            self.assert_sum(order, order.amount_untaxed)

    @repeatable
    @given(
        st.sampled_from(sorted(CENT_COUNTS)),
        totals,
        st.lists(percentages.map(lambda p: p / 5), max_size=4),
        st.integers(0, 100),
    )
    def test_balance_takes_exactly_what_is_left(self, code, units, shares, fixed_percent):
        fixed = units * fixed_percent // 500 / 10 ** CENT_COUNTS[code]
        order = self.plan_order(
            code,
            units,
            [
                *(self.percent(f"Lot {share}", share) for share in shares),
                self.fixed("Mobilisation", fixed),
                self.balance("Handover"),
            ],
        )
        total = max(order.amount_untaxed, sum(order.milestone_ids[:-1].mapped("amount")))
        self.assert_sum(order, total)

    @repeatable
    @given(
        st.sampled_from(sorted(CENT_COUNTS)),
        totals,
        full_plans(),
        percentages,
        percentages,
        st.randoms(use_true_random=False),
    )
    def test_retention_keeps_to_its_limit(self, code, units, plan, rate, limit, random):
        order = self.plan_order(
            code,
            units,
            [self.percent(f"Lot {p}", p, retention=rate) for p in plan],
            retention_limit_type="percent",
            retention_limit=limit,
        )
        currency = order.currency_id
        ceiling = currency.round(order.amount_untaxed * limit / 100)
        waiting = list(order.milestone_ids)
        random.shuffle(waiting)
        for milestone in waiting:
            self.bring_to(milestone, "approved")
            self.assertLessEqual(currency.compare_amounts(order.retention_held, ceiling), 0)
            self.assertGreaterEqual(milestone.retention_amount, 0)
            self.assertFalse(
                currency.compare_amounts(
                    milestone.net_amount + milestone.retention_amount, milestone.amount
                )
            )
        held = sum(
            currency.round(m.amount * m.retention_percent / 100) for m in order.milestone_ids
        )
        self.assertFalse(currency.compare_amounts(order.retention_held, min(held, ceiling)))
