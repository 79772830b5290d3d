"""Lines on the retention account that did not come from the order."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingForeignLines(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            1_000,
            [cls.percent("Shell", 50, retention=10), cls.percent("Fit-out", 50, retention=10)],
            confirm=True,
        )
        cls.approve(cls.order.milestone_ids)

    def line(self, price, account=None, **values):
        return {
            "name": "Retention",
            "quantity": 1,
            "price_unit": price,
            "account_id": (account or self.retention_account).id,
            "tax_ids": False,
            **values,
        }

    def merged(self, orders, *prices):
        """Return what another module makes of the drafts of ``orders``: all their lines, copied."""
        drafts = [self.create_bill(milestones) for milestones in orders]
        lines = [
            {
                "name": line.name,
                "quantity": line.quantity,
                "price_unit": line.price_unit,
                "account_id": line.account_id.id,
                "tax_ids": False,
                "purchase_line_id": line.purchase_line_id.id,
            }
            for draft in drafts
            for line in draft.invoice_line_ids
        ]
        lines += [self.line(price) for price in prices]
        for draft in drafts:
            draft.unlink()
        moves = self.env["account.move"].with_user(self.accountant)
        return moves.create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_line_ids": [Command.create(line) for line in lines],
            }
        )

    def test_retention_of_merged_drafts_is_the_orders(self):
        bill = self.merged(self.order.milestone_ids)
        retention = bill.invoice_line_ids.filtered(
            lambda line: line.account_id == self.retention_account
        )
        self.assertEqual(retention.mapped("price_subtotal"), [-50, -50])
        self.assertFalse(retention.retention_order_id or bill.retention_differs)
        self.post(bill)
        self.assertEqual(retention.retention_order_id, self.order)
        self.assertEqual(
            (self.order.sudo().retention_held, self.held_in_books(self.order)), (100, 100)
        )

    def test_too_much_of_it_is_refused_and_updated(self):
        bill = self.merged(self.order.milestone_ids, -100)
        self.assertTrue(bill.retention_differs)
        with self.refused("retention on its bill is not what the milestones withhold"):
            self.post(bill)
        bill.action_update_retention()
        self.post(bill)
        self.assertEqual((bill.amount_total, self.held_in_books(self.order)), (900, 100))

    def test_a_line_typed_on_the_account_is_refused_and_updated(self):
        bill = self.create_bill(self.order).with_user(self.accountant)
        for account in (self.retention_account, self.former_account()):
            bill.invoice_line_ids = [Command.create(self.line(-7, account))]
            self.assertTrue(bill.retention_differs)
            with self.refused("press .*Update Retention|Press “Update Retention"):
                self.post(bill)
            bill.action_update_retention()
            self.assertEqual(bill.amount_total, 900)
        self.post(bill)

    def former_account(self):
        former = self.retention_account.copy({"code": "211901", "reconcile": True})
        other = self.create_order(500, [self.percent("Shell", 100, retention=10)], confirm=True)
        self.approve(other.milestone_ids)
        self.company.retention_account_id = former
        self.bill(other)
        self.company.retention_account_id = self.retention_account
        return former

    def test_of_several_orders_nobody_can_say_whose_it_is(self):
        other = self.create_order(500, [self.percent("Shell", 100, retention=10)], confirm=True)
        self.approve(other.milestone_ids)
        bill = self.merged((self.order, other))
        self.assertTrue(bill.retention_differs)
        with self.refused("not as the retention of one order. Press “Update Retention”"):
            self.post(bill)
        bill.action_update_retention()
        self.post(bill)
        self.assertEqual((self.held_in_books(self.order), self.held_in_books(other)), (100, 50))

    def test_nor_on_the_bill_of_a_release(self):
        self.bill(self.order)
        _release, bill = self.release(self.order)
        bill.with_user(self.accountant).invoice_line_ids = [Command.create(self.line(10))]
        with self.refused("not as the retention of one order"):
            self.post(bill)

    def test_bills_of_no_order_and_other_liabilities_are_as_ever(self):
        other = self.retention_account.copy({"code": "211902"})
        bill = self.create_bill(self.order).with_user(self.accountant)
        bill.invoice_line_ids = [Command.create(self.line(5, other))]
        self.post(bill)
        plain = self.env["account.move"].with_user(self.accountant)
        plain = plain.create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_line_ids": [Command.create(self.line(5))],
            }
        )
        self.post(plain)
        self.assertFalse(plain.invoice_line_ids.retention_order_id)
