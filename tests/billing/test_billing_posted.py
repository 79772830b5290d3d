"""Lines of posted bills, and bills that are matched with orders."""

from odoo.fields import Command
from odoo.tests import tagged

from .common_orders import OneMilestoneCommon


@tagged("post_install", "-at_install")
class TestBillingPosted(OneMilestoneCommon):
    def test_line_of_a_posted_bill_is_not_matched_to_such_an_order(self):
        order = self.one_milestone()
        stray = self.post(
            self.env["account.move"].create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "invoice_line_ids": [
                        Command.create({"product_id": self.product.id, "price_unit": 100_000})
                    ],
                }
            )
        )
        line = stray.invoice_line_ids.with_user(self.accountant)
        with self.refused("Lines of a posted bill cannot be matched"):
            line.purchase_line_id = order.order_line
        matches = self.env["purchase.bill.line.match"].with_user(self.accountant)
        chosen = matches.search([("partner_id", "=", self.vendor.id)])
        self.assertEqual((chosen.aml_id, chosen.pol_id), (line, order.order_line))
        with self.refused("Lines of a posted bill cannot be matched"):
            chosen.action_match_lines()
        self.assertFalse(line.purchase_line_id)

    def test_nor_taken_away_from_it(self):
        order, bill = self.draft_bill()
        other = self.create_order(5_000, confirm=True)
        self.post(bill)
        line = bill.invoice_line_ids.filtered("purchase_line_id")
        for target in (False, other.order_line.id):
            with self.refused("nor taken away from it: reset the bill to draft first"):
                line.purchase_line_id = target
        self.assertEqual(line.purchase_line_id, order.order_line)

    def test_posted_amounts_stand(self):
        order, bill = self.draft_bill()
        self.post(bill)
        tax = self.new_tax(5)
        product = bill.invoice_line_ids.filtered("purchase_line_id")
        for line in (product, bill.invoice_line_ids - product):
            for values in (
                {"account_id": self.tax_account.id},
                {"price_unit": 5},
                {"quantity": 3},
                {"tax_ids": [Command.set(tax.ids)]},
            ):
                with self.refused("reset the bill to draft first"):
                    line.write(values)
                with self.refused("reset the bill to draft first"):
                    bill.with_context(skip_readonly_check=True).invoice_line_ids = [
                        Command.update(line.id, values)
                    ]
            line.write({"account_id": line.account_id.id, "name": "Data centre"})
        self.assertEqual(order.retention_held, 10_000)

    def test_posted_bill_gets_no_line_of_an_order(self):
        order = self.one_milestone()
        self.approve(order.milestone_ids)
        line = {"product_id": self.product.id, "price_unit": 5, "tax_ids": False}
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        self.post(bill)
        line["purchase_line_id"] = order.order_line.id
        with self.refused("reset the bill to draft first"):
            bill.with_context(skip_readonly_check=True).invoice_line_ids = [Command.create(line)]

    def test_posting_and_changing_at_once_is_no_way_around(self):
        _order, bill = self.draft_bill()
        retention = bill.invoice_line_ids.filtered("retention_order_id")
        bill.invoice_date = "2026-03-31"
        change = Command.update(retention.id, {"price_unit": 5})
        with self.refused("reset the bill to draft first"):
            bill.with_context(skip_readonly_check=True).write(
                {"state": "posted", "invoice_line_ids": [change]}
            )

    def test_matching_offers_no_retention(self):
        _order, bill = self.draft_bill()
        matches = self.env["purchase.bill.line.match"].search([("account_move_id", "=", bill.id)])
        self.assertFalse(matches)
        self.assertTrue(bill.is_purchase_matched)

    def test_draft_can_be_matched_and_then_gets_its_retention(self):
        order = self.one_milestone()
        self.approve(order.milestone_ids)
        product = {"product_id": self.product.id, "quantity": 1, "price_unit": 100_000}
        upload = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_line_ids": [Command.create({**product, "tax_ids": False})],
            }
        )
        upload.invoice_line_ids.purchase_line_id = order.order_line
        self.assertTrue(upload.retention_differs)
        with self.refused("Press “Update Retention” on the bill"):
            self.post(upload)
        upload.with_user(self.accountant).action_update_retention()
        self.post(upload)
        self.assertEqual(
            self.entry(upload), [("expense", 100_000), ("payable", -90_000), ("retention", -10_000)]
        )
        self.assertEqual(order.milestone_ids.billing_state, "billed")

    def test_posted_bill_stays_what_it_is(self):
        order, bill = self.draft_bill()
        self.post(bill)
        euro = self.env.ref("base.EUR")
        for values in (
            *({"move_type": kind} for kind in ("in_refund", "in_receipt", "entry")),
            {"currency_id": (euro if euro != bill.currency_id else self.env.ref("base.USD")).id},
            {"reversed_entry_id": self.bill(self.one_approved()).id},
        ):
            with self.subTest(values=values), self.refused("of a posted bill .* cannot be changed"):
                bill.write(values)
        bill.write({"move_type": "in_invoice", "ref": "2026-113"})
        self.assertEqual(order.milestone_ids.billing_state, "billed")

    def one_approved(self):
        order = self.one_milestone()
        self.approve(order.milestone_ids)
        return order

    def test_lines_of_a_posted_bill_stay_with_it(self):
        order, bill = self.draft_bill()
        self.post(bill)
        other = self.env["account.move"].with_user(self.accountant).create({"move_type": "entry"})
        with self.refused("reset the bill to draft first"):
            bill.line_ids.write({"move_id": other.id})
        with self.refused("reset the bill to draft first"):
            bill.with_context(force_delete=True).unlink()
        line = bill.invoice_line_ids.filtered("purchase_line_id")
        with self.refused("reset the bill to draft first"):
            line.with_context(force_delete=True, dynamic_unlink=True).unlink()
        self.assertEqual(self.held_in_books(order), 10_000)
