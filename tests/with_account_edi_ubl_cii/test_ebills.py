from odoo.tests import tagged

from .common import EbillCommon


@tagged("post_install", "-at_install", "slow")
class TestEbills(EbillCommon):
    """E-bills read by Odoo's own import: what the vendor bills stays, whatever was approved."""

    def taxed_order(self, total=1_000, milestones=None, **values):
        return self.create_order(
            total,
            milestones=milestones
            or [
                self.percent("First floor", 50, retention=10),
                self.percent("Second floor", 50, retention=10),
            ],
            order_line=[(0, 0, {**self.line_values(total), "tax_ids": self.tax.ids})],
            confirm=True,
            **values,
        )

    def raised_order(self):
        """Return an order of 1,000, half billed, then raised to 1,600 and approved."""
        order = self.taxed_order()
        first, second = order.milestone_ids
        self.approve(first)
        self.bill(first)
        order.order_line.price_unit = 1_600
        self.approve(second)
        self.assertEqual(second.amount, 1_100)
        return order

    def assert_kept(self, bill, order, untaxed):
        """The draft has the vendor's amounts, and belongs to the order."""
        self.assertEqual(bill.state, "draft")
        self.assertEqual(bill.amount_untaxed, untaxed)
        self.assertAlmostEqual(bill.amount_total, untaxed * 1.15)
        self.assertEqual(bill.invoice_line_ids.purchase_line_id, order.order_line)

    def test_a_bill_of_less_than_is_approved_keeps_its_amount(self):
        """The vendor bills 800 of 1,100: 800 + 120, less 80 of retention."""
        order = self.raised_order()
        bill = self.upload([("Second floor", 1, 800)], order.name)
        self.assert_kept(bill, order, 800)
        self.assertTrue(bill.retention_differs)
        bill.action_update_retention()
        self.assertEqual(bill.amount_total, 840)
        self.post(bill)
        second = order.milestone_ids[1]
        self.assertEqual(second.amount_billed, 800)
        self.assertEqual(second.billing_state, "to_bill")
        # The rest comes on the next bill.
        self.assertEqual(self.create_bill(order).amount_untaxed, 300 - 30)

    def test_a_bill_of_what_is_approved_is_matched_without_a_reference(self):
        order = self.raised_order()
        bill = self.upload([("Second floor", 1, 1_100)])
        self.assert_kept(bill, order, 1_100)
        bill.action_update_retention()
        self.post(bill)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_what_is_approved_is_matched_while_the_rest_is_not(self):
        order = self.taxed_order(
            milestones=[self.percent("All but doors", 70), self.balance("Doors")]
        )
        self.approve(order.milestone_ids[0])
        self.assert_kept(self.upload([("All but doors", 1, 700)]), order, 700)

    def test_a_total_that_nobody_waits_for_is_not_matched(self):
        """What Odoo would take as left, half of 1,600, is on no milestone."""
        self.raised_order()
        bill = self.upload([("Second floor", 1, 800)])
        self.assertEqual(bill.amount_total, 920)
        self.assertFalse(bill.invoice_line_ids.purchase_line_id)

    def test_a_bill_before_the_approval_waits_with_its_amount(self):
        order = self.taxed_order(milestones=[self.percent("All", 100, retention=10)])
        for reference in (order.name, None):
            with self.subTest(reference=reference):
                bill = self.upload([("Data centre fit-out", 1, 1_000)], reference)
                self.assert_kept(bill, order, 1_000)
                if reference:
                    bill.unlink()
        bill.invoice_date = "2026-03-31"
        with self.refused("more is billed than approved"):
            bill.action_post()
        self.approve(order.milestone_ids)
        bill.action_update_retention()
        self.assertEqual(bill.amount_total, 1_050)
        self.post(bill)
        self.assertEqual(order.milestone_ids.billing_state, "billed")
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(order.order_line.qty_invoiced, 1)

    def test_two_orders_with_the_same_rest_are_not_guessed_between(self):
        orders = self.taxed_order() | self.taxed_order()
        bill = self.upload([("First floor", 1, 1_000)])
        self.assertFalse(bill.invoice_line_ids.purchase_line_id)
        bill = self.upload([("First floor", 1, 1_000)], orders[1].name)
        self.assert_kept(bill, orders[1], 1_000)

    def test_nor_between_an_order_with_milestones_and_one_without(self):
        self.taxed_order()
        plain = self.create_order(
            order_line=[(0, 0, {**self.line_values(1_000), "tax_ids": self.tax.ids})], confirm=True
        )
        plain.order_line.qty_received = 1
        bill = self.upload([("First floor", 1, 1_000)])
        self.assertFalse(bill.invoice_line_ids.purchase_line_id)

    def test_an_order_that_is_billed_takes_no_further_bill(self):
        order = self.taxed_order(milestones=[self.percent("All", 100)])
        self.approve(order.milestone_ids)
        self.bill(order)
        bill = self.upload([("Once more", 1, 1_000)], order.name)
        self.assertEqual(bill.amount_total, 1_150)
        self.assertFalse(bill.invoice_line_ids.purchase_line_id)

    def test_the_vendor_s_own_reference_finds_the_order_and_another_vendor_does_not(self):
        order = self.taxed_order(partner_ref="NF-77")
        self.assert_kept(self.upload([("First floor", 2, 100)], "NF-77"), order, 200)
        other = self.taxed_order(partner_ref="NF-78")
        other.with_env(self.env).partner_id = self.env["res.partner"].create({"name": "Southern"})
        bill = self.upload([("First floor", 2, 100)], "NF-78")
        self.assertFalse(bill.invoice_line_ids.purchase_line_id)

    def test_each_line_finds_its_own(self):
        """By amount where it is exactly what is left, else by name; extra products stay out."""
        lift = self.env["product.product"].create({"name": "Lift hire", "type": "service"})
        order = self.create_order(
            milestones=[self.percent("All", 100)],
            order_line=[
                (0, 0, {**self.line_values(600), "name": "Cable trays", "tax_ids": self.tax.ids}),
                (0, 0, {**self.line_values(400), "name": "Chillers", "tax_ids": self.tax.ids}),
            ],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        bill = self.upload(
            [("Chillers, delivered", 1, 150), ("Works", 1, 600), ("Lift hire", 1, 75)], order.name
        )
        trays, chillers = order.order_line
        self.assertEqual(
            {line.name: line.purchase_line_id for line in bill.invoice_line_ids},
            {
                "Chillers, delivered": chillers,
                "Works": trays,
                "Lift hire": order.order_line.browse(),
            },
        )
        self.assertEqual(bill.invoice_line_ids.filtered("product_id").product_id, lift)

    def test_an_e_bill_uploaded_on_its_order_keeps_its_amount(self):
        """Without a reference, before or after the approval."""
        order = self.taxed_order()
        action = order.with_user(self.buyer).action_create_invoice(
            self.ebill(self.buyer, [("First floor", 1, 450)]).ids
        )
        self.assertTrue(action)
        self.assert_kept(order.invoice_ids, order, 450)
        self.assertIn("NF-2026-0117.xml", order.invoice_ids.attachment_ids.mapped("name"))
