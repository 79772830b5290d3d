from odoo.exceptions import UserError, ValidationError
from odoo.fields import Date
from odoo.tests import freeze_time, new_test_user, tagged

from ..common import PURCHASE_MANAGER
from ..retention.common import RetentionCommon


@tagged("post_install", "-at_install")
class TestCurrencies(RetentionCommon):
    """Docks in Hamburg and Houston, with rates of their own, that buy in Japan and Kuwait too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        currencies = cls.env["res.currency"].with_context(active_test=False)
        currencies = currencies.search([("name", "in", ("EUR", "USD", "JPY", "KWD"))])
        currencies.active = True
        cls.currencies = {currency.name: currency for currency in currencies}
        cls.hamburg = cls.new_company("Hamburg Docks", "EUR")
        cls.houston = cls.new_company("Houston Docks", "USD")
        cls.set_rates(cls.hamburg, "2026-01-01", USD=1.25, JPY=160, KWD=0.35)
        cls.set_rates(cls.hamburg, "2026-06-01", USD=1.6, JPY=150, KWD=0.5)
        cls.set_rates(cls.houston, "2026-01-01", EUR=0.8, JPY=128, KWD=0.28)
        cls.set_rates(cls.houston, "2026-06-01", EUR=0.5, JPY=100, KWD=0.3)
        companies = cls.hamburg | cls.houston
        cls.planner = new_test_user(
            cls.env,
            "ms_planner",
            PURCHASE_MANAGER,
            company_id=cls.hamburg.id,
            company_ids=[(6, 0, companies.ids)],
        )
        for user in (cls.buyer, cls.approver, cls.release_officer):
            user.write({"company_ids": [(6, 0, companies.ids)], "company_id": cls.hamburg.id})

    @classmethod
    def new_company(cls, name, code):
        values = {"name": name, "currency_id": cls.currencies[code].id}
        return cls.env["res.company"].create(values)

    @classmethod
    def set_rates(cls, company, date, **rates):
        """Say what the company's currency is worth in others from that day on."""
        for code, rate in rates.items():
            cls.env["res.currency.rate"].create(
                {
                    "company_id": company.id,
                    "currency_id": cls.currencies[code].id,
                    "name": date,
                    "rate": rate,
                }
            )

    def in_company(self, company, model_name):
        """Return the model for the planner with both companies switched on, that one first."""
        companies = company | self.hamburg | self.houston
        model = self.env[model_name].with_user(self.planner)
        return model.with_context(allowed_company_ids=companies.ids)

    def order_of(self, company, code, total, milestones=(), confirm=False, **values):
        """Return an order that the company places in that currency."""
        order = self.in_company(company, "purchase.order").create(
            {
                "partner_id": self.vendor.id,
                "currency_id": self.currencies[code].id,
                "order_line": [(0, 0, self.line_values(total))],
                "milestone_ids": [(0, 0, milestone) for milestone in milestones],
                **values,
            }
        )
        if confirm:
            order.button_confirm()
        return order

    def new_template(self, lines, **values):
        lines = [(0, 0, {"sequence": index, **line}) for index, line in enumerate(lines)]
        return self.env["purchase.milestone.template"].create(
            {"name": "Dry dock", "line_ids": lines, **values}
        )

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------

    def test_shares_and_retention_in_the_smallest_coin(self):
        thirds = [33.333333, 33.333333, 33.333334]
        for code, total, amounts, retentions, nets in (
            ("EUR", 100, [33.33, 33.33, 33.34], [1.67, 1.67, 1.67], [31.66, 31.66, 31.67]),
            ("JPY", 1_000, [333, 333, 334], [17, 17, 17], [316, 316, 317]),
            ("KWD", 10, [3.333, 3.333, 3.334], [0.167, 0.167, 0.167], [3.166, 3.166, 3.167]),
        ):
            with self.subTest(currency=code):
                plan = [self.percent(f"Third {p}", p, retention=5) for p in thirds]
                milestones = self.order_of(self.hamburg, code, total, plan).milestone_ids
                self.assertEqual(milestones.mapped("amount"), amounts)
                self.assertEqual(milestones.mapped("retention_amount"), retentions)
                self.assertEqual([round(net, 6) for net in milestones.mapped("net_amount")], nets)

    def test_plan_may_exceed_by_less_than_the_smallest_coin(self):
        for code, total, fits, exceeds in (
            ("EUR", 100, 100.004, 100.006),
            ("JPY", 100, 100.4, 100.6),
            ("KWD", 100, 100.0004, 100.0006),
        ):
            with self.subTest(currency=code):
                order = self.order_of(self.houston, code, total, confirm=True)
                order.milestone_ids = [(0, 0, self.fixed("Gate", fits))]
                self.assertEqual(order.milestone_ids.amount, 100)
                with self.refused("exceed its untaxed total by", ValidationError):
                    order.milestone_ids.amount = exceeds

    def test_another_currency_brings_the_pending_plan_into_its_coins(self):
        plan = [
            self.fixed("Gate", 33.5, retention=10),
            self.percent("Pumps", 33.3333, retention=10),
            self.balance("Rest", retention=10),
        ]
        order = self.order_of(self.houston, "USD", 100, plan)
        for code, amounts, retentions, nets in (
            ("KWD", [33.5, 33.333, 33.167], [3.35, 3.333, 3.317], [30.15, 30, 29.85]),
            ("JPY", [34, 33, 33], [3, 3, 3], [31, 30, 30]),
            ("EUR", [34, 33.33, 32.67], [3.4, 3.33, 3.27], [30.6, 30, 29.4]),
        ):
            with self.subTest(currency=code):
                order.currency_id = self.currencies[code]
                self.env.flush_all()
                self.env.invalidate_all()
                milestones = order.milestone_ids
                self.assertEqual(milestones.currency_id.name, code)
                self.assertEqual(milestones.mapped("amount"), amounts)
                self.assertEqual(milestones.mapped("retention_amount"), retentions)
                self.assertEqual([round(net, 6) for net in milestones.mapped("net_amount")], nets)
                self.assertEqual(order.milestone_unallocated, 0)

    def test_amounts_typed_too_fine_are_in_whole_coins_before_the_plan_counts_on_them(self):
        for code, typed, plan in (
            ("EUR", 33.335, [33.34, 66.66]),
            ("JPY", 33.5, [34, 66]),
            ("KWD", 33.3335, [33.334, 66.666]),
        ):
            with self.subTest(currency=code):
                lines = [self.fixed("Gate", typed), self.balance("Rest")]
                order = self.order_of(self.hamburg, code, 100, lines, confirm=True)
                self.assertEqual(order.milestone_ids.mapped("amount"), plan)
                self.assertEqual(order.milestone_amount, 100)

    def test_limit_and_part_due_at_acceptance_are_whole_coins(self):
        for code, total, limit, due in (
            ("EUR", 100, 3.33, 1.67),
            ("JPY", 1_000, 33, 17),
            ("KWD", 10, 0.333, 0.167),
        ):
            with self.subTest(currency=code):
                order = self.order_of(
                    self.hamburg,
                    code,
                    total,
                    [self.percent("Gate", 100, retention=10)],
                    confirm=True,
                    retention_limit_type="percent",
                    retention_limit=3.333,
                    retention_period_days=90,
                    retention_acceptance_percent=50,
                )
                self.bring_to(order.milestone_ids, "approved")
                self.assertEqual(order.retention_held, limit)
                order.with_user(self.approver).action_final_acceptance()
                self.assertEqual(order._get_retention_due(Date.context_today(order)), due)
                self.new_release(order, amount=due).action_confirm()
                self.assertAlmostEqual(order.retention_open, limit - due)

    # ------------------------------------------------------------------
    # Templates
    # ------------------------------------------------------------------

    def test_template_is_converted_by_each_company_at_each_orders_date(self):
        template = self.new_template(
            [self.fixed("Mobilisation", 999.99), self.balance("Rest")],
            currency_id=self.currencies["USD"].id,
        )
        expected = {
            (self.hamburg, "EUR"): (799.99, 624.99),
            (self.hamburg, "USD"): (999.99, 999.99),
            (self.hamburg, "JPY"): (127_999, 93_749),
            (self.hamburg, "KWD"): (279.997, 312.497),
            (self.houston, "EUR"): (799.99, 500.0),
            (self.houston, "JPY"): (127_999, 99_999),
            (self.houston, "KWD"): (279.997, 299.997),
        }
        amounts = {}
        for (company, code), converted in expected.items():
            for date, amount in zip(("2026-03-01", "2026-07-01"), converted, strict=True):
                order = self.order_of(company, code, 500_000, date_order=f"{date} 12:00")
                amounts[order] = amount
        orders = self.in_company(self.hamburg, "purchase.order").concat(*amounts)
        values = {"order_ids": orders.ids, "template_id": template.id}
        dialog = self.in_company(self.hamburg, "purchase.milestone.template.apply").create(values)
        self.assertEqual(dialog.company_ids, self.hamburg | self.houston)
        dialog.action_apply()
        for order, amount in amounts.items():
            case = f"{order.company_id.name} {order.currency_id.name} {order.date_order:%m}"
            mobilisation, rest = order.milestone_ids
            self.assertEqual(mobilisation.amount, amount, case)
            self.assertAlmostEqual(rest.amount, 500_000 - amount, 6, case)

    def test_template_of_one_company_is_not_for_both(self):
        template = self.new_template([self.percent("Gate", 50)], company_id=self.hamburg.id)
        ours = self.order_of(self.hamburg, "EUR", 100)
        theirs = self.order_of(self.houston, "EUR", 100)
        values = {"order_ids": (ours | theirs).ids, "template_id": template.id}
        dialog = self.in_company(self.hamburg, "purchase.milestone.template.apply").create(values)
        with self.refused(f"another company than {theirs.name}", UserError):
            dialog.action_apply()
        self.assertFalse((ours | theirs).milestone_ids)

    def test_each_company_has_its_default_plan(self):
        for company, code in ((self.hamburg, "EUR"), (self.houston, "USD")):
            company.milestone_template_id = self.new_template(
                [self.fixed(f"Advance in {code}", 1_000)],
                company_id=company.id,
                currency_id=self.currencies[code].id,
            )
        for company, code, plan in (
            (self.hamburg, "EUR", [("Advance in EUR", 1_000)]),
            (self.hamburg, "USD", [("Advance in EUR", 1_250)]),
            (self.houston, "EUR", [("Advance in USD", 800)]),
            (self.houston, "USD", [("Advance in USD", 1_000)]),
        ):
            order = self.order_of(company, code, 5_000, date_order="2026-03-01 12:00")
            self.assertEqual([(m.name, m.amount) for m in order.milestone_ids], plan)

    # ------------------------------------------------------------------
    # Totals
    # ------------------------------------------------------------------

    @freeze_time("2026-07-01 12:00")
    def test_totals_of_lists_by_currency_and_in_the_currency_of_the_company_at_work(self):
        half_totals = {"EUR": 800, "USD": 1_000, "JPY": 120_000, "KWD": 300}
        plan = [self.percent("Gate", 50, retention=10)]
        for company in (self.hamburg, self.houston):
            for code, half in half_totals.items():
                order = self.order_of(company, code, 2 * half, plan, confirm=True)
                self.bring_to(order.milestone_ids, "approved")
                self.new_release(order, early=True).action_confirm()
        for company, total in (
            (self.hamburg, 800 + 1_000 / 1.6 + 120_000 / 150 + 300 / 0.5),
            (self.houston, 800 / 0.5 + 1_000 + 120_000 / 100 + 300 / 0.3),
        ):
            for model_name, field, part in (
                ("purchase.milestone", "amount", 1),
                ("purchase.milestone", "retention_amount", 0.1),
                ("purchase.order", "milestone_amount", 1),
                ("purchase.order", "retention_released", 0.1),
                ("purchase.retention.release", "amount", 0.1),
            ):
                with self.subTest(company=company.name, model=model_name, field=field):
                    model = self.in_company(company, model_name)
                    both = [("company_id", "in", (self.hamburg | self.houston).ids)]
                    sums = [f"{field}:sum", f"{field}:sum_currency"]
                    self.assertEqual(
                        {
                            group["currency_id"][1]: group[f"{field}:sum"]
                            for group in model.formatted_read_group(both, ["currency_id"], sums)
                        },
                        {code: 2 * half * part for code, half in half_totals.items()},
                    )
                    for domain, companies in ((both, 2), ([("company_id", "=", company.id)], 1)):
                        (group,) = model.formatted_read_group(domain, [], sums)
                        self.assertAlmostEqual(
                            group[f"{field}:sum_currency"], total * part * companies
                        )
