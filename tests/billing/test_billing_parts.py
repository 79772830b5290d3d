from odoo.tests import tagged

from .common import BillingCommon

# A public pay-application toolkit: values, certified before, and now (10 % is retained).
TOOLKIT = (
    (15_000, 15_000, 0),
    (28_000, 12_000, 8_000),
    (95_000, 35_000, 27_000),
    (120_000, 30_000, 40_000),
    (80_000, 0, 18_000),
    (65_000, 0, 16_000),
    (52_000, 0, 9_000),
    (78_000, 0, 21_000),
    (110_000, 0, 20_000),
    (34_000, 0, 8_000),
    (90_000, 0, 0),
    (42_000, 0, 0),
    (18_000, 0, 0),
)


@tagged("post_install", "-at_install")
class TestBillingParts(BillingCommon):
    """Parts of milestones are billed, and their retention is withheld, as milestones are."""

    def started(self, total, *plan, **values):
        order = self.create_order(total, plan, confirm=True, **values)
        self.bring_to(order.milestone_ids, "started")
        return order.milestone_ids

    def approve_part(self, milestone, **values):
        part = milestone.with_user(self.buyer).action_complete_part(**values)
        part.with_user(self.approver).action_approve()
        return part

    def complete(self, milestone):
        milestone.with_user(self.buyer).action_complete()
        milestone.with_user(self.approver).action_approve()

    def test_part_and_rest_bill_the_milestone(self):
        (road,) = self.started(100_000, self.percent("Road", 100, retention=10))
        part = self.approve_part(road, percentage=40)
        bill = self.bill(part)
        self.assertEqual(
            self.entry(bill), [("expense", 40_000), ("payable", -36_000), ("retention", -4_000)]
        )
        self.assertEqual(part.billing_state, "billed")
        self.complete(road)
        self.assertEqual(self.bill(road).amount_total, 54_000)
        self.assertEqual(road.order_id.invoice_status, "invoiced")
        self.assertEqual(road.order_id.retention_held, 10_000)
        self.assertEqual(self.held_in_books(road.order_id), 10_000)

    def test_published_application_by_parts(self):
        plan = [
            self.fixed(f"Item {number}", value, retention=10)
            for number, (value, _before, _now) in enumerate(TOOLKIT, 1)
        ]
        milestones = self.started(827_000, *plan)
        order = milestones.order_id
        for column, held, due in ((1, 9_200, 82_800), (2, 25_900, 150_300)):
            for milestone, row in zip(milestones, TOOLKIT, strict=True):
                if row[column] == row[0]:
                    self.complete(milestone)
                elif row[column]:
                    self.approve_part(milestone, amount=row[column])
            bill = self.bill(order)
            self.assertEqual(bill.amount_total, due)
            self.assertEqual(order.retention_held, held)
        report = self.env["purchase.milestone.report"].with_user(self.buyer)
        ((value, done, billed, retained, left),) = report._read_group(
            [("order_id", "=", order.id)],
            [],
            [
                f"{name}:sum_currency"
                for name in ("amount", "amount_done", "amount_billed", "retention_open")
            ]
            + ["amount_left:sum_currency"],
        )
        self.assertEqual(
            (value, done, billed, retained, left), (827_000, 259_000, 259_000, 25_900, 568_000)
        )
        # Line 3 of it: 62,000 of 95,000 to date.
        wholes = report._read_group(
            [("whole_id", "=", milestones[2].id)], ["whole_id"], ["amount_done:sum", "amount:sum"]
        )
        self.assertEqual(wholes, [(milestones[2].with_user(self.buyer), 62_000, 95_000)])

    def test_limit_holds_over_parts(self):
        for billing in ("bill", "track"):
            with self.subTest(billing=billing):
                road, bridge = self.started(
                    100_000,
                    self.percent("Road", 50, retention=10),
                    self.percent("Bridge", 50, retention=10),
                    retention_limit_type="percent",
                    retention_limit=7,
                    milestone_billing=billing,
                )
                self.approve_part(bridge, percentage=60)
                self.complete(road)
                self.complete(bridge)
                order = road.order_id
                if billing == "bill":
                    self.bill(order)
                    self.assertEqual(self.held_in_books(order), 7_000)
                self.assertEqual(order.retention_held, 7_000)
                parts = bridge.part_ids | road | bridge
                self.assertEqual(parts.mapped("retention_amount"), [3_000, 4_000, 0])

    def test_rejected_part_is_reworked_and_billed(self):
        (road,) = self.started(100_000, self.percent("Road", 100, retention=10))
        part = road.with_user(self.buyer).action_complete_part(percentage=40)
        part.with_user(self.approver).action_reject("Asphalt too thin")
        with self.refused("it is not approved"):
            self.create_bill(part)
        part.with_user(self.buyer).action_rework()
        self.complete(part)
        self.assertEqual(self.bill(part).amount_total, 36_000)

    def test_approval_of_a_part_is_revoked_and_it_is_put_back(self):
        (road,) = self.started(100_000, self.percent("Road", 100, retention=10))
        part = self.approve_part(road, percentage=40)
        bill = self.create_bill(part)
        with self.refused("it is billed"):
            part.with_user(self.approver).action_revoke("Measured twice")
        bill.button_cancel()
        part.with_user(self.approver).action_revoke("Measured twice")
        part.with_user(self.approver).action_reject("Measured twice")
        part.with_user(self.buyer).action_merge_back()
        self.assertEqual((road.amount, road.percentage), (100_000, 100))
        self.assertEqual(road.order_id.milestone_ids, road)
        self.complete(road)
        self.assertEqual(self.bill(road).amount_total, 90_000)

    def test_part_is_closed_short(self):
        road, bridge = self.started(
            100_000, self.percent("Road", 50, retention=10), self.fixed("Bridge", 50_000)
        )
        part = self.approve_part(road, percentage=40)
        self.post(self.hand_bill(road.order_id, 15_000))
        part.with_user(self.approver).action_close_rest("The vendor bills no more")
        self.assertEqual((part.amount_closed, part.retention_amount), (5_000, 1_500))
        # The rest of the milestone is what it was, and the order has 5,000 to plan.
        self.assertEqual((road.amount, bridge.amount), (30_000, 50_000))
        self.assertEqual(road.order_id.milestone_unallocated, 5_000)
        part.with_user(self.approver).action_reopen_rest("He does after all")
        self.assertEqual(part.retention_amount, 2_000)

    def test_what_a_part_closes_goes_to_the_open_ones_of_a_full_plan(self):
        road, bridge = self.started(100_000, self.percent("Road", 50), self.percent("Bridge", 50))
        part = self.approve_part(road, percentage=40)
        part.with_user(self.approver).action_close_rest("The vendor bills no more", 10_000)
        self.assertEqual(
            (part.amount, part.amount_closed, road.amount, bridge.amount),
            (20_000, 10_000, 35_000, 55_000),
        )
        self.assertEqual(road.order_id.milestone_unallocated, 0)

    def test_forecast_groups_parts(self):
        (road,) = self.started(100_000, self.percent("Road", 100))
        self.bill(self.approve_part(road, percentage=40))
        rows = self.env["purchase.milestone.forecast"].with_user(self.buyer)
        found = rows._read_group(
            [("whole_id", "=", road.id)], ["whole_id", "stage"], ["amount:sum"]
        )
        self.assertEqual(
            [(stage, amount) for _whole, stage, amount in found],
            [("1_planned", 60_000), ("3_billed", 40_000)],
        )
