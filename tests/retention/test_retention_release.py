from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import tagged

from .common import COINS, RetentionCommon, numbers, read_cases


@tagged("post_install", "-at_install")
class TestRetentionRelease(RetentionCommon):
    def test_published_numbers(self):
        for case in read_cases("retention_release.csv"):
            for code, scale in COINS.items():
                with self.subTest(case=case["description"], currency=code):
                    self.check_release(case, self.use_currency(code, 0.01 * scale), scale)

    def check_release(self, case, currency, scale):
        held = [currency.round(value * scale) for value in numbers(case["held"])]
        order = self.approved_order(
            sum(held),
            [self.fixed(f"Bill {amount}", amount, retention=100) for amount in held],
            currency_id=currency.id,
        )
        before = currency.round(float(case["already_released"]) * scale)
        if before:
            self.new_release(order, amount=before, early=True).action_confirm()
        enter = case["enter"]
        if enter.endswith("%"):
            values = {"percentage": float(enter[:-1])}
        else:
            values = {"amount": currency.round(float(enter) * scale)}
        release = self.new_release(order, early=True, **values)
        expected = currency.round(float(case["expected_release"]) * scale)
        self.assertEqual(currency.round(release.amount), expected)
        release.action_confirm()
        self.assertEqual(
            [currency.round(part) for part in release.line_ids.mapped("amount")],
            [currency.round(part * scale) for part in numbers(case["expected_parts"])],
        )
        self.assertEqual(release.user_id, self.release_officer)
        left = sum(held) - before - release.amount
        self.assertFalse(currency.compare_amounts(order.retention_open, left))

    def accepted_order(self, **values):
        order = self.approved_order(
            100_000,
            [self.percent(name, 50, retention=10) for name in ("Road base", "Asphalt")],
            retention_period_days=365,
            **values,
        )
        order.with_user(self.approver).action_final_acceptance(
            Date.subtract(Date.context_today(order), days=100)
        )
        return order

    def test_default_is_all_that_is_open(self):
        order = self.accepted_order()
        self.assertEqual(self.new_release(order).amount, 10_000)
        self.new_release(order, amount=4_000, early=True).action_confirm()
        self.assertEqual(self.new_release(order).amount, 6_000)

    def test_contract_decides_what_is_due(self):
        order = self.approved_order(
            100_000,
            [self.percent("Road base", 100, retention=10)],
            retention_period_days=365,
            retention_acceptance_percent=50,
        )
        with self.assertRaisesRegex(UserError, "due on that date"):
            self.new_release(order, amount=1).action_confirm()
        today = Date.context_today(order)
        order.with_user(self.approver).action_final_acceptance(Date.subtract(today, days=100))
        self.assertEqual(order.date_retention_due, Date.add(today, days=265))
        with self.assertRaisesRegex(UserError, "10,000.00 is more than the .*5,000.00 that is due"):
            self.new_release(order).action_confirm()
        self.new_release(order, amount=5_000).action_confirm()
        with self.assertRaisesRegex(UserError, "due on that date"):
            self.new_release(order, amount=0.01).action_confirm()
        self.new_release(order, amount=0.01, early=True).action_confirm()
        self.assertEqual(order.retention_open, 4_999.99)

    def test_all_is_due_after_the_retention_period(self):
        order = self.approved_order(
            100_000, [self.percent("Deck", 100, retention=10)], retention_period_days=30
        )
        order.with_user(self.approver).action_final_acceptance(
            Date.subtract(Date.context_today(order), days=30)
        )
        self.new_release(order).action_confirm()
        self.assertEqual((order.retention_released, order.retention_open), (10_000, 0))

    def test_refusals(self):
        order = self.accepted_order()
        tomorrow = Date.add(Date.context_today(order), days=1)
        for values, sentence in (
            ({"amount": 10_000.01}, "more than the .*10,000.00 that is open"),
            ({"amount": 0}, "above zero"),
            ({"amount": -5}, "above zero"),
            ({"reason": "  "}, "give a reason"),
            ({"date": tomorrow}, "cannot lie in the future"),
        ):
            with self.subTest(values=values):
                release = self.new_release(order, **{"early": True, **values})
                with self.assertRaisesRegex(UserError, sentence):
                    release.action_confirm()
                self.assertEqual((release.state, order.retention_released), ("draft", 0))
        with self.assertRaisesRegex(UserError, "either the amount or the percentage"):
            self.new_release(order, amount=5, percentage=50)

    def test_second_release_over_several_milestones_never_exceeds_what_each_has_open(self):
        order = self.approved_order(
            100, [self.fixed(f"Lot {h}", h, retention=100) for h in (33.33, 33.33, 33.34)]
        )
        self.new_release(order, amount=50, early=True).action_confirm()
        rest = self.new_release(order, early=True)
        rest.action_confirm()
        self.assertEqual(order.milestone_ids.mapped("retention_open"), [0, 0, 0])
        self.assertAlmostEqual(sum(rest.line_ids.mapped("amount")), 50)

    def test_cancelled_release_is_open_again(self):
        order = self.accepted_order()
        release = self.new_release(order, amount=4_000, early=True)
        release.action_confirm()
        self.assertEqual(order.milestone_ids.mapped("retention_open"), [3_000, 3_000])
        self.assertIs(release.action_cancel(), True)
        self.assertEqual((order.retention_released, order.retention_open), (0, 10_000))
        with self.assertRaisesRegex(UserError, "cancelled already"):
            release.action_cancel()

    def test_order_chatter_tells_the_story(self):
        order = self.accepted_order()
        release = self.new_release(order, amount=4_000, early=True)
        release.action_confirm()
        release.action_cancel()
        cancelled, released, accepted = order.message_ids[:3]
        self.assertIn("Retention released: $ 4,000.00. Taken over", released.preview)
        self.assertIn("Release of retention cancelled", cancelled.preview)
        self.assertIn("Final acceptance", accepted.preview)
        self.assertEqual(released.author_id, self.release_officer.partner_id)
        self.assertEqual(accepted.author_id, self.approver.partner_id)

    def test_release_is_a_right_of_its_own(self):
        order = self.accepted_order()
        release = self.new_release(order, amount=10, early=True)
        for user in (self.buyer, self.manager, self.approver):
            for attempt in (
                lambda user=user: self.new_release(order).with_user(user).action_confirm(),
                lambda user=user: release.with_user(user).action_confirm(),
                lambda user=user: release.with_user(user).sudo().action_confirm(),
                lambda user=user: release.with_user(user).action_cancel(),
                lambda user=user: order.with_user(user).action_release_retention(),
                lambda user=user: release.with_user(user).write({"amount": 1}),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        self.assertEqual(release.state, "draft")
        action = order.with_user(self.release_officer).action_release_retention()
        self.assertEqual(action["context"], {"default_order_id": order.id})

    def test_guarded_fields_of_a_release(self):
        order = self.accepted_order()
        shares = [(0, 0, {"milestone_id": order.milestone_ids[0].id, "amount": 5_000})]
        given = {"state": "done", "user_id": self.buyer.id, "line_ids": shares}
        defaults = {f"default_{name}": value for name, value in given.items()}
        for release in (
            self.new_release(order, **given),
            self.new_release(order.with_context(**defaults)),
            self.env["purchase.retention.release"]
            .with_context(**defaults)
            .create({"order_id": order.id}),
        ):
            self.assertEqual(release.state, "draft")
            self.assertFalse(release.user_id or release.line_ids)
        for name, value in given.items():
            with self.assertRaisesRegex(UserError, "set by its buttons"):
                release.sudo().write({name: value})
        release = self.new_release(order, amount=10, early=True)
        release.action_confirm()
        for values in ({"amount": 5}, {"reason": "Another"}, {"early": False}):
            with self.assertRaisesRegex(UserError, "Only drafts can be changed"):
                release.sudo().write(values)
        with self.assertRaisesRegex(UserError, "Only drafts can be deleted"):
            release.unlink()
        self.new_release(order).unlink()

    def test_a_forfeit_lowers_what_is_open_and_nothing_else(self):
        order = self.accepted_order()
        forfeit = self.new_release(order, outcome="forfeit", amount=4_000)
        forfeit.action_confirm()
        self.assertEqual((forfeit.state, forfeit.user_id), ("done", self.release_officer))
        self.assertEqual(
            (order.retention_held, order.retention_released, order.retention_forfeited),
            (10_000, 0, 4_000),
        )
        self.assertEqual(order.milestone_ids.mapped("retention_forfeited"), [2_000, 2_000])
        self.assertEqual(order.milestone_ids.mapped("retention_open"), [3_000, 3_000])
        self.assertIn("Retention forfeited", order.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "more than the .*6,000.00 that is open"):
            self.new_release(order, amount=6_000.01, early=True).action_confirm()
        order.with_user(self.approver).action_revoke_acceptance("Leaking joints")
        with self.assertRaisesRegex(UserError, "has been released or forfeited"):
            order.milestone_ids[0].with_user(self.approver).action_revoke("Leaking joints")
        forfeit.action_cancel()
        self.assertEqual((order.retention_forfeited, order.retention_open), (0, 10_000))
        self.assertIn("Forfeiture of retention cancelled", order.message_ids[0].body)
        for milestone in order.milestone_ids:
            with self.assertRaisesRegex(UserError, "cannot be"):
                milestone.sudo().write({"retention_forfeited": 0})
