"""Approvals of what was billed are revoked once the bill is taken back."""

from odoo.tests import tagged

from .common_orders import CorrectionsCommon


@tagged("post_install", "-at_install")
class TestBillingRevoked(CorrectionsCommon):
    def revoke(self, milestone):
        return milestone.with_user(self.approver).action_revoke("Cable trays are not earthed")

    def test_billed_milestone_is_not_revoked(self):
        self.approve(self.shell)
        bill = self.create_bill(self.shell)
        with self.refused(f"{self.shell.display_name}: it is billed. Cancel or credit its bill"):
            self.revoke(self.shell)
        self.post(bill)
        with self.refused("it is billed"):
            self.revoke(self.shell)
        self.assertEqual(self.shell.state, "approved")

    def test_it_is_once_its_draft_is_deleted(self):
        self.approve(self.shell)
        self.create_bill(self.shell).with_user(self.accountant).unlink()
        self.revoke(self.shell)
        self.assertEqual(self.shell.state, "completed")
        self.assertFalse(self.shell.receipt_ids)
        self.assertEqual(self.order.order_line.qty_received, 0)

    def test_or_credited(self):
        credit = self.credit(self.bill_shell())
        credit.action_post()
        self.revoke(self.shell)
        self.assertEqual(self.order.order_line.qty_to_invoice, 0)
        self.assert_retention(0)
        for attempt in (credit.button_draft, credit.button_cancel):
            with self.refused("without this credit note, .*50,000.00 more is billed than approved"):
                attempt()
        self.shell.with_user(self.approver).action_approve()
        self.assertEqual(self.bill(self.shell).amount_total, 45_000)

    def test_a_draft_credit_note_is_not_enough(self):
        bill = self.bill_shell()
        credit = self.credit(bill)
        self.assertEqual(self.shell.amount_billed, 0)
        with self.refused("it is billed"):
            self.revoke(self.shell)
        credit.unlink()
        with self.refused("it is billed"):
            self.revoke(self.shell)

    def test_credit_note_stays_once_its_milestone_is_billed_again(self):
        credit = self.credit(self.bill_shell())
        credit.action_post()
        again = self.bill(self.shell)
        with self.refused("without this credit note, .*50,000.00 more is billed than approved"):
            credit.button_draft()
        again.button_draft()
        credit.button_draft()
        self.assert_retention(5_000)
