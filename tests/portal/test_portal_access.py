import json

from odoo.tests import tagged

from .common import PDF, PortalCommon


@tagged("post_install", "-at_install", "slow")
class TestPortalAccess(PortalCommon):
    """Whoever may not see a milestone is answered as if it did not exist, and writes nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.create_order(
            10_000,
            [cls.percent("Gate", 100)],
            confirm=True,
            partner_id=cls.rival.id,
        )
        cls.gate = cls.theirs.milestone_ids
        cls.gate.action_start()
        cls.token = cls.order._portal_ensure_token()

    def addresses(self, order_id, milestone_id):
        page = f"/my/purchase/{order_id}/milestones/{milestone_id}"
        return page, f"{page}/deliver", f"{page}/withdraw", f"{page}/documents/1"

    def assert_hidden(self, user, order_id, milestone_id, token=None):
        """Assert that all addresses answer 404, or ask for a login, and nothing is written."""
        self.log_in(user)
        before = self.deliveries
        query = f"?access_token={token}" if token else ""
        page, deliver, withdraw, document = self.addresses(order_id, milestone_id)
        for url in (page, document):
            self.assertEqual(self.url_open(url + query).status_code, 404, url)
        for url in (deliver, withdraw):
            response = self.send_form(url + query, number="1", percentage="100", access_token=token)
            if user:
                self.assertEqual(response.status_code, 404, url)
            else:
                self.assertIn("/web/login", response.headers["Location"])
        self.assertEqual(self.deliveries, before)

    def test_strangers_and_guessed_ids(self):
        order, survey = self.order.id, self.survey.id
        for name, *arguments in (
            ("nobody", None, order, survey),
            ("another vendor", self.stranger, order, survey),
            ("a wrong token", self.stranger, order, survey, "0" * 36),
            ("a token of other letters", self.stranger, order, survey, "é" * 36),
            ("the milestone of another order", self.supplier, order, self.gate.id),
            ("another vendor's order", self.supplier, self.theirs.id, self.gate.id),
            ("another vendor's order, own milestone", self.supplier, self.theirs.id, survey),
            ("a guessed milestone", self.supplier, order, 2_000_000_000),
            ("a guessed order", self.supplier, 2_000_000_000, survey),
            ("numbers that no table holds", self.supplier, 10**30, 10**30),
            ("another order's token", self.supplier, self.theirs.id, self.gate.id, self.token),
        ):
            with self.subTest(name):
                self.assert_hidden(*arguments)

    def test_switched_off(self):
        request = self.create_order(1_000, [self.percent("Fence", 100)])
        for name, record, values in (
            ("the company's portal", self.company, {"milestone_portal": False}),
            ("the company's milestones", self.company, {"milestone_enabled": False}),
            ("the order's portal", self.order, {"milestone_portal": False}),
        ):
            with self.subTest(name):
                before = {field: record[field] for field in values}
                record.sudo().write(values)
                self.assert_hidden(self.supplier, self.order.id, self.survey.id)
                self.assertNotIn("Survey", self.page("/my/milestones").text_content())
                order_page = self.page(f"/my/purchase/{self.order.id}").text_content()
                self.assertNotIn("Survey", order_page)
                record.sudo().write(before)
        self.assert_hidden(self.supplier, request.id, request.milestone_ids.id)

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        other.milestone_portal = True
        order = self.create_order(1_000, [self.percent("Quay", 100)])
        self.env.cr.execute(
            "UPDATE purchase_order SET company_id = %s, state = 'purchase' WHERE id = %s",
            [other.id, order.id],
        )
        self.env.invalidate_all()
        self.assert_hidden(self.supplier, order.id, order.sudo().milestone_ids.id)

    def test_a_token_reads_and_writes_nothing(self):
        self.log_in(None)
        page = self.page(self.url(token=self.token))
        self.assertIn("Survey", page.text_content())
        self.assertFalse(page.xpath("//form[contains(@action, '/deliver')]"))
        self.assertTrue(page.xpath("//a[contains(@href, '/web/login')]"))
        self.log_in(self.stranger)
        self.assertIn("Survey", self.page(self.url(token=self.token)).text_content())
        response = self.send_form(
            self.url(suffix="/deliver", token=self.token), number="1", access_token=self.token
        )
        self.assertEqual(response.status_code, 404)
        self.assertFalse(self.deliveries)

    def test_a_form_without_its_csrf_token_is_refused(self):
        self.log_in(self.supplier)
        response = self.deliver(csrf_token="")
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.deliveries)

    def test_a_colleague_of_the_same_vendor_goes_on(self):
        self.log_in(self.supplier)
        self.deliver()
        self.log_in(self.colleague)
        self.assertIn("Nora Lind", self.page(self.url()).text_content())
        self.send_form(self.url(suffix="/withdraw"), number="1")
        self.assertEqual(self.survey.submission_ids.state, "withdrawn")

    def test_a_document_is_seen_once_it_is_shown(self):
        hidden = self.env["ir.attachment"].create(
            {"name": "Only for us.pdf", "raw": PDF, "res_model": "purchase.milestone"}
            | {"res_id": self.survey.id}
        )
        self.log_in(self.supplier)
        url = self.url(suffix=f"/documents/{hidden.id}")
        self.assertNotIn("Only for us.pdf", self.page(self.url()).text_content())
        self.assertEqual(self.url_open(url).status_code, 404)
        hidden.with_user(self.buyer).action_show_to_vendor()
        self.assertIn("Only for us.pdf", self.page(self.url()).text_content())
        self.assertEqual(self.url_open(url).content, PDF)

    def test_the_plan_shows_parts_under_their_milestone(self):
        part = self.survey.with_user(self.buyer).action_complete_part(percentage=40)
        self.log_in(self.supplier)
        page = self.page(f"/my/purchase/{self.order.id}")
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.xpath("td")]
            for row in page.xpath("//table[@id='purchase_milestone_table']/tbody/tr")
        ]
        self.assertEqual(
            [(row[0], row[-3]) for row in rows],
            [
                ("Survey", "$ 30,000.00"),
                (f"{part.name} Waiting for approval", "$ 12,000.00"),
                ("Rest To deliver", "$ 18,000.00"),
                ("Foundations Not started", "$ 70,000.00"),
            ],
        )

    def test_vendors_have_no_access_to_the_models(self):
        self.log_in(self.supplier)
        self.deliver(files=[("Report.pdf", PDF)])
        document = self.survey.submission_ids.attachment_ids
        self.assertNotEqual(self.url_open(f"/web/content/{document.id}").content, PDF)
        for model in ("purchase.milestone", "purchase.milestone.submission"):
            self.assertFalse(self.env[model].with_user(self.supplier).has_access("read"))

    def test_the_list_opens_with_what_is_left_to_do(self):
        self.bring_to(self.order.milestone_ids[1], "approved")
        self.log_in(self.supplier)
        page = self.page("/my/milestones")
        self.assertEqual([row.text for row in page.xpath("//tbody//a")], ["Survey"])
        for query in ("?filterby=all", "?filterby=all&search=found"):
            self.assertIn("Foundations", self.page(f"/my/milestones{query}").text_content())
        self.survey.with_user(self.buyer).action_complete()
        self.survey.with_user(self.approver).action_approve()
        page = self.page("/my/milestones")
        self.assertIn("No milestones are found here", page.text_content())
        (link,) = page.xpath("//p/a[contains(., 'Show all milestones')]/@href")
        self.assertEqual(len(self.page(link).xpath("//tbody//tr")), 2)

    def test_the_list_finds_sorts_and_counts(self):
        self.log_in(self.supplier)
        names = lambda url: [a.text for a in self.page(url).xpath("//tbody//a")]  # noqa: E731
        self.assertEqual(len(names("/my/milestones")), 2)
        self.assertEqual(names("/my/milestones?search=surv"), ["Survey"])
        self.assertEqual(names("/my/milestones?filterby=deliver"), ["Survey"])
        self.assertEqual(names("/my/milestones?sortby=amount"), ["Foundations", "Survey"])
        self.assertEqual(len(names("/my/milestones?filterby=x&sortby=y&search=%00")), 2)
        counters = self.url_open(
            "/my/counters",
            data=json.dumps({"params": {"counters": ["purchase_milestone_count"]}}),
            headers={"Content-Type": "application/json"},
        ).json()["result"]
        self.assertEqual(counters, {"purchase_milestone_count": 2})
