from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.purchase_milestone.system.life import LifeCommon


@tagged("post_install", "-at_install")
class TestLocalisations(LifeCommon):
    """The life of an order with the chart of a country and the taxes that it sets by default."""

    def open_company(self, chart, code):
        """Return a new company of that country, whose milestones drive its bills."""
        country = self.env["res.country"].search([("code", "=", code)])
        company = self.env["res.company"].create(
            {"name": f"Docks of {country.name}", "country_id": country.id}
        )
        self.env["account.chart.template"].try_loading(chart, company, install_demo=False)
        self.set_rates(company)
        account = (
            self.env["account.account"]
            .with_company(company)
            .create(
                {
                    "code": "219900",
                    "name": "Retention of vendors",
                    "account_type": "liability_current",
                    "reconcile": True,
                }
            )
        )
        company.write({"retention_account_id": account.id, "milestone_billing": "bill"})
        users = self.buyer | self.approver | self.release_officer | self.accountant
        users.write({"company_ids": [Command.link(company.id)], "company_id": company.id})
        return company

    def live_in(self, chart, code, policies=("on_bill", "on_release")):
        company = self.open_company(chart, code)
        for policy in policies:
            for currency in (company.currency_id, self.foreign):
                with self.subTest(policy=policy, currency=currency.name):
                    company.retention_tax_policy = policy
                    taxes = company.account_purchase_tax_id
                    self.assertTrue(taxes)
                    order, bills = self.live(company, currency, taxes)
                    self.check_books(order, bills)
        return company

    def test_saudi_arabia(self):
        self.live_in("sa", "SA")

    def test_united_arab_emirates(self):
        self.live_in("ae", "AE")

    def test_germany(self):
        self.live_in("de_skr03", "DE")

    def test_france(self):
        self.live_in("fr", "FR")

    def test_spain(self):
        self.live_in("es_pymes", "ES")

    def test_united_kingdom(self):
        self.live_in("uk", "GB")

    def test_canada(self):
        self.live_in("ca_2023", "CA")

    def test_australia(self):
        self.live_in("au", "AU")

    def test_india(self):
        self.live_in("in", "IN")

    def test_mexico(self):
        company = self.live_in("mx", "MX", policies=["on_release"])
        company.retention_tax_policy = "on_bill"
        with self.refused("tax retention at its release instead", UserError):
            self.plan_order(company, company.currency_id, company.account_purchase_tax_id)
