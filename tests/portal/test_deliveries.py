from odoo.tests import tagged

from .common import PDF, PNG, PortalCommon


@tagged("post_install", "-at_install")
class TestDeliveries(PortalCommon):
    """A vendor delivers, and the responsible accepts or returns."""

    def test_the_pages_show_what_to_deliver(self):
        self.log_in(self.supplier)
        for url in ("/my/milestones", f"/my/purchase/{self.order.id}", self.url()):
            with self.subTest(url=url):
                text = self.page(url).text_content()
                self.assertIn("Survey", text)
                self.assertIn("To deliver", text)
        self.assertTrue(self.page(self.url()).xpath("//form[contains(@action, '/deliver')]"))
        self.assertFalse(
            self.page(self.url(self.foundations)).xpath("//form[contains(@action, '/deliver')]")
        )

    def test_a_delivery_is_accepted_with_its_documents(self):
        self.log_in(self.supplier)
        files = [("Survey report.pdf", PDF), ("Site.png", PNG)]
        response = self.deliver(files=files, note="All corners measured")
        self.assertEqual(response.status_code, 303, response.text)
        delivery = self.survey.submission_ids
        self.assertEqual(delivery.state, "submitted")
        self.assertEqual(delivery.user_id, self.supplier)
        self.assertEqual(self.survey.state, "started")
        self.assertIn("being checked", self.page(self.url()).text_content())
        activity = self.survey.activity_ids
        self.assertEqual(activity.user_id, self.buyer)
        delivery.with_user(self.buyer).action_accept()
        self.assertEqual(delivery.state, "accepted")
        self.assertEqual(self.survey.state, "completed")
        self.assertEqual(self.survey.completed_by_id, self.buyer)
        self.assertEqual(sorted(self.survey.document_ids.mapped("name")), sorted(dict(files)))
        self.assertFalse(self.survey.activity_ids)
        page = self.page(self.url())
        self.assertIn("Survey report.pdf", page.text_content())
        (link,) = page.xpath("//a[contains(., 'Survey report.pdf')]/@href")
        download = self.url_open(link)
        self.assertEqual(download.content, PDF)
        self.assertIn("attachment", download.headers["Content-Disposition"])
