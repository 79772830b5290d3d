from lxml import html

from odoo import fields
from odoo.tests import tagged

from ..common import RELEASE_OFFICER
from .common_billing import PortalBillingCommon

ASK = "//form[@id='retention_request']"


@tagged("post_install", "-at_install", "slow")
class TestPortalRetention(PortalBillingCommon):
    """A vendor sees what is retained, and asks for what is due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.create_order(
            90_000,
            milestones=[
                cls.percent("Basement", 33.333333, retention=10),
                cls.percent("Roof", 66.666667, retention=10),
            ],
            confirm=True,
            milestone_billing="track",
            retention_acceptance_percent=50,
            retention_period_days=365,
        )
        cls.decide(cls.term.milestone_ids)
        cls.requested = "purchase_milestone.mail_activity_type_retention_request"

    def statement_url(self, order=None, token=None):
        token = f"?access_token={token}" if token else ""
        return f"/my/purchase/{(order or self.term).id}/retention{token}"

    def accept(self, days=0):
        date = fields.Date.subtract(fields.Date.today(), days=days)
        self.term.with_user(self.approver).action_final_acceptance(date)

    def ask(self, order=None, **data):
        return self.send_form(self.statement_url(order), **data)

    def requests(self):
        return self.term.activity_search([self.requested])

    def cells(self, page, table):
        return [
            [cell.text_content().strip().replace("\xa0", " ") for cell in row.xpath("./td")]
            for row in page.xpath(f"//table[@id='{table}']//tr[td]")
        ]

    def release_half(self):
        release = (
            self.env["purchase.retention.release"]
            .with_user(self.release_officer)
            .create({"order_id": self.term.id, "reason": "Secret reason", "amount": 4_500})
        )
        release.action_confirm()

    # ------------------------------------------------------------------
    # The statement
    # ------------------------------------------------------------------

    def test_the_statement_to_the_cent(self):
        self.accept(days=10)
        self.release_half()
        self.log_in(self.supplier)
        page = self.page(self.statement_url())
        totals = [
            [name, amount.lstrip("$ ")] for name, amount in self.cells(page, "retention_totals")
        ]
        self.assertEqual(
            totals,
            [
                ["Held", "9,000.00"],
                ["Released", "4,500.00"],
                ["Forfeited", "0.00"],
                ["Open", "4,500.00"],
                ["Due today", "0.00"],
            ],
        )
        rows = self.cells(page, "retention_milestones")
        self.assertEqual([row[0] for row in rows], ["Basement", "Roof"])
        self.assertEqual(
            [[cell.lstrip("$ ") for cell in row[2:]] for row in rows],
            [
                ["3,000.00", "3,000.00", "1,500.00", "0.00", "1,500.00"],
                ["6,000.00", "6,000.00", "3,000.00", "0.00", "3,000.00"],
            ],
        )
        text = page.text_content()
        self.assertIn("50 % of what is held is due at the final acceptance", text)
        self.assertIn("The rest is due 365 days after the final acceptance", text)
        self.assertNotIn("Secret reason", text)
        self.assertNotIn(self.release_officer.name, text)

    def test_the_page_of_the_order_says_what_is_due_today(self):
        self.accept(days=10)
        self.log_in(self.supplier)
        url = f"/my/purchase/{self.term.id}"
        (figures,) = self.page(url).xpath("//dl[@id='milestone_retention_figures']")
        figures = " ".join(figures.text_content().replace("\xa0", " ").split())
        self.assertRegex(figures, r"Due today \S*\s?4,500.00")
        self.release_half()
        self.assertNotIn("Due today", self.page(url).text_content())

    def test_the_page_of_the_order_says_when_it_becomes_due(self):
        """Before the final acceptance as after it, and before anything is retained."""
        self.log_in(self.supplier)
        planned = self.create_order(
            1_000,
            [self.percent("Fence", 100, retention=10)],
            confirm=True,
            retention_period_days=90,
            retention_limit_type="percent",
            retention_limit=7.77,
        )
        plain = self.create_order(1_000, [self.percent("Fence", 100)], confirm=True)
        half, rest, later = (
            "50 % of what is held is due at the final acceptance.",
            "The rest is due 365 days after the final acceptance.",
            "It is due 90 days after the final acceptance.",
        )
        for order, terms in ((self.term, [half, rest]), (planned, [later]), (plain, [])):
            page = self.page(f"/my/purchase/{order.id}")
            items = page.xpath("//*[@id='milestone_retention_terms']/li")
            self.assertEqual([item.text_content() for item in items], terms)
            self.assertNotIn("7.77", page.text_content())
        self.accept()
        self.assertIn(rest, self.page(f"/my/purchase/{self.term.id}").text_content())

    def test_the_statement_as_pdf(self):
        self.accept()
        self.vendor.lang = "en_US"
        report = self.env["ir.actions.report"]._render_qweb_html(
            "purchase_milestone.report_retention_statement", self.term.ids
        )[0]
        text = html.fromstring(report.decode()).text_content()
        for words in (self.term.name, "9,000.00", "4,500.00", "Basement", "Roof", "365 days"):
            self.assertIn(words, text)
        self.log_in(self.supplier)
        response = self.url_open(f"{self.statement_url()}?report_type=pdf")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertIn("Retention_Statement", response.headers["Content-Disposition"])

    def test_a_token_reads_the_statement(self):
        self.accept()
        self.log_in(None)
        token = self.term._portal_ensure_token()
        page = self.page(self.statement_url(token=token))
        self.assertIn("9,000.00", page.text_content())
        self.assertFalse(page.xpath(ASK))

    def test_queries_do_not_grow_with_the_milestones(self):
        large = self.create_order(
            milestones=[self.percent(f"Section {n}", 5, retention=10) for n in range(20)],
            confirm=True,
            milestone_billing="track",
        )
        self.decide(large.milestone_ids)
        counts = []
        # The first one fills what Odoo keeps for long.
        for order in (self.term, self.term, large):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            statement = order._get_retention_statement()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(statement["milestones"]), 20)
        self.assertEqual(counts[1], counts[2])

    # ------------------------------------------------------------------
    # The request
    # ------------------------------------------------------------------

    def test_what_is_due_is_asked_for_once(self):
        self.log_in(self.supplier)
        self.assertFalse(self.page(self.statement_url()).xpath(ASK))
        response = self.ask()
        self.assertEqual(response.status_code, 422)
        self.assertIn("No retention is due today", response.text)
        self.accept()
        self.assertTrue(self.page(self.statement_url()).xpath(ASK))
        self.assertEqual(self.ask(amount="9000").status_code, 303)
        request = self.requests()
        self.assertEqual(request.user_id, self.release_officer)
        self.assertIn("4,500.00", request.note)
        response = self.ask()
        self.assertIn("You have asked for it already", response.text)
        self.assertEqual(self.requests(), request)
        page = self.page(self.statement_url())
        self.assertFalse(page.xpath(ASK))
        self.assertTrue(page.xpath("//*[@id='retention_asked']"))

    def test_the_release_answers_the_request(self):
        self.accept()
        self.log_in(self.supplier)
        self.ask()
        self.release_half()
        self.assertFalse(self.requests())
        self.assertIn("No retention is due today", self.ask().text)

    def test_without_a_release_officer_the_buyer_is_asked(self):
        self.env.ref(RELEASE_OFFICER).user_ids = False
        self.accept()
        self.log_in(self.colleague)
        self.ask()
        self.assertEqual(self.requests().user_id, self.buyer)

    # ------------------------------------------------------------------
    # Who may not
    # ------------------------------------------------------------------

    def test_whoever_is_not_of_the_vendor_asks_for_nothing(self):
        self.accept()
        token = self.term._portal_ensure_token()
        for user in (None, self.stranger, self.buyer):
            self.log_in(user)
            for url in (self.statement_url(), self.statement_url(token=token)):
                response = self.send_form(url, access_token=token)
                self.assertEqual(response.status_code, 404, user)
        self.log_in(self.stranger)
        for url in (self.statement_url(), f"{self.statement_url()}?report_type=pdf"):
            self.assertEqual(self.url_open(url).status_code, 404)
        self.assertFalse(self.requests())

    def test_nothing_where_the_portal_is_off(self):
        self.accept()
        self.log_in(self.supplier)
        for record in (self.company, self.term):
            record.milestone_portal = False
            self.assertEqual(self.url_open(self.statement_url()).status_code, 404)
            self.assertEqual(self.ask().status_code, 404)
            record.milestone_portal = True
        self.assertFalse(self.requests())
