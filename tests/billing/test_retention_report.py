from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from ..common import APPROVER, PURCHASE_USER
from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestRetentionReport(ReportsCommon):
    """A fit-out in dollars, cranes in yen, and a ship that another company buys in euros."""

    model = "purchase.retention.report"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = [cls.percent("Racks", 50, retention=10), cls.percent("Cooling", 50, retention=10)]
        terms = {"retention_period_days": 60, "retention_acceptance_percent": 50}
        cls.fit_out = cls.create_order(100_000, plan, confirm=True, **terms)
        cls.cranes = cls.create_order(
            999_990,
            [cls.percent("Delivered", 100, retention=3.3)],
            milestone_billing="track",
            currency_id=cls.yen.id,
            retention_period_days=365,
            retention_acceptance_percent=33.333333,
            confirm=True,
        )
        cls.ship = cls.create_order(
            10_000,
            [cls.percent("Keel laid", 100, retention=5)],
            company_id=cls.shipyard.id,
            milestone_billing="track",
            currency_id=cls.euro.id,
            confirm=True,
        )
        cls.approve((cls.fit_out | cls.cranes | cls.ship).milestone_ids)

    def accept(self, order, date):
        order.with_user(self.approver).action_final_acceptance(date)

    def test_orders_with_retention_and_no_others(self):
        self.create_order(100, [self.percent("Studs", 100)], confirm=True)
        self.create_order(100, [self.percent("Doors", 100, retention=10)], confirm=True)
        # Of an order that bills by milestones, nothing is held before its first bill is posted.
        self.assertEqual(self.shown(), self.cranes | self.ship)
        bill = self.create_bill(self.fit_out)
        self.assertEqual(self.shown(), self.cranes | self.ship)
        self.post(bill)
        self.assertEqual(self.shown(), self.fit_out | self.cranes | self.ship)

    def test_each_row_says_what_its_order_says_in_its_currency(self):
        self.bill(self.fit_out)
        release = self.release(self.fit_out, amount=1_000)[1]
        self.post(release)
        self.release(self.fit_out, amount=500)
        self.release(self.cranes, amount=7)
        self.accept(self.cranes, "2026-01-31")
        for order in self.fit_out | self.cranes | self.ship:
            row = self.row(order)
            for name in (
                "partner_id",
                "user_id",
                "company_id",
                "currency_id",
                "milestone_billing",
                "date_final_acceptance",
                "date_retention_due",
                "retention_held",
                "retention_released",
                "retention_reserved",
                "retention_open",
            ):
                self.assertEqual(row[name], order.sudo()[name], name)
        fit_out, cranes, ship = map(self.row, (self.fit_out, self.cranes, self.ship))
        self.assertEqual(
            [fit_out.retention_held, fit_out.retention_released, fit_out.retention_reserved],
            [10_000, 1_000, 500],
        )
        self.assertEqual([fit_out.retention_open, fit_out.retention_ledger], [9_000, 9_000])
        self.assertEqual([cranes.retention_held, cranes.retention_open], [33_000, 32_993])
        self.assertEqual([ship.retention_open, ship.retention_ledger], [500, 0])

    def test_what_is_due_follows_the_contract(self):
        self.bill(self.fit_out)
        with freeze_time("2026-04-10"):
            self.accept(self.fit_out, "2026-04-10")
            self.accept(self.cranes, "2026-04-10")
        self.release(self.fit_out, amount=1_000)
        # Acceptance 10 April, 60 days: all of it from 9 June on; 1,000 are reserved.
        for today, due, overdue in (
            ("2026-04-09", 0, 0),
            ("2026-04-10", 4_000, 0),
            ("2026-06-08", 4_000, 0),
            ("2026-06-09", 9_000, 0),
            ("2026-06-10", 9_000, 9_000),
        ):
            self.assert_due(self.fit_out, today, due, overdue)
        # A third of 33,000 yen, in whole yen.
        self.assert_due(self.cranes, "2026-04-10", 11_000, 0)
        self.release(self.fit_out)
        self.assert_due(self.fit_out, "2026-06-10", 0, 0)
        # Never accepted, nothing due.
        self.assert_due(self.ship, "2036-01-01", 0, 0)

    def assert_due(self, order, today, due, overdue):
        with freeze_time(today):
            self.env.invalidate_all()
            row = self.row(order)
            self.assertEqual((row.retention_due, row.retention_overdue), (due, overdue), today)
            self.assertEqual(row.retention_due, order.sudo()._get_retention_due(self.today()))

    def test_more_released_early_than_is_due_at_acceptance_leaves_nothing_due(self):
        self.release(self.cranes, amount=20_000)
        self.accept(self.cranes, "2026-01-31")
        self.assert_due(self.cranes, "2026-01-31", 0, 0)
        self.assert_due(self.cranes, "2027-02-01", 13_000, 13_000)

    def test_order_and_ledger_agree_from_the_bill_to_the_last_release(self):
        first, second = self.fit_out.milestone_ids
        for held, step in (
            (5_000, lambda: self.bill(first)),
            (10_000, lambda: self.bill(second)),
            (10_000, lambda: self.release(self.fit_out, amount=4_000)),
            (6_000, lambda: self.post(self.fit_out.sudo().retention_release_ids.bill_id)),
            (0, lambda: self.post(self.release(self.fit_out)[1])),
        ):
            step()
            self.env.invalidate_all()
            row = self.row(self.fit_out)
            self.assertEqual((row.retention_open, row.retention_ledger), (held, held))
            self.assertEqual(row.retention_difference, 0)
        # Paid out, it stays in the report.
        self.assertEqual(row.retention_released, 10_000)
        self.assertNotIn(self.fit_out, self.found("open"))

    def test_a_credit_note_gives_back_in_both(self):
        bill = self.bill(self.fit_out)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id})
        )
        wizard.reverse_moves(is_modify=False)
        self.post(wizard.new_move_ids)
        row = self.row(self.fit_out)
        self.assertEqual(
            (row.retention_held, row.retention_ledger, row.retention_difference), (0, 0, 0)
        )

    def test_an_entry_by_hand_shows_as_a_difference(self):
        self.bill(self.fit_out)
        self.assertFalse(self.found("differs"))
        self.book_by_hand(self.fit_out, 200)
        row = self.row(self.fit_out)
        self.assertEqual(row.retention_difference, 200)
        self.assertEqual(self.found("differs"), self.fit_out)

    def test_what_the_ledger_holds_of_a_finished_order_is_still_open(self):
        self.bill(self.fit_out)
        self.post(self.release(self.fit_out)[1])
        self.assertNotIn(self.fit_out, self.found("open"))
        self.book_by_hand(self.fit_out, 200)
        self.assertEqual(self.row(self.fit_out).retention_open, 0)
        self.assertIn(self.fit_out, self.found("open"))

    def test_an_entry_that_is_gone_shows_as_a_difference(self):
        bill = self.bill(self.fit_out)
        self.assertFalse(self.found("differs"))
        self.cr.execute(
            "UPDATE account_move_line SET retention_order_id = NULL WHERE move_id = %s", [bill.id]
        )
        self.env.invalidate_all()
        row = self.row(self.fit_out)
        self.assertEqual((row.retention_ledger, row.retention_difference), (0, -10_000))
        self.assertEqual(self.found("differs"), self.fit_out)

    def book_by_hand(self, order, amount):
        """Book on the retention account, past the guards, as if it were the order's retention."""
        entry = self.env["account.move"].create(
            {
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": part})
                    for account, part in (
                        (self.retention_account, -amount),
                        (self.tax_account, amount),
                    )
                ],
            }
        )
        entry.action_post()
        line = entry.line_ids.filtered(lambda line: line.account_id == self.retention_account)
        self.cr.execute(
            "UPDATE account_move_line SET retention_order_id = %s WHERE id = %s",
            [order.id, line.id],
        )
        self.env.invalidate_all()

    def test_filters_and_groups(self):
        self.bill(self.fit_out)
        self.accept(self.fit_out, "2026-02-01")
        self.accept(self.ship, "2026-02-01")
        with freeze_time("2026-02-01"):
            self.assertEqual(self.found("open"), self.fit_out | self.cranes | self.ship)
            self.assertEqual(self.found("due"), self.fit_out | self.ship)
            self.assertFalse(self.found("overdue"))
        with freeze_time("2026-02-02"):
            self.assertEqual(self.found("overdue"), self.ship)
        self.release(self.ship)
        self.env.invalidate_all()
        self.assertEqual(self.found("open"), self.fit_out | self.cranes)
        self.assertEqual(
            self.sums("group_due", "retention_held"),
            {"2026-02-01": 500, "2026-04-01": 10_000, False: 33_000},
        )
        for group, records in (
            ("group_vendor", self.vendor),
            ("group_order", self.fit_out | self.cranes | self.ship),
            ("group_company", self.company | self.shipyard),
        ):
            self.assertEqual(set(self.sums(group, "retention_open")), set(records.ids), group)
        self.assertEqual(set(self.sums("group_billing", "retention_open")), {"track", "bill"})

    def test_totals_are_converted_where_currencies_meet(self):
        [group] = self.rows().formatted_read_group(
            [], ["partner_id"], ["retention_open:sum_currency", "currency_id:array_agg_distinct"]
        )
        self.assertEqual(len(group["currency_id:array_agg_distinct"]), 2)
        # 33,000 yen at 150 to the dollar, 500 euros at 0.8.
        self.assertAlmostEqual(group["retention_open:sum_currency"], 220 + 625)

    def test_only_the_own_companies_are_seen(self):
        self.bill(self.fit_out)
        yard_buyer = self.new_user("ms_yard_buyer", PURCHASE_USER, self.shipyard)
        home_approver = self.new_user("ms_home_approver", APPROVER, self.company)
        self.assertEqual(self.shown(yard_buyer), self.ship)
        self.assertEqual(self.shown(home_approver), self.fit_out | self.cranes)
        with self.assertRaises(AccessError):
            self.row(self.ship).with_user(home_approver).retention_open  # noqa: B018

    def test_a_row_opens_its_order(self):
        for user in self.readers():
            action = self.row(self.ship).with_user(user).action_open_order()
            self.assertEqual((action["res_model"], action["res_id"]), self.key(self.ship))

    def test_the_list_reads_its_rows_once(self):
        self.assert_list_reads_its_rows_once()

    def test_the_queries_of_a_page_do_not_grow(self):
        def create_rows(count):
            for _n in range(count):
                plan = [self.percent("Doors", 100, retention=10)]
                order = self.create_order(100, plan, milestone_billing="track", confirm=True)
                self.approve(order.milestone_ids)

        self.assert_same_queries(create_rows)
