"""Published numbers, as journal entries, line by line."""

from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestPublishedEntries(BillingCommon):
    def test_d365_order_in_two_halves(self):
        order = self.create_order(
            25_000,
            [self.percent("Design", 50, retention=10), self.percent("Build", 50, retention=20)],
            confirm=True,
        )
        first, second = order.milestone_ids
        self.approve(first)
        self.assertEqual(
            self.entry(self.bill(first)),
            [("expense", 12_500), ("payable", -11_250), ("retention", -1_250)],
        )
        self.approve(second)
        self.assertEqual(
            self.entry(self.bill(second)),
            [("expense", 12_500), ("payable", -10_000), ("retention", -2_500)],
        )
        self.assertEqual(order.retention_held, 3_750)
        release, bill = self.release(order)
        self.assertEqual(release.state, "draft")
        self.post(bill)
        self.assertEqual(release.state, "done")
        self.assertEqual(self.entry(bill), [("payable", -3_750), ("retention", 3_750)])
        self.assertEqual(order.retention_open, 0)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertTrue(all(order.sudo().retention_line_ids.mapped("reconciled")))

    def test_procore_sliding_scale_up_to_five_percent_of_the_order(self):
        order = self.create_order(
            400_000,
            [self.percent(f"Stage {n}", 20, retention=10) for n in range(1, 6)],
            confirm=True,
            retention_limit_type="percent",
            retention_limit=5,
        )
        nets = []
        for stage in order.milestone_ids:
            self.approve(stage)
            nets.append(self.bill(stage).amount_total)
        self.assertEqual(nets, [72_000, 72_000, 76_000, 80_000, 80_000])
        self.assertEqual(order.retention_held, 20_000)
        self.assertEqual(self.held_in_books(order), 20_000)

    def test_oracle_two_taxes_all_on_the_bill(self):
        order = self.oracle_order("on_bill")
        bill = self.bill(order)
        self.assertEqual(bill.amount_tax, 200)
        _release, released = self.release(order)
        self.post(released)
        self.assertEqual(released.amount_tax, 0)
        self.assertEqual(released.amount_total, 500)

    def test_oracle_two_taxes_of_the_retained_part_at_release(self):
        order = self.oracle_order("on_release")
        bill = self.bill(order)
        self.assertEqual(bill.amount_tax, 150)
        _release, released = self.release(order)
        self.post(released)
        self.assertEqual(released.amount_tax, 50)
        self.assertEqual(released.amount_total, 550)

    def oracle_order(self, policy):
        self.company.retention_tax_policy = policy
        order = self.create_order(
            2_000,
            [self.percent("Delivery", 100, retention=25)],
            order_line=[(0, 0, {**self.line_values(2_000), "tax_ids": self.new_tax(10).ids})],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        return order

    def test_saudi_arabia_all_tax_at_once(self):
        order, bill = self.bill_with_tax(15, "on_bill")
        self.assertEqual(
            self.entry(bill),
            [
                ("expense", 100_000),
                ("payable", -105_000),
                ("retention", -10_000),
                ("tax", 15_000),
            ],
        )
        _release, released = self.release(order)
        self.post(released)
        self.assertEqual(self.entry(released), [("payable", -10_000), ("retention", 10_000)])

    def test_emirates_tax_of_the_retained_part_at_its_release(self):
        order, bill = self.bill_with_tax(5, "on_release")
        self.assertEqual(
            self.entry(bill),
            [("expense", 100_000), ("payable", -94_500), ("retention", -10_000), ("tax", 4_500)],
        )
        _release, released = self.release(order)
        # Whatever the setting is by then.
        self.company.retention_tax_policy = "on_bill"
        self.post(released)
        self.assertEqual(
            self.entry(released), [("payable", -10_500), ("retention", 10_000), ("tax", 500)]
        )

    def bill_with_tax(self, percent, policy):
        self.company.retention_tax_policy = policy
        line = {**self.line_values(100_000), "tax_ids": self.new_tax(percent).ids}
        order = self.create_order(
            milestones=[self.percent("Handover", 100, retention=10)],
            order_line=[(0, 0, line)],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        return order, self.bill(order)

    def test_release_in_foreign_currency_books_the_exchange_difference(self):
        dollar = self.foreign_currency("2026-01-01", 1.10, "2026-09-01", 1.20)
        order = self.create_order(
            10_000,
            [self.percent("Handover", 100, retention=10)],
            currency_id=dollar.id,
            confirm=True,
        )
        self.approve(order.milestone_ids)
        bill = self.bill(order, "2026-03-31")
        held = bill.line_ids.filtered("retention_order_id")
        self.assertEqual((held.amount_currency, held.balance), (-1_000, -909.09))
        _release, released = self.release(order)
        self.post(released, "2026-10-01")
        paid_out = released.line_ids.filtered("retention_order_id")
        self.assertEqual((paid_out.amount_currency, paid_out.balance), (1_000, 833.33))
        self.assertTrue(held.reconciled and paid_out.reconciled)
        exchange = held.matched_debit_ids.exchange_move_id.line_ids
        self.assertEqual(sorted(exchange.mapped("balance")), [-75.76, 75.76])
        gain = exchange.filtered(lambda line: line.balance < 0)
        self.assertEqual(gain.account_id, self.company.income_currency_exchange_account_id)
        self.assertEqual(
            sum(order.sudo().retention_line_ids.account_id.mapped("current_balance")), 0
        )

    def foreign_currency(self, *dates_and_rates):
        currency = self.env["res.currency"].create(
            {"name": "XFC", "symbol": "F", "rounding": 0.01, "full_name": "Foreign coin"}
        )
        for date, rate in zip(dates_and_rates[::2], dates_and_rates[1::2], strict=True):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "name": date,
                    "rate": rate,
                    "company_id": self.company.id,
                }
            )
        return currency

    def test_order_in_two_halves_raised_after_the_first_was_billed(self):
        order = self.create_order(
            400, [self.percent("Half", 50), self.percent("Rest", 50)], confirm=True
        )
        first, second = order.milestone_ids
        self.approve(first)
        self.assertEqual(self.bill(first).amount_untaxed, 200)
        order.order_line.price_unit = 800
        self.approve(second)
        self.assertEqual(self.bill(second).amount_untaxed, 600)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(order.order_line.qty_invoiced, 1)

    def test_one_milestone_of_one_line_of_three(self):
        order = self.create_order(
            milestones=[self.fixed("First third", 33.35), self.balance("Rest")],
            order_line=[(0, 0, self.line_values(33.35)) for _line in range(3)],
            confirm=True,
        )
        first, rest = order.milestone_ids
        self.approve(first)
        self.assertEqual(self.bill(first).amount_untaxed, 33.35)
        self.approve(rest)
        self.assertEqual(self.bill(rest).amount_untaxed, 66.70)
        self.assertEqual(order.invoice_status, "invoiced")
