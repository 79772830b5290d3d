"""What was billed is taken back: credit notes, cancelled bills, revoked approvals."""

from odoo.fields import Command
from odoo.tests import tagged

from .common_orders import CorrectionsCommon


@tagged("post_install", "-at_install")
class TestBillingCorrections(CorrectionsCommon):
    # ------------------------------------------------------------------
    # Credit notes
    # ------------------------------------------------------------------

    def test_credit_note_gives_retention_back(self):
        bill = self.bill_shell()
        self.assert_retention(5_000)
        credit = self.credit(bill)
        self.assertEqual((credit.state, credit.amount_total), ("draft", 45_000))
        self.assertFalse(credit.retention_differs)
        # A draft already counts as billing, and retention is given back by posting.
        self.assert_retention(5_000)
        self.assertEqual(self.shell.billing_state, "to_bill")
        credit.action_post()
        self.assertEqual(
            self.entry(credit), [("expense", -50_000), ("payable", 45_000), ("retention", 5_000)]
        )
        self.assert_retention(0)
        self.assertFalse(self.open_in_books())
        self.assertEqual(self.shell.billing_state, "to_bill")
        self.assertEqual((bill.milestone_ids, credit.milestone_ids), (self.shell, self.shell))
        self.assertEqual(self.shell.sudo()._get_bills(), bill | credit)
        self.assertIn(credit, self.order.invoice_ids)

    def test_credited_line_of_two_cents_is_billed_again(self):
        included = self.new_tax(20, price_include_override="tax_included")
        order = self.create_order(
            milestones=[self.percent("Handover", 100)],
            confirm=True,
            order_line=[
                Command.create({**self.line_values(total), "tax_ids": included.ids})
                for total in (120, 0.02)
            ],
        )
        self.approve(order.milestone_ids)
        amounts = []
        for _time in range(2):
            bill = self.bill(order)
            amounts.append(bill.invoice_line_ids.mapped("price_subtotal"))
            self.credit(bill).action_post()
        self.assertEqual(amounts, [[100, 0.02]] * 2)

    def test_credited_milestone_can_be_billed_again(self):
        self.credit(self.bill_shell()).action_post()
        self.assertEqual(self.order.invoice_status, "to invoice")
        again = self.bill(self.shell)
        self.assertEqual(
            self.entry(again), [("expense", 50_000), ("payable", -45_000), ("retention", -5_000)]
        )
        self.assert_retention(5_000)
        self.assertEqual(self.shell.billing_state, "billed")
        self.approve(self.fitout)
        self.bill(self.order)
        self.assert_retention(10_000)
        self.assertEqual(self.order.invoice_status, "invoiced")

    def test_reversed_and_made_anew(self):
        bill = self.bill_shell()
        draft = self.credit(bill, modify=True)
        credit = bill.reversal_move_ids
        self.assertEqual(
            self.entry(credit), [("expense", -50_000), ("payable", 45_000), ("retention", 5_000)]
        )
        self.assertEqual(bill.payment_state, "reversed")
        self.assert_retention(0)
        self.assertFalse(self.open_in_books())
        self.assertEqual((draft.state, draft.move_type), ("draft", "in_invoice"))
        self.assertEqual(self.shell.billing_state, "billed")
        self.post(draft)
        self.assertEqual(
            self.entry(draft), [("expense", 50_000), ("payable", -45_000), ("retention", -5_000)]
        )
        self.assert_retention(5_000)
        self.assertEqual(self.shell.sudo()._get_bills() & draft, draft)

    def test_made_anew_for_the_milestone_that_it_was_made_for(self):
        self.approve(self.order.milestone_ids)
        self.fitout.sudo()._write_guarded({"retention_amount": 10_000})
        bill = self.bill(self.fitout)
        self.assertEqual(bill.amount_total, 40_000)
        draft = self.credit(bill, modify=True)
        self.assertEqual(draft.milestone_ids, self.fitout)
        self.assertEqual(self.post(draft).amount_total, 40_000)

    def test_part_of_a_bill_is_credited(self):
        credit = self.credit(self.bill_shell())
        credit.invoice_line_ids.filtered("purchase_line_id").price_unit = 40_000
        self.assertTrue(credit.retention_differs)
        with self.refused("retention on its bill is not what"):
            credit.action_post()
        credit.action_update_retention()
        credit.action_post()
        self.assertEqual(
            self.entry(credit), [("expense", -20_000), ("payable", 18_000), ("retention", 2_000)]
        )
        self.assert_retention(3_000)
        self.assertEqual(self.shell.amount_billed, 30_000)

    def test_credit_note_gives_back_the_tax_of_what_was_retained(self):
        self.company.retention_tax_policy = "on_release"
        tax = self.new_tax(5)
        order = self.create_order(
            milestones=[self.percent("Handover", 100, retention=10)],
            order_line=[Command.create({**self.line_values(100_000), "tax_ids": tax.ids})],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        # What the bill did is taken back as it was done, whatever the setting is by then.
        self.company.retention_tax_policy = "on_bill"
        credit = self.credit(bill)
        credit.action_post()
        self.assertEqual(
            self.entry(credit),
            [("expense", -100_000), ("payable", 94_500), ("retention", 10_000), ("tax", -4_500)],
        )
        self.assertEqual(self.held_in_books(order), 0)

    def test_released_retention_is_claimed_from_the_vendor(self):
        bill = self.bill_shell()
        _release, release_bill = self.release(self.order, amount=4_000)
        self.post(release_bill)
        self.assert_retention(5_000, released=4_000)
        credit = self.credit(bill)
        # 1,000 is all that is open. The 4,000 that were paid out are claimed with the rest.
        self.assertEqual(credit.amount_total, 49_000)
        credit.action_post()
        self.assertEqual(
            self.entry(credit), [("expense", -50_000), ("payable", 49_000), ("retention", 1_000)]
        )
        self.assert_retention(4_000, released=4_000)
        self.assertFalse(self.open_in_books())

    def test_so_is_what_a_draft_reserves(self):
        bill = self.bill_shell()
        _release, release_bill = self.release(self.order, amount=4_000)
        credit = self.credit(bill)
        self.assertEqual(credit.amount_total, 49_000)
        credit.action_post()
        self.assert_retention(4_000)
        self.post(release_bill)
        self.assert_retention(4_000, released=4_000)
        self.assertFalse(self.open_in_books())

    def test_milestone_whose_retention_was_released_is_billed_again_with_the_rest(self):
        bill = self.bill_shell()
        self.post(self.release(self.order, amount=4_000)[1])
        self.credit(bill).action_post()
        again = self.bill(self.shell)
        self.assertEqual(
            self.entry(again), [("expense", 50_000), ("payable", -49_000), ("retention", -1_000)]
        )
        self.assert_retention(5_000, released=4_000)

    def test_reversing_and_making_anew_after_a_release_claims_what_was_released(self):
        bill = self.bill_shell()
        self.post(self.release(self.order, amount=4_000)[1])
        draft = self.credit(bill, modify=True)
        self.assertEqual(
            self.entry(bill.reversal_move_ids),
            [("expense", -50_000), ("payable", 49_000), ("retention", 1_000)],
        )
        self.assert_retention(4_000, released=4_000)
        draft.action_update_retention()
        self.post(draft)
        self.assertEqual(
            self.entry(draft), [("expense", 50_000), ("payable", -49_000), ("retention", -1_000)]
        )
        self.assert_retention(5_000, released=4_000)
        self.assertFalse(self.open_in_books() - draft.line_ids)

    # ------------------------------------------------------------------
    # Resetting and cancelling
    # ------------------------------------------------------------------

    def test_bill_is_reset_and_posted_again(self):
        bill = self.bill_shell()
        bill.button_draft()
        self.assert_retention(0)
        self.assertEqual(self.shell.billing_state, "billed")
        bill.action_post()
        self.assert_retention(5_000)

    def test_order_is_deleted_after_its_cancelled_bill(self):
        self.approve(self.shell)
        bill = self.create_bill(self.shell)
        bill.button_cancel()
        self.shell.with_user(self.approver).action_revoke("Not built")
        self.order.button_cancel()
        with self.refused("bills hold their retention"):
            self.order.unlink()
        bill.unlink()
        self.order.unlink()
        self.assertFalse(self.order.exists())

    def test_cancelled_bill_makes_room_for_another(self):
        bill = self.bill_shell()
        bill.button_draft()
        bill.button_cancel()
        self.assert_retention(0)
        self.assertEqual((self.shell.billing_state, self.shell.amount_billed), ("to_bill", 0))
        self.assertEqual(self.bill(self.shell).amount_total, 45_000)
        self.assert_retention(5_000)
        bill.button_draft()
        bill.action_update_retention()
        with self.refused("50,000.00 more is billed than approved"):
            bill.action_post()

    def test_bill_whose_retention_was_released_stays_posted(self):
        bill = self.bill_shell()
        release, release_bill = self.release(self.order, amount=1_000)
        for attempt in (bill.button_draft, bill.button_cancel):
            with self.refused(f"has been released: {self.shell.display_name}. Cancel the release"):
                attempt()
        self.post(release_bill)
        for attempt in (bill.button_draft, bill.button_cancel):
            with self.refused("Cancel the release first: reverse its bill, or delete it"):
                attempt()
        self.assertEqual(release.state, "done")
        self.credit(release_bill, modify=False).action_post()
        self.assertEqual(release.state, "cancelled")
        bill.button_draft()
        self.assert_retention(0)

    def test_other_bills_of_the_order_can_be_reset(self):
        bill = self.bill_shell()
        self.post(self.release(self.order)[1])
        self.approve(self.fitout)
        second = self.bill(self.fitout)
        second.button_draft()
        self.assert_retention(5_000, released=5_000)
        with self.refused("Retention of this bill has been released"):
            bill.button_draft()
        second.action_post()
        self.assert_retention(10_000, released=5_000)

    def test_credited_bill_stays_posted(self):
        bill = self.bill_shell()
        credit = self.credit(bill)
        credit.action_post()
        with self.refused("is credited.*Cancel the credit note first"):
            bill.button_draft()
        credit.button_draft()
        bill.button_draft()
        self.assert_retention(0)

    def test_credit_note_can_be_reset_after_a_release(self):
        bill = self.bill_shell()
        credit = self.credit(bill)
        credit.invoice_line_ids.filtered("purchase_line_id").price_unit = 40_000
        credit.action_update_retention()
        credit.action_post()
        self.post(self.release(self.order)[1])
        self.assert_retention(3_000, released=3_000)
        credit.button_draft()
        self.assert_retention(5_000, released=3_000)

    def test_bill_credited_after_a_release_stays_posted(self):
        bill = self.bill_shell()
        self.post(self.release(self.order, amount=4_000)[1])
        self.credit(bill).action_post()
        with self.refused("Retention of this bill has been released"):
            bill.button_draft()
