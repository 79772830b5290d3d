import contextlib
from urllib.parse import parse_qs, urlsplit

from moto import mock_aws

from odoo.tests import HttpCase, tagged

from .common import ACCESS_KEY, REGION, S3Common


@contextlib.contextmanager
def amazon():
    """Let Amazon's own addresses answer within this process."""
    with mock_aws():
        yield None


@tagged("post_install", "-at_install")
class TestS3Amazon(S3Common, HttpCase):
    """No endpoint: the documents are at Amazon's, by its own addresses."""

    server = staticmethod(amazon)

    def setUp(self):
        super().setUp()
        self.bucket.addressing_style = "auto"
        self.authenticate("ms_buyer", "ms_buyer")
        self.document = self.stored("Earthing test.pdf", b"0.08 ohm")

    def test_document_goes_there_and_is_read(self):
        self.assertEqual(self.content_in_s3(self.document), b"0.08 ohm")
        self.document.invalidate_recordset()
        self.assertEqual(self.document.raw, b"0.08 ohm")
        self.assertEqual(self.document._file_read(self.document.store_fname, 4), b"0.08")

    def test_download_through_odoo(self):
        self.bucket.download_mode = "stream"
        url = f"/web/content/{self.document.id}"
        self.assertEqual(self.url_open(url).content, b"0.08 ohm")
        part = self.url_open(url, headers={"Range": "bytes=5-7"})
        self.assertEqual((part.status_code, part.content), (206, b"ohm"))

    def test_signed_address_is_amazons(self):
        answer = self.url_open(f"/web/content/{self.document.id}", allow_redirects=False)
        url = urlsplit(answer.headers["Location"])
        key = self.row_of(self.document).key
        self.assertEqual(
            (url.scheme, url.netloc, url.path),
            ("https", f"{self.bucket.bucket}.s3.{REGION}.amazonaws.com", f"/{key}"),
        )
        query = parse_qs(url.query)
        self.assertEqual(query["X-Amz-Algorithm"], ["AWS4-HMAC-SHA256"])
        self.assertRegex(query["X-Amz-Credential"][0], f"^{ACCESS_KEY}/[0-9]+/{REGION}/s3/")
        self.assertEqual(query["X-Amz-Expires"], ["60"])
        self.assertRegex(query["X-Amz-Signature"][0], "^[0-9a-f]{64}$")
