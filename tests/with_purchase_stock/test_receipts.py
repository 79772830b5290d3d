from odoo.tests import new_test_user, tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestReceipts(MilestoneCommon):
    """Sheet piles for a quay, received by a storekeeper who has no purchase right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {
                "name": "Sheet pile",
                "is_storable": True,
                "supplier_taxes_id": False,
                "seller_ids": [(0, 0, {"partner_id": cls.vendor.id, "price": 1_000})],
            }
        )
        cls.storekeeper = new_test_user(cls.env, "ms_storekeeper", "stock.group_stock_user")

    def order_of_piles(self, *milestones):
        """Return a confirmed order of 100 piles at 1,000 each."""
        line = self.line_values(100_000, quantity=100)
        return self.create_order(0, milestones, confirm=True, order_line=[(0, 0, line)])

    def receive(self, order, quantity):
        """Receive that many; what is still to come gets a receipt of its own."""
        receipt = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
        receipt = receipt.with_user(self.storekeeper).with_context(skip_backorder=True)
        receipt.move_ids.quantity = quantity
        receipt.button_validate()
        self.assertEqual(receipt.state, "done")

    def plan(self, order):
        return [(m.state, m.amount, m.retention_amount) for m in order.milestone_ids]

    def test_goods_and_milestones_go_their_own_ways(self):
        order = self.order_of_piles(
            *(self.percent(name, 30, retention=10) for name in ("Drawings", "Mill test", "Piles")),
            self.balance("Handover"),
        )
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 100)
        for milestone, state in zip(
            order.milestone_ids, ("approved", "completed", "started"), strict=False
        ):
            self.bring_to(milestone, state)
        plan = self.plan(order)
        for quantity, received in ((40, 40), (60, 100)):
            self.receive(order, quantity)
            self.assertEqual(order.order_line.qty_received, received)
            self.assertEqual(self.plan(order), plan)
        self.assertEqual(order.receipt_status, "full")
        self.assertEqual((order.milestone_progress, order.retention_held), (30, 3_000))
        self.bring_to(order.milestone_ids[3], "approved")
        self.assertEqual(order.milestone_progress, 40)

    def test_cut_to_what_was_received_cuts_the_open_plan(self):
        order = self.order_of_piles(self.percent("Drawings", 30), self.balance("Handover"))
        drawings, handover = order.milestone_ids
        self.bring_to(drawings, "approved")
        self.receive(order, 40)
        order.order_line.product_qty = 40
        self.assertEqual((drawings.amount, handover.amount), (30_000, 10_000))
        self.assertEqual(order.picking_ids.mapped("state"), ["done", "cancel"])

    def test_order_that_cannot_be_cancelled_still_expects_its_goods(self):
        order = self.order_of_piles(self.percent("Drawings", 30))
        self.bring_to(order.milestone_ids, "approved")
        with self.refused("Revoke the approval"):
            order.button_cancel()
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_cancelled_order_keeps_what_was_received_as_without_a_plan(self):
        for milestones in ([self.percent("Drawings", 30)], []):
            order = self.order_of_piles(*milestones)
            self.receive(order, 40)
            order.button_cancel()
            self.assertEqual(order.state, "cancel")
            self.assertEqual(sorted(order.picking_ids.mapped("state")), ["cancel", "done"])
            self.assertEqual(order.milestone_ids.mapped("amount"), [30_000] * len(milestones))

    def test_replenishment_makes_the_default_plan_and_the_plan_follows_it(self):
        self.company.milestone_template_id = self.env["purchase.milestone.template"].create(
            {
                "name": "Advance and rest",
                "line_ids": [
                    (0, 0, self.percent("Advance", 20)),
                    (0, 0, {"sequence": 20, **self.balance("Delivery")}),
                ],
            }
        )
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)])
        for quantity, amounts in ((50, [10_000, 40_000]), (30, [16_000, 64_000])):
            self.replenish(warehouse[0], quantity)
            order = self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)])
            self.assertEqual(order.milestone_ids.mapped("amount"), amounts)

    def replenish(self, warehouse, quantity):
        values = {"warehouse_id": warehouse, "route_ids": warehouse.buy_pull_id.route_id}
        rules = self.env["stock.rule"]
        need = (self.product, quantity, self.product.uom_id, warehouse.lot_stock_id)
        rules.run([rules.Procurement(*need, "Quay", "/", self.company, values)])
