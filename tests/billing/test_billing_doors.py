"""Bills that no button of ours makes: matched, completed, uploaded, accrued."""

from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common_orders import HalvesCommon


@tagged("post_install", "-at_install")
class TestBillingDoors(HalvesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant.group_ids += cls.env.ref("account.group_account_user")
        cls.accountant.group_ids += cls.env.ref("purchase.group_purchase_user")

    def approved_half(self, **values):
        """Return an order of 1,000 of which one half is approved."""
        order = self.halves(self.line(1_000), **values)
        self.approve(order.milestone_ids[0])
        return order

    def new_bill(self, **values):
        return (
            self.env["account.move"]
            .with_user(self.accountant)
            .create({"move_type": "in_invoice", "partner_id": self.vendor.id, **values})
        )

    def match_lines(self, domain):
        self.env.flush_all()
        return self.env["purchase.bill.line.match"].with_user(self.accountant).search(domain)

    def post_with_retention(self, bill):
        """Post a bill that has no retention yet: refused until the button has written it."""
        self.assertTrue(bill.retention_differs)
        with self.refused("Update Retention"):
            self.post(bill)
        bill.action_update_retention()
        self.assertFalse(bill.retention_differs)
        self.post(bill)
        self.assertEqual(self.figures(bill), [(0.5, 500), (-1, -50)])

    def test_matching_without_a_bill_makes_one_of_what_is_approved(self):
        order = self.approved_half()
        action = self.match_lines([("pol_id", "in", order.order_line.ids)]).action_match_lines()
        bill = self.env["account.move"].with_user(self.accountant).browse(action["res_id"])
        self.assertEqual(self.figures(bill), [(0.5, 500)])
        self.post_with_retention(bill)
        self.assertEqual(order.milestone_ids[0].billing_state, "billed")

    def test_matching_the_vendors_bill(self):
        order = self.approved_half()
        line = {"product_id": self.product.id, "price_unit": 1_000, "quantity": 0.5}
        bill = self.new_bill(invoice_line_ids=[(0, 0, {**line, "tax_ids": False})])
        self.match_lines(
            ["|", ("pol_id", "in", order.order_line.ids), ("aml_id", "in", bill.line_ids.ids)]
        ).action_match_lines()
        self.assertEqual(bill.invoice_line_ids.purchase_line_id, order.order_line)
        self.post_with_retention(bill)
        self.assertFalse(self.match_lines([("aml_id", "in", bill.line_ids.ids)]))

    def test_matching_a_bill_above_what_is_approved(self):
        order = self.approved_half()
        line = {"product_id": self.product.id, "price_unit": 1_000, "quantity": 1}
        bill = self.new_bill(invoice_line_ids=[(0, 0, {**line, "tax_ids": False})])
        bill.invoice_line_ids.purchase_line_id = order.order_line
        with self.refused("500.00 more is billed than approved"):
            self.post(bill)

    def test_a_bill_that_names_an_order_of_odoos_too_is_not_guessed_at(self):
        order = self.approved_half()
        plain = self.create_order(200, confirm=True)
        plain.order_line.qty_received = 1
        for names, expected in (
            ([order.name, plain.name], order.order_line.browse()),
            ([order.name], order.order_line),
        ):
            lines = [
                {"name": "Works", "price_unit": price, "tax_ids": False} for price in (300, 200)
            ]
            bill = self.new_bill(invoice_line_ids=[(0, 0, line) for line in lines])
            bill._find_and_set_purchase_orders(names, self.vendor.id, 500)
            self.assertEqual(bill.invoice_line_ids.purchase_line_id, expected)
            self.assertEqual(bill.invoice_line_ids.mapped("price_unit"), [300, 200])

    def test_auto_complete_from_the_order(self):
        order = self.approved_half()
        form = Form(
            self.env["account.move"]
            .with_user(self.accountant)
            .with_context(default_move_type="in_invoice")
        )
        form.partner_id = self.vendor
        form.purchase_vendor_bill_id = self.env["purchase.bill.union"].browse(-order.id)
        bill = form.save()
        self.post_with_retention(bill)
        self.assertEqual(bill.invoice_origin, order.name)

    def test_upload_of_the_vendors_document(self):
        order = self.approved_half()
        documents = self.env["ir.attachment"].with_user(self.buyer)
        document = documents.create({"name": "bill.txt", "raw": b"Bill 4711"})
        order.with_user(self.buyer).action_create_invoice(document.ids)
        bill = order.sudo().invoice_ids
        self.assertEqual(self.figures(bill), [(0.5, 500), (-1, -50)])
        self.assertEqual((document.res_model, document.res_id), ("account.move", bill.id))
        self.assertIn(document, bill.message_ids.attachment_ids)

    def test_copies_withhold_and_release_nothing(self):
        order = self.approved_half()
        bill = self.bill(order)
        _release, release_bill = self.release(order)
        self.assertEqual(self.figures(bill.copy()), [(0.5, 500)])
        self.assertFalse(release_bill.copy().line_ids)

    def test_what_a_recurring_bill_repeats_withholds_nothing(self):
        bill = self.create_bill(self.approved_half())
        bill.write({"invoice_date": "2026-03-31", "auto_post": "monthly"})
        self.post(bill)
        repeated = self.env["account.move"].search([("auto_post_origin_id", "=", bill.id)]) - bill
        self.assertEqual(self.figures(repeated), [(0.5, 500)])

    def test_accrual_has_what_was_approved_and_not_billed_at_its_date(self):
        with freeze_time("2026-01-15"):
            order = self.create_order(
                milestones=[self.percent(f"Third {n}", 100 / 3) for n in range(2)]
                + [self.balance("Rest")],
                order_line=[(0, 0, self.line(1_000, discount=10))],
                confirm=True,
            )
            self.approve(order.milestone_ids[0])
        with freeze_time("2026-02-15"):
            self.approve(order.milestone_ids[1])
            self.bill(order.milestone_ids[0], "2026-02-15")
        with freeze_time("2026-04-02"):
            self.assertEqual(self.accrued(order, "2026-01-31"), 300)
            self.assertEqual(self.accrued(order, "2026-02-28"), 300)
            self.bill(order, "2026-03-15")
            self.assertEqual(self.accrued(order, "2026-02-28"), 300)
            with self.refused(""):
                self.accrued(order, "2026-03-31")

    def accrued(self, order, date):
        """Return what Odoo's accrual of an order books as expense at a date."""
        wizard = (
            self.env["account.accrued.orders.wizard"]
            .with_user(self.accountant)
            .with_context(
                active_model="purchase.order", active_ids=order.ids, accrual_entry_date=date
            )
            .create({"account_id": self.retention_account.id, "date": date})
        )
        moves = self.env["account.move"].search(wizard.create_entries()["domain"])
        lines = moves.filtered(lambda move: str(move.date) == date).line_ids
        return sum(
            lines.filtered(lambda line: line.account_id.account_type == "expense").mapped("balance")
        )
