from odoo.tests import tagged

from ..billing.common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingOfStoredGoods(BillingCommon):
    """Sheet piles that the store receives, and driving them, which milestones bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.piles = cls.env["product.product"].create(
            {
                "name": "Sheet pile",
                "is_storable": True,
                "purchase_method": "receive",
                "supplier_taxes_id": False,
            }
        )

    def mixed_order(self):
        """Return an order of 100 piles at 1,000 and of their driving for 50,000 in two halves."""
        piles = {**self.line_values(100_000, 100), "product_id": self.piles.id}
        return self.create_order(
            milestones=[
                self.percent("First wall", 50, retention=10),
                self.balance("Second wall", retention=10),
            ],
            order_line=[(0, 0, piles), (0, 0, self.line_values(50_000))],
            confirm=True,
        )

    def receive(self, order, quantity):
        receipt = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
        receipt.move_ids.quantity = quantity
        receipt.with_context(skip_backorder=True).button_validate()

    def figures(self, bill):
        return [
            (line.product_id, line.quantity, line.price_subtotal) for line in bill.invoice_line_ids
        ]

    def test_milestones_are_of_what_stock_does_not_receive(self):
        order = self.mixed_order()
        piles, driving = order.order_line
        self.assertEqual(piles.qty_received_method, "stock_moves")
        self.assertEqual(driving.qty_received_method, "milestones")
        self.assertEqual(order.milestone_base, 50_000)
        self.assertEqual(order.milestone_ids.mapped("amount"), [25_000, 25_000])
        self.approve(order.milestone_ids)
        # Of the whole order, as the field says.
        self.assertEqual(round(order.milestone_progress), 33)
        self.assertEqual((piles.qty_received, driving.qty_received), (0, 1))

    def test_a_milestones_bill_leaves_the_goods_out(self):
        order = self.mixed_order()
        self.receive(order, 40)
        self.approve(order.milestone_ids[0])
        bill = self.bill(order.milestone_ids[0])
        none = self.env["product.product"]
        self.assertEqual(self.figures(bill), [(self.product, 0.5, 25_000), (none, -1, -2_500)])
        self.assertEqual(order.invoice_status, "to invoice")

    def test_bill_of_the_order_has_goods_without_retention(self):
        order = self.mixed_order()
        none = self.env["product.product"]
        self.receive(order, 40)
        self.assertEqual(self.figures(self.bill(order)), [(self.piles, 40, 40_000)])
        self.receive(order, 60)
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        self.assertEqual(
            self.figures(bill),
            [(self.piles, 60, 60_000), (self.product, 1, 50_000), (none, -1, -5_000)],
        )
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual((order.retention_held, self.held_in_books(order)), (5_000, 5_000))

    def send_back(self, order, quantity):
        receipt = order.picking_ids.filtered(lambda picking: picking.state == "done")
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=receipt.id)
            .create({})
        )
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": True})
        going_back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        going_back.move_ids.write({"quantity": quantity, "picked": True})
        going_back.button_validate()

    def test_goods_sent_back_make_a_credit_note(self):
        order = self.mixed_order()
        none = self.env["product.product"]
        self.receive(order, 100)
        self.bill(order)
        self.send_back(order, 40)
        self.approve(order.milestone_ids[0])
        credit = self.bill(order)
        self.assertEqual((credit.move_type, credit.amount_total), ("in_refund", 17_500))
        self.assertEqual(
            self.figures(credit),
            [(self.piles, 40, 40_000), (self.product, -0.5, -25_000), (none, 1, 2_500)],
        )
        self.assertEqual((order.retention_held, self.held_in_books(order)), (2_500, 2_500))
        self.assertEqual(order.milestone_ids[0].billing_state, "billed")

    def test_product_that_milestones_received_stays_a_service(self):
        order = self.create_order(100_000, [self.percent("Driven", 100)], confirm=True)
        self.approve(order.milestone_ids)
        with self.refused(f"{order.name}: approved milestones have received this product"):
            self.product.type = "consu"
        self.assertEqual(order.order_line.qty_received, 1)
