from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.purchase.models.purchase_order_line import PurchaseOrderLine as CoreOrderLine

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingNeighbours(BillingCommon):
    """What another addon says of an order that milestones bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            1_000,
            [cls.percent("Racks", 60, retention=10), cls.percent("Power", 40, retention=10)],
            confirm=True,
        )
        cls.racks, cls.power = cls.order.milestone_ids

    def nothing_more_to_bill(self):
        """Do as an addon does whose name comes before ours, and which closes orders."""
        compute = CoreOrderLine._compute_qty_invoiced

        def compute_none(lines):
            compute(lines)
            lines.qty_to_invoice = 0

        return patch.object(CoreOrderLine, "_compute_qty_invoiced", compute_none)

    def recompute(self):
        self.order.sudo().order_line.modified(["product_qty"])
        self.env.flush_all()

    def test_another_addon_may_say_that_nothing_more_is_to_be_billed(self):
        self.approve(self.racks)
        self.bill(self.racks)
        self.approve(self.power)
        self.assertEqual(self.order.invoice_status, "to invoice")
        with self.nothing_more_to_bill():
            self.recompute()
            self.assertEqual(self.order.invoice_status, "invoiced")
            for records in (self.order, self.power):
                with self.refused("nothing to bill"):
                    self.create_bill(records)
        self.recompute()
        self.assertEqual(self.order.invoice_status, "to invoice")
        self.assertEqual(self.bill(self.order).amount_total, 360)
