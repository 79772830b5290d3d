from odoo.tests import freeze_time, tagged

from ..common import APPROVER, PURCHASE_USER
from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestMilestoneForecast(ReportsCommon):
    model = "purchase.milestone.forecast"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fit_out = cls.create_order(
            100_000,
            [
                cls.fixed("Racks", 10_000, retention=10, date_due="2027-02-26"),
                cls.fixed("Cooling", 20_000, retention=10, date_due="2027-03-01"),
                cls.fixed("Power", 30_000, retention=10, date_due="2027-03-31"),
                cls.balance("Handover", date_due="2028-01-01"),
            ],
            confirm=True,
        )
        cls.cranes = cls.create_order(
            900_000,
            [cls.fixed("Delivered", 600_000, date_due="2027-03-15"), cls.balance("Tested")],
            milestone_billing="track",
            currency_id=cls.yen.id,
            confirm=True,
        )
        cls.ship = cls.create_order(
            5_000,
            [cls.percent("Keel laid", 100, date_due="2026-12-31")],
            company_id=cls.shipyard.id,
            milestone_billing="track",
            currency_id=cls.euro.id,
            confirm=True,
        )

    def stages(self, order):
        """Return the rows of an order as ``{milestone's name: {stage: amount}}``."""
        stages = {}
        for row in self.rows().search([("order_id", "=", order.id)]):
            stages.setdefault(row.name, {})[row.stage] = row.amount
        return stages

    def test_from_planned_to_paid(self):
        racks, cooling, power, _handover = self.fit_out.milestone_ids
        self.approve(racks | cooling | power)
        self.pay(self.bill(racks))
        self.create_bill(cooling)
        self.assertEqual(
            self.stages(self.fit_out),
            {
                "Racks": {"4_paid": 10_000},
                "Cooling": {"3_billed": 20_000},
                "Power": {"2_approved": 30_000},
                "Handover": {"1_planned": 40_000},
            },
        )

    def test_a_milestone_billed_in_part_stands_in_two_stages(self):
        power = self.fit_out.milestone_ids[2]
        self.approve(power)
        bill = self.create_bill(power)
        bill.invoice_line_ids.filtered("purchase_line_id").price_unit /= 4
        stages = self.stages(self.fit_out)
        self.assertEqual(stages["Power"], {"2_approved": 22_500, "3_billed": 7_500})

    def test_what_is_billed_as_odoo_does_stays_approved(self):
        delivered = self.cranes.milestone_ids[0]
        self.approve(delivered)
        self.pay(self.bill(self.cranes))
        self.assertEqual(
            self.stages(self.cranes),
            {"Delivered": {"2_approved": 600_000}, "Tested": {"1_planned": 300_000}},
        )

    def test_completed_and_rejected_milestones_are_planned(self):
        racks, cooling = self.fit_out.milestone_ids[:2]
        self.bring_to(racks, "completed")
        self.bring_to(cooling, "rejected")
        stages = self.stages(self.fit_out)
        self.assertEqual(
            (stages["Racks"], stages["Cooling"]), ({"1_planned": 10_000}, {"1_planned": 20_000})
        )

    def test_orders_that_are_not_confirmed_or_cancelled_are_left_out(self):
        self.create_order(100, [self.percent("Doors", 100)])
        self.ship.button_cancel()
        self.assertEqual(self.shown(), self.fit_out | self.cranes)

    def test_the_rows_sum_up_to_the_plans(self):
        for order in self.fit_out | self.cranes | self.ship:
            amounts = self.rows().search([("order_id", "=", order.id)]).mapped("amount")
            self.assertEqual(sum(amounts), order.milestone_amount)

    def test_by_month_and_stage(self):
        self.approve(self.fit_out.milestone_ids[0])
        groups = self.rows().formatted_read_group(
            [("order_id", "=", self.fit_out.id)], ["date_due:month", "stage"], ["amount:sum"]
        )
        self.assertEqual(
            [(g["date_due:month"][0], g["stage"], g["amount:sum"]) for g in groups],
            [
                ("2027-02-01", "2_approved", 10_000),
                ("2027-03-01", "1_planned", 50_000),
                ("2028-01-01", "1_planned", 40_000),
            ],
        )

    def test_totals_are_converted_where_currencies_meet(self):
        [group] = self.rows().formatted_read_group(
            [("order_id", "in", (self.cranes | self.ship).ids)], [], ["amount:sum_currency"]
        )
        # 900,000 yen at 150 to the dollar, 5,000 euros at 0.8.
        self.assertAlmostEqual(group["amount:sum_currency"], 6_000 + 6_250)

    @freeze_time("2027-03-31 12:00")
    def test_filters_of_dates(self):
        self.assertEqual(
            self.found("this_quarter", "milestone_id").mapped("name"),
            ["Racks", "Cooling", "Delivered", "Power"],
        )
        with freeze_time("2026-12-31 12:00"):
            keel = self.ship.milestone_ids
            self.assertEqual(self.found("this_quarter", "milestone_id"), keel)
            self.assertEqual(self.found("this_year", "milestone_id"), keel)
        with freeze_time("2028-01-01 12:00"):
            handover = self.fit_out.milestone_ids[3]
            self.assertEqual(self.found("this_quarter", "milestone_id"), handover)
            self.assertEqual(self.found("this_year", "milestone_id"), handover)
        self.assertEqual(len(self.found("this_year", "milestone_id")), 4)

    def test_other_filters_and_groups(self):
        racks = self.fit_out.milestone_ids[0]
        racks.user_id = self.manager
        self.approve(racks)
        self.pay(self.bill(racks))
        self.assertNotIn(racks, self.found("unpaid", "milestone_id"))
        self.assertEqual(len(self.found("unpaid", "milestone_id")), 6)
        for group, records in (
            ("group_vendor", self.vendor),
            ("group_order", self.fit_out | self.cranes | self.ship),
            ("group_user", self.buyer | self.manager),
            ("group_company", self.company | self.shipyard),
        ):
            self.assertEqual(set(self.sums(group, "amount")), set(records.ids), group)
        self.assertEqual(set(self.sums("group_stage", "amount")), {"1_planned", "4_paid"})
        self.assertEqual(
            self.sums("group_date_due", "amount")["2027-03-01"], 20_000 + 30_000 + 600_000
        )

    def test_only_the_own_companies_are_seen(self):
        yard_buyer = self.new_user("ms_yard_buyer", PURCHASE_USER, self.shipyard)
        home_approver = self.new_user("ms_home_approver", APPROVER, self.company)
        self.assertEqual(self.shown(yard_buyer), self.ship)
        self.assertEqual(self.shown(home_approver), self.fit_out | self.cranes)

    def test_a_row_opens_its_milestone(self):
        keel = self.ship.milestone_ids
        row = self.rows().search([("milestone_id", "=", keel.id)])
        for user in self.readers():
            action = row.with_user(user).action_open_milestone()
            self.assertEqual((action["res_model"], action["res_id"]), self.key(keel))

    def test_the_list_reads_its_rows_once(self):
        self.assert_list_reads_its_rows_once()

    def test_the_queries_of_a_page_do_not_grow(self):
        self.assert_same_queries(
            lambda count: self.create_order(
                100, [self.percent(f"Door {n}", 100 / count) for n in range(count)], confirm=True
            )
        )
