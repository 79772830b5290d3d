"""The life of an order, from its plan to the forfeiture of what is left of its retention."""

from odoo.fields import Command
from odoo.tests import freeze_time

from odoo.addons.purchase_milestone.tests.billing.common import BillingCommon

# Three milestones, the month in which each is billed, and what they are worth.
PLAN = (("Steel", 1, 500), ("Pumps", 2, 1_250), ("Tests", 3, 300))
# What one unit of the company's currency is worth in the foreign one, from each month on.
RATES = {1: 0.5, 2: 0.4, 3: 0.3, 6: 0.6, 9: 0.25}


class LifeCommon(BillingCommon):
    """A foreign currency that moves, and the life of an order in any company and currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.currency"].create(
            {"name": "XTF", "symbol": "X", "rounding": 0.01}
        )

    def set_rates(self, company):
        for month, rate in RATES.items():
            self.env["res.currency.rate"].create(
                {
                    "company_id": company.id,
                    "currency_id": self.foreign.id,
                    "name": f"2026-{month:02}-01",
                    "rate": rate,
                }
            )

    def plan_order(self, company, currency, taxes):
        """Return a confirmed order over the whole plan, 10 % of each milestone retained."""
        line = {**self.line_values(2_050), "tax_ids": [Command.set(taxes.ids)]}
        order = (
            self.env["purchase.order"]
            .with_user(self.buyer)
            .with_company(company)
            .create(
                {
                    "partner_id": self.vendor.id,
                    "currency_id": currency.id,
                    "date_order": "2026-01-10",
                    "order_line": [Command.create(line)],
                    "milestone_ids": [
                        Command.create(self.fixed(name, amount, retention=10))
                        for name, _month, amount in PLAN
                    ],
                }
            )
        )
        order.button_confirm()
        return order

    def live(self, company, currency, taxes):
        """Return an order that has been billed, paid and accepted, and all its bills.

        Half of its retention has been paid out, and the rest has been kept for good.
        """
        order = self.plan_order(company, currency, taxes)
        bills = self.env["account.move"]
        for milestone, (_name, month, _amount) in zip(order.milestone_ids, PLAN, strict=True):
            with freeze_time(f"2026-{month:02}-15"):
                self.approve(milestone)
                bills |= self.settle(self.create_bill(milestone), month)
        with freeze_time("2026-06-15"):
            order.with_user(self.approver).action_final_acceptance()
            bills |= self.settle(self.release(order, amount=102.5, early=False)[1], 6)
        with freeze_time("2026-09-15"):
            bills |= self.settle(self.release(order, outcome="forfeit", early=False)[1], 9)
        return order, bills

    def settle(self, bill, month):
        """Post a bill and pay what is left to pay of it."""
        self.post(bill, f"2026-{month:02}-15")
        if bill.amount_residual:
            self.pay(bill)
        # Each of these is a request of its own.
        self.env.flush_all()
        self.env.invalidate_all()
        return bill

    def check_books(self, order, bills):
        """Assert that nothing is left of the order on the retention account, nor to pay."""
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", order.company_id.retention_account_id.id),
                ("parent_state", "=", "posted"),
            ]
        )
        for field in ("balance", "amount_currency", "amount_residual"):
            total = sum(items.mapped(field))
            self.assertTrue(order.company_id.currency_id.is_zero(total), f"{field}: {total}")
        self.assertEqual(set(items.mapped("reconciled")), {True})
        self.assertFalse(any(bills.mapped("amount_residual")))
        for move in bills | items.move_id:
            balance = sum(move.line_ids.mapped("balance"))
            self.assertTrue(move.company_currency_id.is_zero(balance), move.name)
        self.assertEqual(order.retention_open, 0)
        self.assertEqual(order.invoice_status, "invoiced")
