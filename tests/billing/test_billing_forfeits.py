"""Retention that is kept for good, and retention that others have settled already."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingForfeits(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.new_tax(15)
        cls.order = cls.billed_order()

    @classmethod
    def billed_order(cls, policy="on_bill", lines=None, **values):
        """Return an order of 1,000 + 15 %, all billed, 100 retained."""
        cls.company.retention_tax_policy = policy
        lines = lines or [{**cls.line_values(1_000), "tax_ids": cls.tax.ids}]
        order = cls.create_order(
            milestones=[cls.percent("Shell", 60, 10), cls.percent("Fit-out", 40, 10)],
            order_line=[Command.create(line) for line in lines],
            confirm=True,
            **values,
        )
        cls.approve(order.milestone_ids)
        cls.bill(order)
        return order.with_env(cls.env)

    def withheld(self, order):
        """Return the bill that withheld the retention, as the accountant sees it."""
        return order.invoice_ids.sorted("id")[0].with_user(self.accountant)

    def forfeit(self, order, **values):
        return self.release(order, outcome="forfeit", early=False, **values)

    def figures(self, record):
        self.env.flush_all()
        names = ("held", "released", "forfeited", "open")
        return tuple(record[f"retention_{name}"] for name in names)

    def test_all_tax_on_the_bill_the_vendor_owes_the_tax_alone(self):
        order = self.order
        self.post(self.release(order, amount=30)[1])
        forfeit, credit = self.forfeit(order, amount=70, reason="Leaking joints")
        self.assertEqual((forfeit.state, order.retention_reserved), ("draft", 70))
        self.assertEqual(self.figures(order), (100, 30, 0, 70))
        self.post(credit)
        self.assertEqual(
            self.entry(credit),
            [("expense", -70), ("payable", 10.5), ("retention", 70), ("tax", -10.5)],
        )
        self.assertEqual((credit.move_type, credit.amount_total), ("in_refund", 10.5))
        self.assertEqual((forfeit.state, order.retention_reserved), ("done", 0))
        self.assertEqual(self.figures(order), (100, 30, 70, 0))
        self.assertEqual(
            [self.figures(milestone) for milestone in order.milestone_ids],
            [(60, 18, 42, 0), (40, 12, 28, 0)],
        )
        self.assertEqual(self.held_in_books(order), 0)
        self.assertTrue(all(order.retention_line_ids.mapped("reconciled")))
        self.assertEqual(order.milestone_ids.mapped("billing_state"), ["billed", "billed"])
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertIn(credit, order.invoice_ids)
        self.assertIn("Retention forfeited", order.message_ids[0].body)
        self.assertIn("Leaking joints", order.message_ids[0].body)

    def test_tax_at_release_nothing_is_payable(self):
        order = self.billed_order("on_release")
        self.assertEqual(self.withheld(order).amount_total, 1_035)
        self.post(self.release(order, amount=30)[1])
        _forfeit, credit = self.forfeit(order)
        self.post(credit)
        self.assertEqual(self.entry(credit), [("expense", -70), ("payable", 0), ("retention", 70)])
        self.assertEqual((credit.amount_total, credit.payment_state), (0, "paid"))
        self.assertEqual(self.figures(order), (100, 30, 70, 0))

    def test_each_tax_set_loses_its_part_of_the_price(self):
        low = self.new_tax(5)
        lines = [
            {**self.line_values(total), "tax_ids": tax.ids}
            for total, tax in ((333.33, self.tax), (333.33, low), (333.34, low.browse()))
        ]
        for policy, total in (("on_bill", 5.0 + 1.67), ("on_release", 0)):
            for rounding in ("round_globally", "round_per_line"):
                with self.subTest(policy=policy, rounding=rounding):
                    self.company.tax_calculation_rounding_method = rounding
                    order = self.billed_order(policy, lines)
                    credit = self.post(self.forfeit(order)[1])
                    self.assertAlmostEqual(credit.amount_total, total, 2)
                    self.assertEqual(self.held_in_books(order), 0)
                    price = credit.invoice_line_ids.filtered(lambda ln: not ln.retention_order_id)
                    self.assertEqual(sorted(price.mapped("price_subtotal")), [33.33, 33.33, 33.34])
                    self.assertEqual(
                        {line.tax_ids for line in price}, {self.tax, low, low.browse()}
                    )

    def test_many_lines_rounded_line_by_line_leave_nothing_payable(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        lines = [{**self.line_values(11.1), "tax_ids": self.tax.ids} for _n in range(3)]
        order = self.billed_order("on_release", lines)
        credit = self.post(self.forfeit(order)[1])
        self.assertEqual(credit.amount_total, 0)

    def test_prices_that_include_taxes_lose_the_untaxed_amount(self):
        included = self.new_tax(20, name="Included", price_include_override="tax_included")
        lines = [{**self.line_values(1_200), "tax_ids": included.ids, "discount": 50}]
        order = self.billed_order("on_bill", lines)
        self.assertEqual(order.retention_held, 50)
        credit = self.post(self.forfeit(order)[1])
        self.assertEqual(
            self.entry(credit),
            [("expense", -50), ("payable", 10), ("retention", 50), ("tax", -10)],
        )

    def test_costs_come_off_where_they_were_booked(self):
        plan = self.env["account.analytic.plan"].create({"name": "Sites"})
        site = self.env["account.analytic.account"].create({"name": "Hall", "plan_id": plan.id})
        line = {**self.line_values(1_000), "analytic_distribution": {str(site.id): 100}}
        order = self.billed_order(lines=[line])
        _forfeit, credit = self.forfeit(order)
        price, retention = credit.invoice_line_ids
        self.assertEqual(price.product_id, self.product)
        self.assertEqual(price.account_id, self.withheld(order).invoice_line_ids[0].account_id)
        self.assertEqual(price.analytic_distribution, {str(site.id): 100})
        self.assertFalse(retention.analytic_distribution or price.purchase_line_id)
        matches = self.env["purchase.bill.line.match"].search([("aml_id", "in", price.ids)])
        self.assertFalse(matches)
        self.assertTrue(credit.is_purchase_matched)

    def test_before_it_is_posted_the_officer_takes_it_back(self):
        order = self.order
        forfeit, credit = self.forfeit(order)
        forfeit.action_cancel()
        self.assertFalse(credit.exists())
        self.assertEqual((forfeit.state, self.figures(order)), ("cancelled", (100, 0, 0, 100)))

    def test_afterwards_once_accounting_has_reset_it(self):
        order = self.order
        forfeit, credit = self.forfeit(order)
        self.post(credit)
        with self.refused(f"has been posted: have its bill {credit.name} reversed"):
            forfeit.action_cancel()
        credit.button_draft()
        self.assertEqual((forfeit.state, order.retention_reserved), ("draft", 100))
        forfeit.action_cancel()
        self.assertEqual((credit.state, forfeit.state), ("cancel", "cancelled"))
        self.assert_open_again(order)

    def test_or_reversed_it(self):
        for policy in ("on_bill", "on_release"):
            order = self.billed_order(policy)
            forfeit, credit = self.forfeit(order)
            self.post(credit)
            bill = credit._reverse_moves([{"invoice_date": "2026-04-30"}])
            self.assertEqual((bill.move_type, forfeit.state), ("in_invoice", "done"))
            self.post(bill)
            self.assertEqual(forfeit.state, "cancelled")
            self.assert_open_again(order)
            with self.refused("has to stay posted"):
                bill.button_draft()
            self.post(self.release(order)[1])
            self.assertEqual(order.retention_open, 0)

    def assert_open_again(self, order):
        self.assertEqual(self.figures(order), (100, 0, 0, 100))
        self.assertEqual(self.held_in_books(order), 100)
        self.assertIn("Forfeiture of retention cancelled", order.message_ids[0].body)

    def test_what_was_decided_is_what_posts(self):
        order = self.order
        _forfeit, credit = self.forfeit(order, amount=70)
        credit = credit.with_user(self.accountant)
        price, retention = credit.invoice_line_ids
        for command in (
            Command.update(price.id, {"price_unit": 80}),
            Command.update(retention.id, {"price_unit": 60}),
            Command.delete(retention.id),
        ):
            with self.refused("is not the .*70.00 of the release"):
                credit.invoice_line_ids = [command]
                self.post(credit)
        credit.action_update_fpos_values()
        self.post(credit)
        self.assertEqual(credit.amount_total, 10.5)

    def test_more_than_is_open_is_not_forfeited(self):
        order = self.order
        self.release(order, amount=30)
        with self.refused("70.01 is more than the .*70.00 that is open"):
            self.forfeit(order, amount=70.01)
        with self.refused("give a reason"):
            self.forfeit(order, reason=" ")

    def test_a_percentage_is_of_what_is_not_paid_out(self):
        order = self.order
        self.post(self.release(order, amount=30)[1])
        half, credit = self.forfeit(order, percentage=50)
        self.assertEqual(half.amount, 35)
        self.post(credit)
        rest, _bill = self.release(order, percentage=100)
        self.assertEqual(rest.amount, 35)

    def test_acceptance_part_is_of_what_is_kept(self):
        order = self.billed_order(retention_acceptance_percent=50, retention_period_days=365)
        order.with_user(self.approver).action_final_acceptance()
        self.post(self.forfeit(order, amount=60)[1])
        self.assertEqual(order._get_retention_due(order.date_final_acceptance), 20)
        row = self.env["purchase.retention.report"].search([("order_id", "=", order.id)])
        self.assertEqual((row.retention_due, row.retention_forfeited), (20, 60))
        self.assertEqual((row.retention_open, row.retention_difference), (40, 0))
        # It was no release upon the acceptance.
        order.with_user(self.approver).action_revoke_acceptance("Leaking joints")

    def test_the_bill_that_withheld_it_stays_posted(self):
        order = self.order
        self.post(self.forfeit(order, amount=10)[1])
        with self.refused("Retention of this bill has been released"):
            self.withheld(order).button_draft()

    def test_foreign_currency_leaves_nothing_on_the_account(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        for date, rate in (("2026-01-01", 0.5), ("2026-05-01", 0.8)):
            self.env["res.currency.rate"].create(
                {"currency_id": euro.id, "name": date, "rate": rate, "company_id": self.company.id}
            )
        order = self.billed_order("on_release", currency_id=euro.id)
        self.post(self.forfeit(order)[1], "2026-05-31")
        lines = self.env["account.move.line"].search(
            [("account_id", "=", self.retention_account.id), ("parent_state", "=", "posted")]
        )
        lines -= self.order.retention_line_ids
        left = sum(lines.mapped("balance"))
        self.assertTrue(self.company.currency_id.is_zero(left))
        self.assertTrue(all(lines.mapped("reconciled")))

    def test_the_dialog_forfeits(self):
        order = self.order
        dialogs = self.env["purchase.retention.release.create"].with_user(self.release_officer)
        with Form(dialogs.with_context(default_order_id=order.id)) as form:
            form.outcome = "forfeit"
            form.percentage = 70
            form.reason = "Leaking joints"
        form.record.action_confirm()
        release = order.retention_release_ids
        self.assertEqual((release.amount, release.sudo().bill_id.move_type), (70, "in_refund"))
        with self.refused("Only drafts can be changed"):
            release.outcome = "pay"

    # ------------------------------------------------------------------
    # Settled by others
    # ------------------------------------------------------------------

    def write_off(self, order, amount):
        """Write retention off by an entry, as the accountant, and reconcile it."""
        entry = (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "line_ids": [
                        Command.create({"account_id": account.id, "balance": balance})
                        for account, balance in (
                            (self.retention_account, amount),
                            (self.tax_account, -amount),
                        )
                    ]
                }
            )
        )
        entry.action_post()
        both = self.withheld(order).line_ids.filtered("retention_order_id") | entry.line_ids[0]
        both.with_user(self.accountant).reconcile()
        return entry

    def test_what_is_written_off_is_neither_released_nor_forfeited(self):
        order = self.order
        entry = self.write_off(order, 100)
        self.assertEqual(order.retention_open, 100)
        for outcome in ("pay", "forfeit"):
            with self.refused(f"only .*0.00 is still open .*settled by {entry.name}"):
                self.release(order, outcome=outcome)
        entry.button_draft()
        entry.button_cancel()
        self.post(self.release(order)[1])
        self.assertEqual(order.retention_open, 0)

    def test_a_part_that_is_left_can_be_released(self):
        order = self.billed_order("on_release")
        entry = self.write_off(order, 40)
        with self.refused(f"of .*60.01, only .*60.00 is .*{entry.name}"):
            self.release(order, amount=60.01)
        _release, bill = self.release(order, amount=45)
        with self.refused("of .*15.01, only .*15.00"):
            self.release(order, amount=15.01)
        self.post(bill)
        _release, rest = self.release(order, amount=15)
        self.post(rest)
        self.assertTrue(all(order.retention_line_ids.mapped("reconciled")))

    def test_what_is_written_off_meanwhile_is_noticed_at_posting(self):
        order = self.order
        _release, bill = self.release(order)
        entry = self.write_off(order, 1)
        with self.refused(f"only .*99.00 is still open .*{entry.name}"):
            self.post(bill)

    def test_another_account_pays_what_one_has_settled(self):
        order = self.order
        first = order.order_line.copy({"order_id": order.id, "product_qty": 1})
        order.write(
            {"milestone_ids": [Command.create(self.fixed("More", first.price_subtotal, 10))]}
        )
        self.approve(order.milestone_ids[-1])
        former = self.retention_account
        self.company.retention_account_id = former.copy({"code": "211901", "reconcile": True})
        self.bill(order)
        self.write_off(order, 100)
        _release, bill = self.release(order, amount=100)
        self.assertEqual(
            bill.invoice_line_ids.mapped("account_id"), self.company.retention_account_id
        )
        self.post(bill)
        self.assertEqual(order.retention_open, 100)
