from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingClosing(BillingCommon):
    """What is approved and will not be billed: closed by an approver, or by a credit note."""

    def two_halves(self, quantity=10, total=1_000, retention=10):
        order = self.create_order(
            milestones=[
                self.percent("First half", 50, retention=retention),
                self.percent("Second half", 50, retention=retention),
            ],
            order_line=[(0, 0, self.line_values(total, quantity))],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        return order

    def one_milestone(self, billed):
        """Return an order of 1,000, approved, of which the vendor has billed that much."""
        order = self.create_order(
            1_000, milestones=[self.percent("All", 100, retention=10)], confirm=True
        )
        self.approve(order.milestone_ids)
        if billed:
            self.post(self.hand_bill(order, billed))
        return order

    def credit_part(self, bill, quantity, closes=True):
        """Return the credit note over ``quantity`` of the bill's line, not posted yet."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "closes_milestones": closes})
        )
        self.assertTrue(wizard.bills_milestones)
        credit = wizard.new_move_ids.browse(wizard.refund_moves()["res_id"])
        line = credit.invoice_line_ids.filtered("purchase_line_id")
        credit.invoice_line_ids = [Command.update(line.id, {"quantity": quantity})]
        credit.action_update_retention()
        return credit

    def close(self, milestones, *args, reason="The vendor bills no more"):
        return milestones.with_user(self.approver).action_close_rest(reason, *args)

    def reopen(self, milestones):
        return milestones.with_user(self.approver).action_reopen_rest("He does after all")

    def assert_closed_order(self, order, billed, retention):
        lines = order.invoice_ids.invoice_line_ids.filtered("purchase_line_id")
        total = sum(line.price_subtotal * line.move_id._get_billing_sign() for line in lines)
        self.assertEqual(total, billed)
        self.assertEqual(order.retention_held, retention)
        self.assertEqual(self.held_in_books(order), retention)
        self.assertEqual(sum(order.milestone_ids.mapped("retention_amount")), retention)
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertFalse(set(order.milestone_ids.mapped("billing_state")) & {"to_bill"})
        with self.refused("nothing to bill"):
            self.create_bill(order)

    def test_nothing_is_closed_or_reopened_where_milestones_are_switched_off(self):
        order = self.create_order(1_000, milestones=[self.percent("All", 100)], confirm=True)
        self.approve(order.milestone_ids)
        self.close(order.milestone_ids)
        self.company.milestone_enabled = False
        for step in (self.close, self.reopen):
            with self.refused("switched off"):
                step(order.milestone_ids)

    # ------------------------------------------------------------------
    # Credit notes for good
    # ------------------------------------------------------------------

    def test_a_credit_note_for_good_after_a_cut(self):
        order = self.two_halves()
        first, second = order.milestone_ids
        self.bill(first)
        bill = self.bill(second)
        order.order_line.product_qty = 8
        credit = self.credit_part(bill, 2)
        self.assertTrue(credit.closes_milestones)
        self.post(credit)
        self.assertEqual(second.amount_closed, 200)
        self.assertEqual(second.net_amount, 270)
        self.assertEqual(order.order_line.qty_received, 8)
        self.assertEqual(order.milestone_unallocated, 0)
        self.assertEqual(order.milestone_progress, 100)
        self.assert_closed_order(order, 800, 80)
        self.assertIn("Rest closed", str(second.message_ids[0].body))
        # Without the credit note, 1,000 would be billed on an order of 800.
        with self.refused("exceed what its lines are worth"):
            credit.with_user(self.accountant).button_draft()
        order.order_line.product_qty = 10
        credit.with_user(self.accountant).button_draft()
        self.assertEqual(second.amount_closed, 0)
        self.assertEqual(second.retention_amount, 50)
        self.assertEqual(order.order_line.qty_received, 10)
        self.assertEqual(second.amount_billed, 300)
        self.post(credit)
        self.assertEqual(second.amount_closed, 200)

    def test_a_credit_note_that_is_not_for_good_can_be_billed_again(self):
        order = self.two_halves()
        bill = self.bill(order)
        credit = self.post(self.credit_part(bill, 2, closes=False))
        self.assertEqual(order.milestone_ids.mapped("amount_closed"), [0, 0])
        self.assertEqual(self.create_bill(order).invoice_line_ids[0].price_subtotal, 200)
        with self.refused("cannot be changed once it is posted"):
            credit.closes_milestones = True

    def test_a_price_that_was_cut_stays_received_in_full(self):
        order = self.two_halves()
        bill = self.bill(order)
        order.order_line.price_unit = 80
        self.post(self.credit_part(bill, 2))
        self.assertEqual(order.order_line.qty_received, 10)
        self.assertEqual(order.order_line.qty_invoiced, 10)
        self.assert_closed_order(order, 800, 80)

    def test_the_bill_that_is_made_anew_is_not_closed(self):
        order = self.two_halves()
        bill = self.bill(order)
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "closes_milestones": True})
        )
        wizard.modify_moves()
        self.assertEqual(order.milestone_ids.mapped("amount_closed"), [0, 0])
        self.assertEqual(set(order.milestone_ids.mapped("billing_state")), {"billed"})

    def test_retention_stays_at_what_was_released(self):
        order = self.two_halves()
        first, second = order.milestone_ids
        self.bill(first)
        bill = self.bill(second)
        _release, release_bill = self.release(order, amount=96)
        self.post(release_bill)
        order.order_line.product_qty = 5
        self.post(self.credit_part(bill, 5))
        self.assertEqual(second.amount_closed, 500)
        self.assertEqual(second.retention_amount, 48)
        self.assertEqual(order.retention_open, self.held_in_books(order))
        self.assertGreaterEqual(order.retention_open, 0)

    # ------------------------------------------------------------------
    # Closing by hand
    # ------------------------------------------------------------------

    def test_the_vendor_bills_less_for_good(self):
        order = self.one_milestone(990)
        milestone = order.milestone_ids
        self.assertEqual(milestone.billing_state, "to_bill")
        self.assertTrue(self.close(milestone))
        self.assertEqual(milestone.amount_closed, 10)
        self.assertEqual(milestone.billing_state, "billed")
        self.assert_closed_order(order, 990, 99)
        self.assertIn("The vendor bills no more", str(milestone.message_ids[0].body))
        order.with_user(self.approver).action_final_acceptance()
        self.assertEqual(order._get_retention_available(), 99)

    def test_the_rest_is_reopened_and_billed(self):
        order = self.one_milestone(990)
        milestone = order.milestone_ids
        self.close(milestone)
        self.assertTrue(self.reopen(milestone))
        self.assertEqual(milestone.amount_closed, 0)
        self.assertEqual(milestone.retention_amount, 100)
        self.assertEqual(milestone.billing_state, "to_bill")
        self.bill(order)
        self.assert_closed_order(order, 1_000, 100)

    def test_a_part_is_closed(self):
        order = self.one_milestone(0)
        milestone = order.milestone_ids
        self.close(milestone, 400)
        self.assertEqual(order.order_line.qty_received, 0.6)
        self.assertEqual(milestone.retention_amount, 60)
        bill = self.bill(order)
        self.assertEqual(bill.amount_untaxed, 540)
        self.assert_closed_order(order, 600, 60)

    def test_all_of_a_milestone_is_closed(self):
        order = self.two_halves()
        first, second = order.milestone_ids
        self.close(second)
        self.assertEqual(second.billing_state, "nothing")
        self.bill(first)
        self.assert_closed_order(order, 500, 50)
        # Revoking takes the closing back with the approval.
        second.with_user(self.approver).action_revoke("Not done at all")
        self.assertEqual(second.amount_closed, 0)
        self.assertEqual(second.retention_amount, 50)
        self.approve_again(second)
        self.close(second, 100)
        self.assertEqual(second.retention_amount, 40)
        self.assertEqual(self.create_bill(order).amount_untaxed, 400 - 40)

    def approve_again(self, milestone):
        milestone.with_user(self.approver).action_approve()

    def test_open_milestones_share_what_was_closed(self):
        """What is given up of one is left for those that are not done."""
        order = self.create_order(
            1_000,
            milestones=[self.percent("First", 50), self.balance("Rest")],
            confirm=True,
        )
        first, rest = order.milestone_ids
        self.approve(first)
        self.close(first, 100)
        self.assertEqual(rest.amount, 600)
        self.assertEqual(order.milestone_unallocated, 0)
        with self.refused("worth less by now"):
            self.reopen(first)

    def test_amount_to_close_is_a_number_above_zero(self):
        order = self.one_milestone(billed=400)
        for amount in ("100", [], True, float("nan"), float("inf"), 0, -1):
            with self.subTest(amount=amount), self.refused("has to be a number above zero"):
                self.close(order.milestone_ids, amount)

    def test_approval_is_not_revoked_where_others_have_taken_what_was_closed(self):
        order = self.create_order(
            1_000,
            milestones=[self.percent("First", 50), self.balance("Rest")],
            confirm=True,
        )
        first, rest = order.milestone_ids
        self.approve(first)
        self.close(first, 100)
        # An open one gives it back.
        first.with_user(self.approver).action_revoke("Measured twice")
        self.assertEqual(order.milestone_ids.mapped("amount"), [500, 500])
        self.approve_again(first)
        self.close(first, 100)
        self.approve(rest)
        self.assertEqual(rest.amount, 600)
        with self.refused("exceed its untaxed total by"):
            first.with_user(self.approver).action_revoke("Measured twice")
        self.assertEqual((first.state, first.amount_closed), ("approved", 100))

    def test_what_a_limit_takes_from_others_comes_back(self):
        order = self.create_order(
            1_000,
            milestones=[self.percent("First", 50, 10), self.percent("Second", 50, 10)],
            retention_limit_type="amount",
            retention_limit=60,
            confirm=True,
        )
        first, second = order.milestone_ids
        self.approve(first)
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [50, 10])
        self.close(first, 250)
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [25, 35])

    def test_what_cannot_be_closed(self):
        order = self.one_milestone(990)
        milestone = order.milestone_ids
        with self.refused("Give a reason"):
            self.close(milestone, reason=" ")
        with self.refused("above zero"):
            self.close(milestone, -1)
        with self.refused("no more can be closed"):
            self.close(milestone, 10.01)
        for user in (self.buyer, self.manager):
            with self.refused("right", AccessError):
                milestone.with_user(user).action_close_rest("No")
            with self.refused("right", AccessError):
                milestone.with_user(user).action_reopen_rest("No")
        with self.refused("nothing of it is closed"):
            self.reopen(milestone)
        self.close(milestone)
        with self.refused("nothing of it is left"):
            self.close(milestone)
        for name, value in (("amount_closed", 5), ("retention_closed", 5)):
            with self.refused("cannot be changed directly"):
                milestone.with_env(self.env).write({name: value})
        waiting = self.create_order(1_000, milestones=[self.percent("All", 100)], confirm=True)
        with self.refused("it is not approved"):
            self.close(waiting.milestone_ids)
        self.company.milestone_billing = "track"
        tracked = self.create_order(1_000, milestones=[self.percent("All", 100)], confirm=True)
        self.approve(tracked.milestone_ids)
        with self.refused("not billed by milestones"):
            self.close(tracked.milestone_ids)

    def test_the_dialog_closes_and_reopens(self):
        order = self.one_milestone(900)
        dialog = self.env["purchase.milestone.reason"].with_user(self.approver)
        values = {"milestone_ids": order.milestone_ids.ids, "reason": "Agreed on the telephone"}
        proposed = dialog.new({**values, "operation": "close_rest"}).amount
        self.assertEqual(proposed, 100)
        dialog.create({**values, "operation": "close_rest", "amount": 60}).action_confirm()
        self.assertEqual(order.milestone_ids.amount_closed, 60)
        dialog.create({**values, "operation": "close_rest"}).action_confirm()
        self.assertEqual(order.milestone_ids.amount_closed, 100)
        dialog.create({**values, "operation": "reopen_rest"}).action_confirm()
        self.assertEqual(order.milestone_ids.amount_closed, 0)

    def test_several_lines_are_closed_where_they_are_left(self):
        """Two lines of 500, 400 of the second billed; the rest is closed and nothing to bill."""
        order = self.create_order(
            milestones=[self.percent("All", 100)],
            order_line=[(0, 0, self.line_values(500)), (0, 0, self.line_values(500))],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        bill = self.hand_bill(order, 400)
        bill.invoice_line_ids.purchase_line_id = order.order_line[1]
        self.post(bill)
        self.close(order.milestone_ids)
        self.assertEqual(order.milestone_ids.amount_closed, 600)
        self.assertEqual(order.order_line.mapped("qty_received"), [0, 0.8])
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0])
        self.assertEqual(order.invoice_status, "invoiced")

    # ------------------------------------------------------------------
    # Bills never exceed the order
    # ------------------------------------------------------------------

    def test_more_is_approved_than_the_order_is_worth(self):
        order = self.one_milestone(0)
        order.order_line.price_unit = 500
        with self.refused("Close the rest of a milestone"):
            self.create_bill(order)
        with self.refused("Close the rest of a milestone"):
            self.create_bill(order.milestone_ids)
        bill = self.hand_bill(order, 1_000)
        with self.refused("exceed what its lines are worth by"):
            self.post(bill)
        bill.with_env(self.env).unlink()
        self.close(order.milestone_ids, 500)
        self.bill(order)
        self.assertEqual(order.order_line.qty_received, 1)
        self.assert_closed_order(order, 500, 50)

    def test_raising_the_order_is_the_other_way_out(self):
        order = self.one_milestone(0)
        order.order_line.price_unit = 500
        order.order_line.price_unit = 1_000
        self.assertEqual(self.bill(order).amount_untaxed, 900)

    # ------------------------------------------------------------------
    # Beyond its line
    # ------------------------------------------------------------------

    def test_a_bill_says_which_line_it_bills_beyond_its_approval(self):
        order = self.create_order(
            milestones=[self.percent("First half", 50), self.percent("Second half", 50)],
            order_line=[
                (0, 0, {**self.line_values(1_000), "name": "Cable trays"}),
                (0, 0, {**self.line_values(1_000), "name": "Chillers"}),
            ],
            confirm=True,
        )
        self.approve(order.milestone_ids[0])
        bill = self.hand_bill(order, 500)
        self.assertFalse(bill.beyond_approval)
        bill.invoice_line_ids.purchase_line_id = order.order_line[1]
        self.assertFalse(bill.beyond_approval)
        bill.invoice_line_ids.price_unit = 1_000
        self.assertRegex(
            bill.beyond_approval, r"^Chillers: approved \W*500.00, billed \W*1,000.00$"
        )
        self.post(bill)
        self.assertFalse(bill.beyond_approval)
        self.assertTrue(
            bill.message_ids.filtered(lambda m: "Chillers: approved" in str(m.body)),
            bill.message_ids.mapped("body"),
        )

    def test_a_variation_of_which_nothing_is_approved(self):
        order = self.create_order(
            1_000, milestones=[self.percent("A", 50), self.balance("B")], confirm=True
        )
        self.approve(order.milestone_ids[0])
        order.order_line = [(0, 0, {**self.line_values(500), "name": "Variation"})]
        bill = self.hand_bill(order, 500)
        bill.invoice_line_ids.purchase_line_id = order.order_line[1]
        self.assertRegex(bill.beyond_approval, r"^Variation: approved \W*0.00, billed \W*500.00$")
