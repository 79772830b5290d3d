from odoo.tests import Form, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingOwnAmounts(BillingCommon):
    """Bills that come with amounts of their own: the amount counts, and the quantity follows."""

    def keyed_bill(self, order, *prices, lines=None):
        """Return the draft on which the accountant keyed "1 x price", linked to the order."""
        lines = lines or [order.order_line[:1]] * len(prices)
        values = {"name": "Progress claim", "quantity": 1, "tax_ids": False}
        return self.enter_bill(
            *(
                {**values, "price_unit": price, "purchase_line_id": line.id}
                for price, line in zip(prices, lines, strict=True)
            )
        )

    def three_stages(self, quantity=1):
        order = self.create_order(
            milestones=[
                self.percent("Groundwork", 30),
                self.percent("Shell", 30),
                self.percent("Handover", 40),
            ],
            order_line=[(0, 0, self.line_values(100_000, quantity))],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        return order

    def to_be_billed(self, order):
        """Return what Purchase Analysis says: billed, and to be billed."""
        self.env.flush_all()
        self.env["purchase.report"].invalidate_model()
        rows = self.env["purchase.report"].search([("order_id", "=", order.id)])
        return [sum(rows.mapped(name)) for name in ("qty_billed", "qty_to_be_billed")]

    # ------------------------------------------------------------------
    # To bill is an amount
    # ------------------------------------------------------------------

    def test_bills_keyed_as_one_times_an_amount_bill_the_order(self):
        for quantity in (1, 40):
            with self.subTest(quantity=quantity):
                order = self.three_stages(quantity)
                line = order.order_line
                for price, billed in ((30_000, 0.3), (30_000, 0.6), (40_000, 1)):
                    self.assertEqual(order.invoice_status, "to invoice")
                    self.post(self.keyed_bill(order, price))
                    self.assertAlmostEqual(line.qty_invoiced, billed * quantity)
                    self.assertAlmostEqual(line.qty_to_invoice, (1 - billed) * quantity)
                self.assertEqual(order.invoice_status, "invoiced")
                self.assertEqual(set(order.milestone_ids.mapped("billing_state")), {"billed"})
                with self.refused("nothing to bill"):
                    self.create_bill(order)

    def test_what_is_left_after_a_keyed_bill_comes_on_the_next_at_the_order_s_price(self):
        order = self.three_stages(40)
        self.post(self.keyed_bill(order, 30_000))
        line = self.create_bill(order).invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit), (28, 2_500))

    def test_cents_leave_a_quantity_to_bill(self):
        """However small the amount that is left: the order waits for a bill until it is zero."""
        order = self.three_stages()
        self.post(self.keyed_bill(order, 99_999.99))
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertGreater(order.order_line.qty_to_invoice, 0)
        bill = self.bill(order)
        self.assertEqual(bill.amount_untaxed, 0.01)
        self.assertEqual(bill.invoice_line_ids.mapped("price_subtotal"), [0.01])
        self.assertEqual(order.invoice_status, "invoiced")

    def test_a_draft_of_more_than_is_approved_leaves_nothing_to_bill(self):
        order = self.create_order(
            1_000,
            milestones=[self.percent("First", 50), self.percent("Second", 50)],
            confirm=True,
        )
        bill = self.keyed_bill(order, 1_000)
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertEqual(order.order_line.qty_invoiced, 1)
        with self.refused("nothing to bill"):
            self.create_bill(order)
        self.approve(order.milestone_ids[0])
        with self.refused("nothing to bill"):
            self.create_bill(order)
        bill.unlink()
        self.assertEqual(order.order_line.qty_to_invoice, 0.5)

    def test_lines_that_make_up_for_each_other_leave_nothing_to_bill(self):
        """Half of two lines is approved; the vendor bills all of the second."""
        order = self.create_order(
            milestones=[self.percent("First half", 50), self.percent("Second half", 50)],
            order_line=[(0, 0, self.line_values(1_000)), (0, 0, self.line_values(1_000))],
            confirm=True,
        )
        first, second = order.milestone_ids
        self.approve(first)
        self.post(self.keyed_bill(order, 1_000, lines=order.order_line[1]))
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0])
        self.assertEqual(order.invoice_status, "invoiced")
        with self.refused("nothing to bill"):
            self.create_bill(order)
        self.approve(second)
        bill = self.bill(order)
        self.assertEqual(bill.invoice_line_ids.purchase_line_id, order.order_line[0])
        self.assertEqual(bill.amount_untaxed, 1_000)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_purchase_analysis_counts_what_is_approved(self):
        order = self.create_order(
            milestones=[self.percent("First", 50), self.percent("Second", 50)],
            order_line=[(0, 0, self.line_values(1_000, 10))],
            confirm=True,
        )
        self.assertEqual(self.to_be_billed(order), [0, 0])
        self.approve(order.milestone_ids[0])
        self.assertEqual(self.to_be_billed(order), [0, 5])
        report = self.env["purchase.report"]
        [(total,)] = report._read_group(
            [("order_id", "=", order.id), ("qty_to_be_billed", ">", 0)],
            [],
            ["qty_to_be_billed:sum"],
        )
        self.assertEqual(total, 5)
        self.bill(order)
        self.assertEqual(self.to_be_billed(order), [5, 0])

    def test_purchase_analysis_of_plain_orders_is_odoo_s(self):
        self.company.milestone_billing = "track"
        order = self.create_order(
            order_line=[(0, 0, self.line_values(1_000, 10))],
            milestones=[self.percent("First", 50)],
            confirm=True,
        )
        self.assertEqual(self.to_be_billed(order), [0, 10])

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------

    def own_bill(self, *values):
        """Return the accountant's draft with lines of the vendor's own, not linked to anything."""
        return self.enter_bill(*({"quantity": 2, "tax_ids": False, **line} for line in values))

    def figures(self, bill):
        return [
            (line.name, line.quantity, line.price_unit, line.purchase_line_id)
            for line in bill.invoice_line_ids
        ]

    def test_auto_complete_links_what_is_there(self):
        order = self.three_stages()
        line = order.order_line
        bill = self.own_bill({"name": "Claim 1", "price_unit": 12_500})
        self.accountant.group_ids += self.env.ref("purchase.group_purchase_user")
        with Form(bill) as form:
            form.purchase_vendor_bill_id = self.env["purchase.bill.union"].browse(-order.id)
        self.assertEqual(self.figures(bill), [("Claim 1", 2, 12_500, line)])
        self.assertEqual(bill.invoice_origin, order.name)

    def test_auto_complete_of_an_empty_bill_brings_what_is_to_bill(self):
        order = self.three_stages()
        moves = self.env["account.move"].with_user(self.buyer)
        with Form(moves.with_context(default_move_type="in_invoice")) as form:
            form.partner_id = self.vendor
            form.purchase_vendor_bill_id = self.env["purchase.bill.union"].browse(-order.id)
        self.assertEqual(form.record.amount_untaxed, 100_000)

    def test_auto_complete_brings_no_line_of_nothing(self):
        order = self.create_order(milestones=[self.percent("All", 100)], confirm=True)
        moves = self.env["account.move"].with_user(self.buyer)
        with Form(moves.with_context(default_move_type="in_invoice")) as form:
            form.partner_id = self.vendor
            form.purchase_vendor_bill_id = self.env["purchase.bill.union"].browse(-order.id)
        self.assertFalse(form.record.invoice_line_ids)

    def test_auto_complete_from_an_old_bill_brings_no_line_of_its_retention(self):
        order = self.create_order(milestones=[self.percent("All", 100, retention=10)], confirm=True)
        self.approve(order.milestone_ids)
        old = self.bill(order)
        moves = self.env["account.move"].with_user(self.buyer)
        with Form(moves.with_context(default_move_type="in_invoice")) as form:
            form.partner_id = self.vendor
            form.purchase_vendor_bill_id = self.env["purchase.bill.union"].browse(old.id)
        self.assertEqual(form.record.invoice_line_ids.mapped("price_subtotal"), [100_000])

    def test_matching_links_and_neither_deletes_nor_adds(self):
        order = self.three_stages()
        bill = self.own_bill(
            {"name": "Claim 1", "price_unit": 12_500},
            {"name": "Claim 2", "price_unit": 100, "product_id": self.product.id},
        )
        self.match(bill, order.order_line)
        line = order.order_line
        self.assertEqual(
            self.figures(bill), [("Claim 1", 2, 12_500, line), ("Claim 2", 2, 100, line)]
        )

    def test_matching_with_a_plain_order_besides(self):
        """What is of the plain order's product is matched to that, the rest is kept."""
        order = self.three_stages()
        self.company.milestone_billing = "track"
        cable = self.env["product.product"].create({"name": "Cable", "type": "service"})
        plain = self.create_order(
            order_line=[(0, 0, {**self.line_values(50), "product_id": cable.id})],
            milestones=[],
            confirm=True,
        )
        bill = self.own_bill(
            {"name": "Claim 1", "price_unit": 12_500},
            {"name": "Cable", "price_unit": 25, "product_id": cable.id},
        )
        self.match(bill, order.order_line | plain.order_line)
        self.assertEqual(
            self.figures(bill),
            [("Claim 1", 2, 12_500, order.order_line), ("Cable", 2, 25, plain.order_line)],
        )

    def match(self, bill, order_lines):
        self.env.flush_all()
        rows = self.env["purchase.bill.line.match"].with_user(self.accountant)
        rows = rows.search(
            ["|", ("pol_id", "in", order_lines.ids), ("aml_id", "in", bill.invoice_line_ids.ids)]
        )
        self.assertEqual(len(rows), len(order_lines) + len(bill.invoice_line_ids))
        rows.action_match_lines()

    def test_no_bill_is_made_of_order_lines_with_nothing_to_bill(self):
        order = self.create_order(milestones=[self.percent("All", 100)], confirm=True)
        self.env.flush_all()
        row = self.env["purchase.bill.line.match"].search([("pol_id", "=", order.order_line.id)])
        with self.refused("nothing to bill"):
            row.with_user(self.accountant).action_match_lines()
        self.approve(order.milestone_ids)
        action = row.with_user(self.accountant).action_match_lines()
        self.assertEqual(self.env["account.move"].browse(action["res_id"]).amount_untaxed, 100_000)

    def test_retention_is_not_offered_to_be_matched(self):
        order = self.create_order(milestones=[self.percent("All", 100, 10)], confirm=True)
        self.approve(order.milestone_ids)
        retention = self.create_bill(order).invoice_line_ids.filtered("retention_order_id")
        self.assertTrue(retention)
        self.env.flush_all()
        rows = self.env["purchase.bill.line.match"]
        self.assertFalse(rows.search([("aml_id", "in", retention.ids)]))

    def test_a_scanned_bill_without_lines_gets_what_is_to_bill(self):
        """An order that is named and a total that was read, but no lines."""
        order = self.three_stages()
        bill = self.own_bill()
        bill._find_and_set_purchase_orders([order.name], self.vendor.id, 100_000, from_ocr=True)
        self.assertEqual(bill.amount_untaxed, 100_000)
        self.assertEqual(bill.invoice_line_ids.purchase_line_id, order.order_line)
