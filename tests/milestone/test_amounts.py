from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestAmounts(MilestoneCommon):
    def amounts(self, order):
        return order.milestone_ids.mapped("amount")

    def test_each_amount_type(self):
        order = self.create_order(
            100_000,
            [self.percent("Design", 30), self.fixed("Racks", 45_000), self.balance("Handover")],
        )
        self.assertEqual(self.amounts(order), [30_000, 45_000, 25_000])
        self.assertEqual(order.milestone_ids.mapped("percentage"), [30, 45, 25])
        self.assertEqual(order.milestone_amount, 100_000)
        self.assertEqual(order.milestone_unallocated, 0)

    def test_open_percentages_follow_the_total(self):
        order = self.create_order(100_000, [self.percent("Design", 30), self.balance("Rest")])
        order.order_line.price_unit = 80_000
        self.assertEqual(self.amounts(order), [24_000, 56_000])

    def test_exactly_hundred_percent_leaves_no_rest(self):
        thirds = [33.333333, 33.333333, 33.333334]
        order = self.create_order(100, [self.percent(f"Third {p}", p) for p in thirds])
        self.assertEqual(self.amounts(order), [33.33, 33.33, 33.34])

    def test_raised_order_after_the_first_half_was_approved(self):
        order = self.create_order(
            400, [self.percent("First", 50), self.percent("Second", 50)], confirm=True
        )
        first, second = order.milestone_ids
        self.bring_to(first, "approved")
        order.order_line.price_unit = 800
        self.assertEqual((first.amount, second.amount), (200, 600))

    def test_percent_and_balance_never_fall_below_zero(self):
        order = self.create_order(100, [self.fixed("Big", 250), self.balance("Rest")])
        self.assertEqual(self.amounts(order), [250, 0])
        self.assertEqual(order.milestone_unallocated, -150)

    def test_amount_typed_on_a_percentage_does_not_count(self):
        order = self.create_order(100, [self.percent("Half", 50, amount=99)])
        self.assertEqual(self.amounts(order), [50])
        order.milestone_ids.write({"amount": 77})
        self.assertEqual(self.amounts(order), [50])
        order.milestone_ids.write({"amount_type": "fixed", "amount": 20})
        self.assertEqual((order.milestone_ids.amount, order.milestone_ids.percentage), (20, 20))

    def test_form_shows_the_amounts_while_typing(self):
        order = self.create_order(1_000)
        with Form(order) as form:
            with form.milestone_ids.new() as line:
                line.name = "Advance"
                line.percentage = 25
                self.assertEqual(line.amount, 250)
            with form.milestone_ids.new() as line:
                line.name = "Delivery"
                line.amount_type = "fixed"
                line.amount = 300
            with form.milestone_ids.new() as line:
                line.name = "Balance"
                line.amount_type = "balance"
            self.assertEqual(form.milestone_unallocated, 0)
            with form.milestone_ids.edit(1) as line:
                line.amount = 400
            with form.milestone_ids.edit(2) as line:
                self.assertEqual(line.amount, 350)
        self.assertEqual(self.amounts(order), [250, 400, 350])

    def test_confirmed_order_takes_no_overallocation(self):
        order = self.create_order(100, [self.fixed("A", 60), self.fixed("B", 40)], confirm=True)
        first, second = order.milestone_ids
        with self.assertRaisesRegex(ValidationError, "exceed its untaxed total"):
            first.amount = 61
        # Shifting within the total in one save works in either order of the rows.
        order.write(
            {"milestone_ids": [(1, second.id, {"amount": 50}), (1, first.id, {"amount": 50})]}
        )
        self.assertEqual(self.amounts(order), [50, 50])
        with self.assertRaisesRegex(ValidationError, "exceed its untaxed total"):
            order.write({"milestone_ids": [(0, 0, self.fixed("C", 1))]})

    def test_overallocated_request_cannot_be_confirmed(self):
        order = self.create_order(100, [self.fixed("A", 60), self.fixed("B", 41)])
        with self.assertRaisesRegex(ValidationError, "exceed its untaxed total"):
            order.button_confirm()

    def test_rows_of_a_saved_order_move_while_another_is_typed(self):
        order = self.create_order(
            1_000, [self.percent("Design", 30), self.fixed("Racks", 100), self.balance("Rest")]
        )
        design, racks, rest = order.milestone_ids
        spec = {"milestone_ids": {"fields": {"amount": {}, "percentage": {}}}}
        typed = {"milestone_ids": [(1, design.id, {"percentage": 50})]}
        answer = order.onchange(typed, ["milestone_ids"], spec)["value"]["milestone_ids"]
        shown = {command[1]: command[2]["amount"] for command in answer}
        self.assertEqual(shown, {design.id: 500, racks.id: 100, rest.id: 400})
        self.assertEqual(self.amounts(order), [300, 100, 600])
        with Form(order) as form:
            with form.milestone_ids.edit(0) as line:
                line.percentage = 50
            with form.milestone_ids.edit(1) as line:
                line.amount = 200
            with form.milestone_ids.edit(2) as line:
                self.assertEqual(line.amount, 300)
        self.assertEqual(self.amounts(order), [500, 200, 300])

    def test_full_percentages_beside_what_is_worth_nothing(self):
        shares = [self.percent(f"Part {p}", p) for p in (50, 30, 20)]
        for nothing in (self.fixed("Handover", 0), self.balance("Rest")):
            order = self.create_order(100.05, [*shares, nothing], confirm=True)
            self.assertEqual(self.amounts(order), [50.03, 30.02, 20.0, 0])
