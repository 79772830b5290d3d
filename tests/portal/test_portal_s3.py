from urllib.parse import urlsplit

import requests

from odoo.tests import tagged

from ..storage.common import S3Common
from .common import PDF, PNG, PortalCommon


@tagged("post_install", "-at_install", "slow")
class TestPortalS3(S3Common, PortalCommon):
    """What a vendor delivers goes to S3, and he downloads it as before."""

    def setUp(self):
        super().setUp()
        self.bucket.action_activate()
        self.log_in(self.supplier)
        self.deliver(files=[("Report.pdf", PDF), ("تقرير.png", PNG)])
        self.offload()
        self.documents = self.deliveries.attachment_ids.sorted("id")
        for document in self.documents:
            self.assertTrue(document.store_fname.startswith(f"s3:{self.bucket.id}/"))

    def addresses(self, token=None):
        """Return the addresses of the documents."""
        return [
            self.url(suffix=f"/documents/{document.id}", token=token) for document in self.documents
        ]

    def get(self, url):
        return self.url_open(url, allow_redirects=False)

    def assert_hidden(self, url):
        """Assert that the address gives no document, and no signed address of one."""
        with self.recorded() as operations:
            answer = self.get(url)
        self.assertEqual(answer.status_code, 404)
        self.assertNotIn("Location", answer.headers)
        self.assertNotIn("X-Amz-Signature", answer.text)
        self.assertFalse(operations)

    def test_the_vendor_gets_his_bytes_from_s3(self):
        for user in (self.supplier, self.colleague):
            self.log_in(user)
            self.assertIn("Report.pdf", self.page(self.url()).text_content())
            for url, content in zip(self.addresses(), (PDF, PNG), strict=True):
                answer = self.get(url)
                self.assertEqual(answer.status_code, 302)
                self.assertEqual(answer.headers["Cache-Control"], "private, no-store")
                signed = answer.headers["Location"]
                self.assertEqual(urlsplit(signed).netloc, urlsplit(self.endpoint).netloc)
                download = requests.get(signed, timeout=10)
                self.assertEqual((download.status_code, download.content), (200, content))
                disposition = download.headers["Content-Disposition"]
                self.assertTrue(disposition.startswith("attachment"), disposition)

    def test_the_vendor_gets_his_bytes_through_odoo(self):
        self.bucket.download_mode = "stream"
        for url, content in zip(self.addresses(), (PDF, PNG), strict=True):
            answer = self.get(url)
            self.assertEqual((answer.status_code, answer.content), (200, content))
            self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_once_it_is_accepted_he_still_gets_it(self):
        self.survey.with_user(self.buyer).action_accept_submission()
        self.assertEqual(self.survey.document_ids, self.documents)
        signed = self.get(self.addresses()[0]).headers["Location"]
        self.assertEqual(requests.get(signed, timeout=10).content, PDF)

    def test_nothing_is_signed_for_a_stranger(self):
        order = self.survey.order_id
        token = order._portal_ensure_token()
        for user in (None, self.stranger):
            self.log_in(user)
            for url in (*self.addresses(), *self.addresses("0" * 36)):
                self.assert_hidden(url)
        # Who has the order's link may read.
        self.assertEqual(self.get(self.addresses(token)[0]).status_code, 302)
        self.log_in(self.supplier)
        order.milestone_portal = False
        for url in (*self.addresses(), *self.addresses(token)):
            self.assert_hidden(url)

    def test_what_is_not_shown_is_not_signed(self):
        hidden = self.stored("Only for us.pdf", PDF, milestone=self.survey)
        url = self.url(suffix=f"/documents/{hidden.id}")
        self.assert_hidden(url)
        self.assert_hidden(f"/web/content/{hidden.id}")
        hidden.with_user(self.buyer).action_show_to_vendor()
        self.assertEqual(self.get(url).status_code, 302)
