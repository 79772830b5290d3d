"""Advances: paid before any work, recovered from the bills of the milestones."""

from odoo.fields import Command
from odoo.tests import tagged

from ..retention.common import numbers, read_cases
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingAdvances(BillingCommon):
    def planned(self, total, amounts, retention=0, taxes=None, **values):
        line = {**self.line_values(total), "tax_ids": taxes and taxes.ids}
        return self.create_order(
            milestones=[
                self.fixed(f"Stage {n}", amount, retention) for n, amount in enumerate(amounts, 1)
            ],
            order_line=[Command.create(line)],
            confirm=True,
            **values,
        )

    def vendor_bill(self, amount, taxes=None, **values):
        line = {"name": "Advance", "quantity": 1, "price_unit": amount}
        line |= {"tax_ids": taxes and taxes.ids, **values}
        return self.enter_bill(line)

    def advance(self, order, amount, taxes=None, **values):
        """Post a bill over ``amount`` and make it the order's down payment, as Odoo does."""
        bill = self.post(self.vendor_bill(amount, taxes, **values))
        self.make_down_payment(order, bill)
        return bill

    def make_down_payment(self, order, bill):
        wizard = self.env["bill.to.po.wizard"].with_context(
            active_ids=[-line.id for line in bill.invoice_line_ids]
        )
        wizard = wizard.create({"purchase_order_id": order.id, "partner_id": self.vendor.id})
        wizard.action_add_downpayment()
        return order._get_advance_lines()[-1]

    def recovered(self, bill):
        lines = bill.invoice_line_ids.filtered(lambda line: line.purchase_line_id.is_downpayment)
        return -sum(lines.mapped("price_subtotal"))

    def test_published_figures(self):
        for case in read_cases("advance_recovery.csv"):
            with self.subTest(case=case["description"]):
                terms = {
                    "advance_recovery_percent": float(case["percent"]),
                    "advance_recovery_from": float(case["from"]),
                }
                order = self.planned(
                    float(case["order"]), numbers(case["bills"]), float(case["retention"]), **terms
                )
                self.advance(order, float(case["advance"]))
                figures = zip(numbers(case["recovered"]), numbers(case["due"]), strict=True)
                for milestone, (recovered, due) in zip(order.milestone_ids, figures, strict=True):
                    self.approve(milestone)
                    bill = self.bill(order)
                    self.assertEqual(
                        (self.recovered(bill), bill.amount_total, bill.move_type),
                        (recovered, due, "in_invoice"),
                        milestone.name,
                    )
                self.assertEqual(order.advance_recovered, sum(numbers(case["recovered"])))
                self.assertEqual(order.invoice_status, "invoiced")

    def test_tax_is_of_what_is_left_after_recovery(self):
        tax = self.new_tax(15)
        order = self.planned(1_000, [100, 900], 10, tax, advance_recovery_percent=30)
        self.advance(order, 300, tax)
        self.approve(order.milestone_ids[0])
        bill = self.bill(order)
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (60, 70.5))
        self.assertEqual(order.sudo().retention_held, 10)

    def test_a_bill_of_which_all_is_recovered_is_no_credit_note(self):
        tax = self.new_tax(15)
        order = self.planned(1_000, [100, 900], 10, tax)
        self.advance(order, 300, tax)
        self.approve(order.milestone_ids[0])
        bill = self.bill(order)
        self.assertEqual((bill.move_type, bill.amount_total), ("in_invoice", 1.5))
        self.assertEqual((order.advance_paid, order.advance_recovered), (300, 90))

    def test_nor_where_the_advance_was_taxed_higher(self):
        order = self.planned(1_000, [100, 900], 10)
        self.advance(order, 300, self.new_tax(15))
        self.approve(order.milestone_ids[0])
        bill = self.bill(order)
        self.assertEqual((bill.move_type, bill.amount_total), ("in_invoice", 0))
        self.assertEqual(order.advance_recovered, 78.26)

    def test_it_comes_off_the_account_on_which_it_was_booked(self):
        prepaid = self.env["account.account"].create(
            {"code": "141900", "name": "Advances to vendors", "account_type": "asset_prepayments"}
        )
        order = self.planned(1_000, [400, 600], advance_recovery_percent=33.333333)
        self.advance(order, 100, account_id=prepaid.id)
        self.advance(order, 50.05, account_id=prepaid.id)
        for milestone in order.milestone_ids:
            self.approve(milestone)
            self.bill(milestone)
        lines = self.env["account.move.line"].search([("account_id", "=", prepaid.id)])
        self.assertEqual(sorted(lines.mapped("balance")), [-100, -33.33, -16.72, 50.05, 100])
        for line in order._get_advance_lines():
            self.assertEqual((line.qty_invoiced, line.qty_to_invoice), (0, 0))

    def test_an_advance_is_neither_approved_nor_planned(self):
        order = self.planned(1_000, [1_000], 10)
        bill = self.vendor_bill(300)
        line = self.make_down_payment(order, bill)
        self.assertEqual((order.milestone_base, order.advance_paid), (1_000, 0))
        self.assertFalse(bill.retention_differs)
        self.post(bill)
        self.assertEqual((order.advance_paid, line.qty_to_invoice), (300, 0))
        self.assertEqual(order.sudo().retention_held, 0)
        with self.refused("There is nothing to bill"):
            self.create_bill(order)

    def test_so_is_a_deposit_with_a_product(self):
        order = self.planned(1_000, [1_000], 10)
        deposit = order.order_line.create(
            {
                **self.line_values(300),
                "order_id": order.id,
                "product_qty": 0,
                "price_unit": 300,
                "is_downpayment": True,
            }
        )
        self.assertEqual(deposit.qty_received_method, "manual")
        self.post(self.vendor_bill(300, purchase_line_id=deposit.id, product_id=self.product.id))
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        self.assertEqual((self.recovered(bill), bill.amount_total), (300, 600))

    def test_drafts_that_recover_count_and_unposted_advances_do_not(self):
        order = self.planned(1_000, [400, 600])
        self.make_down_payment(order, self.vendor_bill(1_000))
        self.advance(order, 500)
        self.approve(order.milestone_ids)
        first = self.create_bill(order.milestone_ids[0])
        self.assertEqual(self.recovered(first), 400)
        second = self.create_bill(order.milestone_ids[1])
        self.assertEqual(self.recovered(second), 100)
        first.unlink()
        self.assertEqual(self.recovered(self.create_bill(order.milestone_ids[0])), 400)

    def test_never_is_more_recovered_than_was_paid(self):
        order = self.planned(1_000, [400, 600], advance_recovery_percent=50)
        paid = self.advance(order, 300)
        self.approve(order.milestone_ids[0])
        bill = self.create_bill(order).with_user(self.accountant)
        recovery = bill.invoice_line_ids.filtered("purchase_line_id.is_downpayment")
        with self.refused("0.01 more would be recovered than was paid"):
            recovery.price_unit *= 300.01 / 200
            self.post(bill)
        self.post(bill)
        for attempt in (paid.button_draft, paid.button_cancel, self.credit(paid).action_post):
            with self.refused("200.00 more would be recovered than was paid"):
                attempt()
        bill.button_draft()
        paid.button_draft()

    def test_a_bill_completed_from_the_order_recovers_as_well(self):
        order = self.planned(1_000, [400, 600], 10)
        self.advance(order, 500)
        self.approve(order.milestone_ids[0])
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.vendor.id}
        )
        bill._add_purchase_order_lines(order.order_line)
        bill.action_update_retention()
        self.post(bill)
        self.assertEqual((self.recovered(bill), bill.amount_total), (360, 0))

    def test_terms_are_the_buyers_until_the_order_is_locked(self):
        order = self.planned(1_000, [1_000])
        self.assertEqual((order.advance_recovery_percent, order.advance_recovery_from), (100, 0))
        order.with_user(self.buyer).advance_recovery_percent = 25
        with self.refused("You need the right"):
            order.with_user(self.approver).write({"advance_recovery_percent": 0})
        order.sudo().locked = True
        with self.refused("locked"):
            order.with_user(self.buyer).advance_recovery_from = 10

    def test_orders_without_milestones_recover_as_odoo_does(self):
        order = self.create_order(1_000, confirm=True)
        self.advance(order, 300)
        self.assertEqual(self.recovered(self.create_bill(order)), 300)
