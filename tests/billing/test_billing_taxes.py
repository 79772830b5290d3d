from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingTaxes(BillingCommon):
    """Retention whose tax is due at its release, with what else moves taxes and accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.retention_tax_policy = "on_release"

    @classmethod
    def new_account(cls, code, account_type, **values):
        values |= {"code": code, "name": code, "account_type": account_type}
        return cls.env["account.account"].create(values)

    def taxed_order(self, total, milestones, tax, **values):
        line = {**self.line_values(total), "tax_ids": tax.ids}
        return self.create_order(
            milestones=milestones, confirm=True, order_line=[Command.create(line)], **values
        )

    def on_account(self):
        """Return the posted items on the retention account."""
        return self.env["account.move.line"].search(
            [("account_id", "=", self.retention_account.id), ("parent_state", "=", "posted")]
        )

    # ------------------------------------------------------------------
    # Foreign currency with cash-basis taxes
    # ------------------------------------------------------------------

    def use_cash_basis(self):
        """Have the company pay taxes to the state once bills are paid; return such a tax."""
        self.company.tax_exigibility = True
        waiting = self.new_account("131950", "asset_current", reconcile=True)
        return self.new_tax(
            16, tax_exigibility="on_payment", cash_basis_transition_account_id=waiting.id
        )

    def test_exchange_differences_are_booked_once_with_cash_basis_taxes(self):
        tax = self.use_cash_basis()
        peso = self.env["res.currency"].create({"name": "XPM", "symbol": "X", "rounding": 0.01})
        rates = {"2026-01-01": 0.5, "2026-02-01": 0.4, "2026-03-01": 0.3, "2026-06-01": 0.6}
        for date, rate in {**rates, "2026-09-01": 0.25}.items():
            self.env["res.currency.rate"].create(
                {"currency_id": peso.id, "company_id": self.company.id, "name": date, "rate": rate}
            )
        plan = [("Steel", 500), ("Pumps", 1_250), ("Tests", 300)]
        order = self.taxed_order(
            2_050,
            [self.fixed(name, amount, retention=10) for name, amount in plan],
            tax,
            currency_id=peso.id,
        )
        for milestone, month in zip(order.milestone_ids, (1, 2, 3), strict=True):
            with freeze_time(f"2026-{month:02}-15"):
                self.approve(milestone)
                self.pay(self.bill(milestone, f"2026-{month:02}-15"))
        for month in (6, 9):
            with freeze_time(f"2026-{month:02}-15"):
                _release, bill = self.release(order, amount=102.5)
                self.pay(self.post(bill, f"2026-{month:02}-15"))
        items = self.on_account()
        for field in ("balance", "amount_currency", "amount_residual"):
            self.assertTrue(self.company.currency_id.is_zero(sum(items.mapped(field))), field)
        self.assertEqual(set(items.mapped("reconciled")), {True})
        self.assertEqual(order.retention_open, 0)

    # ------------------------------------------------------------------
    # Early payment discount
    # ------------------------------------------------------------------

    def test_early_payment_discount_leaves_nothing_on_the_retention_account(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % within 10 days, tax less it in any case",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "mixed",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        order = self.taxed_order(
            1_000,
            [self.percent("Switchgear", 100, retention=10)],
            self.new_tax(15),
            payment_term_id=term.id,
        )
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        self.assertEqual(bill.amount_tax, 132.3)
        release, paid_out = self.release(order)
        self.post(paid_out)
        self.assertEqual(release.state, "done")
        taxes = (bill | paid_out).line_ids.filtered("tax_line_id")
        self.assertEqual(round(sum(taxes.mapped("balance")), 2), 147)
        items = self.on_account()
        self.assertEqual(items.retention_order_id, order)
        self.assertTrue(all(item.retention_order_id for item in items))
        self.assertEqual(set(items.mapped("reconciled")), {True})
        self.assertEqual(sum(items.mapped("balance")), 0)

    def test_taxes_do_not_matter_where_nothing_is_retained(self):
        self.company.retention_tax_policy = "on_bill"
        order = self.taxed_order(1_000, [self.percent("Cables", 100)], self.use_cash_basis())
        self.approve(order.milestone_ids)
        self.assertEqual(self.bill(order).amount_total, 1_160)
