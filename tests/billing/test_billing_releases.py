"""A release of retention lives and dies with its bill."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingReleases(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [cls.percent("Shell", 60, retention=10), cls.percent("Fit-out", 40, retention=5)],
            confirm=True,
        )
        cls.approve(cls.order.milestone_ids)
        cls.first = cls.bill(cls.order)
        cls.request, cls.pays = cls.release(cls.order, amount=3_000)

    def assert_cancelled(self):
        self.assertEqual(self.request.state, "cancelled")
        self.assert_retention(released=0, reserved=0)
        self.assertEqual(self.held_in_books(self.order), 8_000)
        # All that is open can be released again.
        _release, bill = self.release(self.order)
        self.post(bill)
        self.assert_retention(released=8_000, reserved=0)
        posted = self.order.sudo().retention_line_ids.filtered(
            lambda ln: ln.parent_state == "posted"
        )
        self.assertTrue(all(posted.mapped("reconciled")))

    def assert_retention(self, released, reserved):
        self.env.flush_all()
        order = self.order.sudo()
        self.assertEqual(order.retention_held, 8_000)
        self.assertEqual(order.retention_released, released)
        self.assertEqual(order.retention_open, 8_000 - released)
        self.assertEqual(order.retention_reserved, reserved)

    def test_reserved_until_posted_then_done(self):
        self.assertEqual((self.request.state, self.request.is_billed), ("draft", True))
        self.assertEqual(self.pays.milestone_ids, self.order.sudo().milestone_ids)
        self.assertIn(self.pays, self.order.sudo().invoice_ids)
        self.assert_retention(released=0, reserved=3_000)
        with self.refused("8,000.00 is more than the .*5,000.00 that is open"):
            self.release(self.order, amount=8_000)
        self.post(self.pays)
        self.assertEqual((self.request.state, self.request.is_billed), ("done", False))
        self.assert_retention(released=3_000, reserved=0)
        shell, fitout = self.order.milestone_ids
        self.assertEqual((shell.retention_released, fitout.retention_released), (2_250, 750))

    def test_credit_note_of_its_bill_cancels_it(self):
        self.post(self.pays)
        credit = self.credit(self.pays)
        self.assertEqual(self.request.state, "done")
        self.assertEqual(self.entry(credit), [("payable", 3_000), ("retention", -3_000)])
        credit.action_post()
        self.assert_cancelled()

    def test_so_does_reversing_at_once(self):
        self.post(self.pays)
        anew = self.credit(self.pays, modify=True)
        self.assertEqual(self.pays.payment_state, "reversed")
        with self.refused("is cancelled or not done yet. Cancel this draft"):
            self.post(anew)
        anew.unlink()
        self.assert_cancelled()

    def test_so_does_deleting_its_draft(self):
        self.pays.with_user(self.accountant).unlink()
        self.assertFalse(self.request.bill_id)
        self.assert_cancelled()

    def test_or_cancelling_its_draft(self):
        self.pays.with_user(self.accountant).button_cancel()
        self.assert_cancelled()

    def test_officer_cancels_while_its_bill_is_a_draft(self):
        self.assertIs(self.request.action_cancel(), True)
        self.assertFalse(self.pays.exists())
        self.assert_cancelled()

    def test_officer_cancels_after_the_accountant_took_the_posting_back(self):
        self.post(self.pays).button_draft()
        self.assertEqual((self.request.state, self.request.is_billed), ("draft", True))
        self.request.action_cancel()
        self.assertEqual(self.pays.state, "cancel")
        self.assert_cancelled()

    def test_bill_that_was_taken_back_is_posted_again(self):
        self.post(self.pays).button_draft()
        self.assert_retention(released=0, reserved=3_000)
        # Nor does it stand in the way of what else is open.
        _release, bill = self.release(self.order)
        self.post(bill)
        self.post(self.pays)
        self.assertEqual(self.request.state, "done")
        self.assert_retention(released=8_000, reserved=0)
        self.assertEqual(self.held_in_books(self.order), 0)
        self.assertTrue(all(self.order.sudo().retention_line_ids.mapped("reconciled")))

    def test_officer_cannot_cancel_what_is_posted(self):
        self.post(self.pays)
        with self.refused(f"has been posted: have its bill {self.pays.name} reversed"):
            self.request.action_cancel()
        self.assertEqual((self.request.state, self.pays.state), ("done", "posted"))

    def test_cancelled_release_does_not_come_back_with_its_bill(self):
        bill = self.pays.with_user(self.accountant)
        bill.button_cancel()
        bill.button_draft()
        with self.refused("is cancelled or not done yet"):
            self.post(bill)
        self.assertEqual(self.held_in_books(self.order), 8_000)

    def test_nor_with_its_credit_note(self):
        self.post(self.pays)
        credit = self.credit(self.pays)
        second = self.credit(self.pays)
        credit.action_post()
        for attempt in (credit.button_draft, credit.button_cancel):
            with self.refused("belongs to a cancelled release .* has to stay posted"):
                attempt()
        with self.refused("is cancelled or not done yet"):
            second.action_post()
        second.unlink()
        self.assert_cancelled()

    def test_credited_release_bill_stays_posted(self):
        self.post(self.pays)
        self.credit(self.pays).action_post()
        with self.refused("belongs to a cancelled release .* has to stay posted"):
            self.pays.with_user(self.accountant).button_draft()

    def test_bill_releases_what_was_decided(self):
        line = self.pays.invoice_line_ids
        for change in ({"price_unit": 2_000}, {"quantity": 2}, {"account_id": self.tax_account.id}):
            with self.refused("is not the .*3,000.00 of the release"):
                line.with_user(self.accountant).write(change)
                self.post(self.pays)
        fees = {"name": "Bank fees", "quantity": 1, "price_unit": 25, "tax_ids": False}
        self.pays.with_user(self.accountant).invoice_line_ids = [Command.create(fees)]
        self.post(self.pays)
        self.assertEqual(self.request.state, "done")
        self.assert_retention(released=3_000, reserved=0)

    def test_bill_releases_in_the_orders_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.pays.with_user(self.accountant).currency_id = euro
        self.assertEqual(self.pays.invoice_line_ids.price_subtotal, 3_000)
        with self.refused("is not the .*3,000.00 of the release"):
            self.post(self.pays)

    def test_release_without_its_line_is_not_done(self):
        fees = {"name": "Bank fees", "quantity": 1, "price_unit": 25, "tax_ids": False}
        self.pays.with_user(self.accountant).invoice_line_ids = [
            Command.delete(self.pays.invoice_line_ids.id),
            Command.create(fees),
        ]
        with self.refused("is not the .*3,000.00 of the release"):
            self.post(self.pays)

    def test_accepted_order_releases_what_is_due_and_earlier_only_on_purpose(self):
        self.request.action_cancel()
        self.order.with_user(self.buyer).write(
            {"retention_acceptance_percent": 50},
        )
        with self.refused("more than the .*0.00 that is due on that date"):
            self.release(self.order, early=False)
        self.order.with_user(self.approver).action_final_acceptance()
        self.order.sudo()._write_guarded({"retention_period_days": 365})
        with self.refused("8,000.00 is more than the .*4,000.00 that is due on that date"):
            self.release(self.order, early=False)
        _release, half = self.release(self.order, amount=4_000, early=False)
        with self.refused("more than the .*0.00 that is due on that date"):
            # The draft bill reserves what is due.
            self.release(self.order, amount=1_000, early=False)
        self.post(half)
        with self.refused("more than the .*0.00 that is due on that date"):
            self.release(self.order, amount=1_000, early=False)
        self.order.sudo()._write_guarded({"retention_period_days": 0})
        _release, rest = self.release(self.order, amount=2_000, early=False)
        self.post(rest)
        self.post(self.release(self.order, early=True)[1])
        self.assert_retention(released=8_000, reserved=0)
        with self.refused("retention has been released upon the acceptance"):
            self.order.with_user(self.approver).action_revoke_acceptance("Leaking joints")

    def test_release_keeps_the_taxes_of_what_it_releases(self):
        lines = self.pays.with_user(self.accountant).invoice_line_ids
        lines.tax_ids = self.new_tax(15)
        _another, bill = self.release(self.order, amount=1_000)
        self.assertEqual(bill.amount_total, 1_000)
        with self.refused("The retention on this bill is not the .*3,000.00 of the release"):
            self.post(self.pays)
        lines.tax_ids = False
        self.post(self.pays)
        self.assert_retention(released=3_000, reserved=1_000)

    def test_updating_taxes_and_accounts_leaves_retention_where_it_is(self):
        pays = self.pays.with_user(self.accountant)
        pays.action_update_fpos_values()
        self.assertEqual(pays.invoice_line_ids.account_id, self.retention_account)
        self.post(pays)
        self.assertEqual(self.entry(pays), [("payable", -3_000), ("retention", 3_000)])
