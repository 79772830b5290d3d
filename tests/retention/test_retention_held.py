from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import COINS, RetentionCommon, numbers, read_cases


@tagged("post_install", "-at_install", "slow")
class TestRetentionHeld(RetentionCommon):
    def test_published_numbers(self):
        for case in read_cases("retention_held.csv"):
            for code, scale in COINS.items():
                with self.subTest(source=case["source"], currency=code):
                    self.check_held(case, self.use_currency(code, 0.01 * scale), scale)

    def check_held(self, case, currency, scale):
        limit = float(case["limit_value"]) * (scale if case["limit_type"] == "amount" else 1)
        order = self.approved_order(
            float(case["order_total"]) * scale,
            [
                self.fixed(f"Phase {amount}", amount * scale, retention)
                for amount, retention in zip(
                    numbers(case["milestone_amounts"]),
                    numbers(case["retention_percents"]),
                    strict=True,
                )
            ],
            currency_id=currency.id,
            retention_limit_type=case["limit_type"],
            retention_limit=limit,
        )
        for name, column in (("retention_amount", "expected_held"), ("net_amount", "expected_net")):
            expected = [currency.round(value * scale) for value in numbers(case[column])]
            self.assertEqual(
                [currency.round(value) for value in order.milestone_ids.mapped(name)], expected
            )
        held = sum(order.milestone_ids.mapped("retention_amount"))
        self.assertFalse(currency.compare_amounts(order.retention_held, held))

    def test_limit_by_amount_is_used_up_in_the_order_of_approval(self):
        order = self.create_order(
            100_000,
            [self.percent(f"Section {n}", 25, retention=10) for n in range(4)],
            confirm=True,
            retention_limit_type="amount",
            retention_limit=6_000,
        )
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [2_500, 2_500, 1_000, 0])
        for index in (3, 1):
            self.bring_to(order.milestone_ids[index], "approved")
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [1_000, 2_500, 0, 2_500])
        self.assertEqual(order.retention_held, 5_000)
        self.assertAlmostEqual(order.retention_limit_used, 500 / 6)

    def test_revoked_approval_frees_its_part_of_the_limit(self):
        order = self.approved_order(
            100_000,
            [self.percent(f"Section {n}", 50, retention=10) for n in range(2)],
            retention_limit_type="percent",
            retention_limit=7,
        )
        first, second = order.milestone_ids
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [5_000, 2_000])
        first.with_user(self.approver).action_revoke("Measured twice")
        self.assertEqual((first.retention_amount, second.retention_amount), (5_000, 2_000))
        self.assertEqual(order.retention_held, 2_000)
        first.with_user(self.approver).action_approve()
        self.assertEqual(order.retention_held, 7_000)

    def test_frozen_retention_stands_above_a_limit_that_a_cut_lowers(self):
        order = self.create_order(
            100_000,
            [self.fixed("Hull", 40_000, retention=10), self.fixed("Engine", 20_000, retention=10)],
            confirm=True,
            retention_limit_type="percent",
            retention_limit=5,
        )
        hull, engine = order.milestone_ids
        self.bring_to(hull, "approved")
        order.order_line.price_unit = 60_000
        self.assertEqual((hull.retention_amount, engine.retention_amount), (4_000, 0))

    def test_limit_stands_from_the_first_approval(self):
        order = self.approved_order(100, [self.percent("Hull", 40, retention=10)])
        for values in (
            {"retention_limit": 3},
            {"retention_limit_type": "amount"},
            {"retention_period_days": 90},
        ):
            with self.assertRaisesRegex(
                UserError, "limit and the period of the retention cannot be changed"
            ):
                order.sudo().write(values)
