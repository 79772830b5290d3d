"""Lines of an order that is billed by its milestones: where they stay, and until when they come."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingLineGuards(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            1_000,
            [cls.percent("Shell", 50, retention=10), cls.percent("Fit-out", 50, retention=10)],
            confirm=True,
        )
        cls.other = cls.create_order(1_000, [cls.percent("Shell", 100)], confirm=True)
        cls.shell, cls.fit_out = cls.order.milestone_ids

    def move(self, line, order):
        line.with_user(self.buyer).order_id = order

    def assert_stays(self, order=None):
        doors = (
            lambda: self.move(self.order.order_line, order or self.other),
            lambda: self.other.with_user(self.buyer).write(
                {"order_line": [Command.link(self.order.order_line.id)]}
            ),
            lambda: self.move(self.order.order_line.sudo(), order or self.other),
        )
        for door in doors:
            with self.refused("stay on their order: Data centre fit-out"):
                door()

    def test_an_approved_line_stays_on_its_order(self):
        self.approve(self.shell)
        self.assert_stays()

    def test_so_does_a_billed_one(self):
        draft = self.hand_bill(self.order, 100)
        self.assertEqual(draft.state, "draft")
        self.assert_stays()

    def test_one_billed_elsewhere_does_not_come_either(self):
        plain = self.create_order(500, confirm=True)
        self.bill(plain)
        with self.refused("stay on their order"):
            self.move(plain.order_line, self.order)
        self.move(plain.order_line, self.create_order(500))

    def test_an_untouched_line_may_leave(self):
        request = self.create_order(500)
        self.move(request.order_line, self.create_order(700))
        self.assertFalse(request.order_line)

    def accept(self):
        self.approve(self.order.milestone_ids)
        self.bill(self.order)
        self.order.with_user(self.approver).action_final_acceptance()

    def test_an_accepted_order_takes_no_variation(self):
        self.accept()
        _release, bill = self.release(self.order, amount=50)
        self.pay(self.post(bill))
        line = self.order.order_line
        add = [Command.create(self.line_values(200))]
        doors = (
            lambda order, line: order.write({"order_line": add}),
            lambda order, line: line.create({**self.line_values(200), "order_id": order.id}),
            lambda order, line: line.with_context(default_order_id=order.id).create(
                self.line_values(200)
            ),
            lambda order, line: line.write({"price_unit": 1_200}),
            lambda order, line: line.write({"product_qty": 1.2}),
        )
        for su in (False, True):
            for door in doors:
                env = self.env(user=self.buyer, su=su)
                with self.refused("has its final acceptance.*for .*200.00 more. Order it sep"):
                    door(self.order.with_env(env), line.with_env(env))
        self.assertEqual(self.order.milestone_unallocated, 0)
        line.with_user(self.buyer).name = "Data centre fit-out, hall 2"

    def test_an_order_with_an_unplanned_part_is_not_accepted(self):
        self.approve(self.order.milestone_ids)
        self.order.with_user(self.buyer).write(
            {"order_line": [Command.create(self.line_values(200))]}
        )
        self.assertFalse(self.order.can_be_accepted)
        with self.refused("200.00 of it is in no milestone"):
            self.order.with_user(self.approver).action_final_acceptance()
        self.order.with_user(self.buyer).write(
            {"milestone_ids": [Command.create(self.fixed("Variation", 200))]}
        )
        self.approve(self.order.milestone_ids[-1])
        self.order.with_user(self.approver).action_final_acceptance()

    def test_confirmation_tells_the_buyer_also_where_the_manager_approves(self):
        self.company.write({"po_double_validation": "two_step", "po_double_validation_amount": 10})
        short = self.create_order(1_000, [self.percent("Shell", 50)])
        with self.refused("its milestones bill .*500.00, but the lines .*1,000.00"):
            short.button_confirm()
        self.assertEqual(short.state, "draft")
        short.milestone_ids.percentage = 100
        short.button_confirm()
        self.assertEqual(short.state, "to approve")
        with self.refused("exceed its untaxed total by .*1.00", Exception):
            short.write({"milestone_ids": [Command.create(self.fixed("Signs", 1))]})
        short.with_user(self.manager).button_approve()
        self.assertEqual(short.state, "purchase")
