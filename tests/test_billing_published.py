"""Published numbers, as journal entries, line by line."""

from odoo.tests import tagged

from .common_billing import BillingCommon


@tagged("post_install", "-at_install")
class TestPublishedEntries(BillingCommon):
    def test_d365_order_in_two_halves(self):
        order = self.create_order(
            25_000,
            [self.percent("Design", 50, retention=10), self.percent("Build", 50, retention=20)],
            confirm=True,
        )
        first, second = order.milestone_ids
        self.approve(first)
        self.assertEqual(
            self.entry(self.bill(first)),
            [("expense", 12_500), ("payable", -11_250), ("retention", -1_250)],
        )
        self.approve(second)
        self.assertEqual(
            self.entry(self.bill(second)),
            [("expense", 12_500), ("payable", -10_000), ("retention", -2_500)],
        )
        self.assertEqual(order.retention_held, 3_750)
        release, bill = self.release(order)
        self.assertEqual(release.state, "draft")
        self.post(bill)
        self.assertEqual(release.state, "done")
        self.assertEqual(self.entry(bill), [("payable", -3_750), ("retention", 3_750)])
        self.assertEqual(order.retention_open, 0)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertTrue(all(order.sudo().retention_line_ids.mapped("reconciled")))
