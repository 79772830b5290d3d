from odoo.tests import HttpCase, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install", "slow")
class TestToursBilling(BillingCommon, HttpCase):
    """From the plan to the payment of the retention in the browser, each by whose job it is."""

    def test_plan_approve_bill_post_pay_accept_release_pay(self):
        order = self.create_order(100_000)
        page = f"/odoo/purchase/{order.id}"
        self.start_tour(page, "purchase_milestone_bill_plan", login="ms_buyer")
        self.start_tour("/odoo", "purchase_milestone_bill_approve", login="ms_approver")
        self.assertEqual(order.milestone_ids.billing_state, "to_bill")
        self.start_tour(page, "purchase_milestone_bill_create", login="ms_buyer")
        bill = order.sudo().invoice_ids
        self.assertEqual((bill.state, order.milestone_ids.billing_state), ("draft", "billed"))
        self.start_tour(self.url(bill), "purchase_milestone_bill_pay", login="ms_accountant")
        self.assertEqual(order.milestone_ids.billing_state, "paid")
        self.assertEqual(order.retention_open, 10_000)
        self.start_tour("/odoo", "purchase_milestone_bill_accept", login="ms_approver")
        self.assertTrue(order.date_final_acceptance)
        self.start_tour("/odoo", "purchase_milestone_bill_release", login="ms_release")
        release_bill = order.retention_release_ids.sudo().bill_id
        self.assertEqual(order.retention_release_ids.state, "draft")
        self.start_tour(
            self.url(release_bill), "purchase_milestone_bill_pay_release", login="ms_accountant"
        )
        self.assertEqual(order.retention_release_ids.state, "done")
        self.assertEqual((order.retention_open, self.held_in_books(order)), (0, 0))
        self.assertIn(release_bill.payment_state, ("paid", "in_payment"))

    def url(self, bill):
        return f"/odoo/action-account.action_move_in_invoice_type/{bill.id}"
