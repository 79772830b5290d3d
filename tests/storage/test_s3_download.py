import io
import zipfile
from datetime import datetime, timedelta, timezone
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests
from PIL import Image

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import S3Common, failing_server, rclone_server

NAME = "Prüfbericht été 合同 “1”.pdf"
PDF = b"%PDF-1.4 " + b"0123456789" * 10
HTTP = "odoo.http"


@tagged("post_install", "-at_install", "slow")
class TestS3Download(S3Common, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("ms_buyer", "ms_buyer")

    def get(self, document, query="", **arguments):
        arguments.setdefault("allow_redirects", False)
        return self.url_open(f"/web/content/{document.id}{query}", **arguments)

    def stream(self):
        self.bucket.download_mode = "stream"

    # ------------------------------------------------------------------
    # Directly from S3
    # ------------------------------------------------------------------

    def test_browser_is_sent_to_a_signed_address(self):
        document = self.stored(NAME, PDF)
        with self.recorded() as operations:
            answer = self.get(document, "?download=true")
        self.assertFalse(operations, "signing asks nothing of S3")
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(answer.headers["Cache-Control"], "private, no-store")
        url = answer.headers["Location"]
        self.assertTrue(url.startswith(f"{self.endpoint}/{self.bucket.bucket}/odoo/"))
        self.assertEqual(parse_qs(urlsplit(url).query)["X-Amz-Expires"], ["60"])
        downloaded = requests.get(url, timeout=10)
        self.assertEqual(downloaded.content, PDF)
        self.assertEqual(downloaded.headers["Content-Type"], "application/pdf")
        self.assertEqual(
            downloaded.headers["Content-Disposition"],
            "attachment; filename*=UTF-8''Pr%C3%BCfbericht%20%C3%A9t%C3%A9%20"
            "%E5%90%88%E5%90%8C%20%E2%80%9C1%E2%80%9D.pdf",
        )
        part = requests.get(url, headers={"Range": "bytes=9-13"}, timeout=10)
        self.assertEqual((part.status_code, part.content), (206, b"01234"))

    def test_public_endpoint_is_what_browsers_are_sent_to(self):
        self.bucket.public_endpoint_url = "https://files.example.com"
        url = self.get(self.stored()).headers["Location"]
        self.assertTrue(url.startswith("https://files.example.com/"), url)

    def test_only_safe_types_are_shown(self):
        shown = {"pdf": PDF, "txt": b"Plain words", "png": self.image(4, 4)}
        for mode in ("redirect", "stream"):
            self.bucket.download_mode = mode
            for ending, content in shown.items():
                document = self.stored(f"Report.{ending}", content)
                answer = self.get(document, allow_redirects=True)
                self.assertEqual(answer.content, content)
                self.assertRegex(answer.headers["Content-Disposition"], "^inline")
            for mimetype in ("text/html", "image/svg+xml", "application/xml", "text/javascript"):
                document = self.stored("Report", b"<b>Tray</b>" + mimetype.encode())
                self.env.cr.execute(
                    "UPDATE ir_attachment SET mimetype = %s WHERE id = %s", [mimetype, document.id]
                )
                document.invalidate_recordset()
                answer = self.get(document, allow_redirects=True)
                self.assertRegex(answer.headers["Content-Disposition"], "^attachment", mimetype)

    def test_head_is_answered_without_s3(self):
        document = self.stored(NAME, PDF)
        for mode in ("redirect", "stream"):
            self.bucket.download_mode = mode
            with self.recorded() as operations:
                answer = self.get(document, method="HEAD")
            self.assertFalse(operations)
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.headers["Content-Length"], str(len(PDF)))
            self.assertEqual(answer.headers["Content-Type"], "application/pdf")

    # ------------------------------------------------------------------
    # Through Odoo
    # ------------------------------------------------------------------

    def test_stream_gives_all_or_a_range(self):
        self.stream()
        document = self.stored(NAME, PDF)
        with self.recorded() as operations:
            whole = self.get(document)
        self.assertEqual(operations, ["get_object"])
        self.assertEqual((whole.status_code, whole.content), (200, PDF))
        self.assertEqual(whole.headers["Content-Length"], str(len(PDF)))
        self.assertEqual(whole.headers["Cache-Control"], "private, no-store")
        self.assertEqual(whole.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(whole.headers["Content-Security-Policy"], "default-src 'none'")
        for wanted, content, shown in (
            ("bytes=9-13", b"01234", "bytes 9-13/109"),
            ("bytes=100-", PDF[100:], "bytes 100-108/109"),
            ("bytes=-4", PDF[-4:], "bytes 105-108/109"),
            ("bytes=0-0", PDF[:1], "bytes 0-0/109"),
            ("bytes=50-5000", PDF[50:], "bytes 50-108/109"),
        ):
            part = self.get(document, headers={"Range": wanted})
            self.assertEqual((part.status_code, part.content), (206, content), wanted)
            self.assertEqual(part.headers["Content-Range"], shown)
        beyond = self.get(document, headers={"Range": "bytes=5000-"})
        self.assertEqual(beyond.status_code, 416)
        for condition, status in ((document.checksum, 206), ("other", 200)):
            headers = {"Range": "bytes=9-13", "If-Range": f'"{condition}"'}
            self.assertEqual(self.get(document, headers=headers).status_code, status)

    # ------------------------------------------------------------------
    # What Odoo makes of the content
    # ------------------------------------------------------------------

    def image(self, width, height):
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), "navy").save(buffer, "PNG")
        return buffer.getvalue()

    def test_images_are_resized(self):
        document = self.stored("Photo.png", self.image(400, 200))
        answer = self.url_open(f"/web/image/{document.id}/100x50", allow_redirects=False)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(Image.open(io.BytesIO(answer.content)).size, (100, 50))
        whole = self.url_open(f"/web/image/{document.id}")
        self.assertEqual(Image.open(io.BytesIO(whole.content)).size, (400, 200))

    def test_several_are_downloaded_as_an_archive(self):
        documents = [
            self.stored("A.pdf", PDF),
            self.stored("B.txt", b"Words"),
            self.attach("C.txt"),
        ]
        answer = self.url_open(
            "/mail/attachment/zip",
            data={
                "file_ids": ",".join(str(document.id) for document in documents),
                "zip_name": "Documents.zip",
                "csrf_token": Request.csrf_token(self),
            },
        )
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        self.assertEqual({n: archive.read(n) for n in archive.namelist()}["A.pdf"], PDF)
        self.assertEqual(archive.namelist(), ["A.pdf", "B.txt", "C.txt"])

    def test_mail_carries_the_file(self):
        document = self.stored("A.pdf", PDF)
        mail = self.env["mail.mail"].create(
            {
                "body_html": "See below",
                "email_to": "site@example.com",
                "attachment_ids": [(4, document.id)],
            }
        )
        [values] = mail._prepare_outgoing_list()
        self.assertEqual(values["attachments"], [("A.pdf", PDF, "application/pdf")])

    # ------------------------------------------------------------------
    # Failures
    # ------------------------------------------------------------------

    @mute_logger(HTTP)
    def test_outage_says_when_to_come_again(self):
        self.stream()
        document = self.stored("Photo.png", self.image(400, 200))
        with failing_server(503, "SlowDown") as endpoint, self.served_by(endpoint):
            for url in (f"/web/content/{document.id}", f"/web/image/{document.id}/100x50"):
                answer = self.url_open(url)
                self.assertEqual(answer.status_code, 503, url)
                self.assertEqual(answer.headers["Retry-After"], "30")
                self.assertNotIn(endpoint, answer.text)

    @mute_logger(HTTP)
    def test_missing_object_is_not_found(self):
        self.stream()
        document = self.stored("Photo.png", self.image(400, 200))
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=self.row_of(document).key)
        for url in (f"/web/content/{document.id}", f"/web/image/{document.id}/100x50"):
            self.assertEqual(self.url_open(url).status_code, 404, url)

    @mute_logger(HTTP)
    def test_missing_local_file_is_not_found(self):
        document = self.attach()
        self.local_path(document.store_fname).unlink()
        self.assertEqual(self.get(document).status_code, 404)

    # ------------------------------------------------------------------
    # Who may not
    # ------------------------------------------------------------------

    @mute_logger(HTTP)
    def test_who_may_not_read_the_milestone_gets_nothing(self):
        content = self.image(40, 20)
        document = self.stored("Photo.png", content)
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        company = {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
        new_test_user(self.env, "ms_clerk", "base.group_user")
        new_test_user(self.env, "ms_vendor", "base.group_portal")
        new_test_user(self.env, "ms_outsider", "purchase.group_purchase_user", **company)
        urls = (
            f"/web/content/{document.id}",
            f"/web/content/{document.id}?download=true",
            f"/web/content/ir.attachment/{document.id}/raw",
            f"/web/content/ir.attachment/{document.id}/datas",
            f"/web/image/{document.id}",
            f"/web/image/{document.id}/20x10",
        )
        for login in ("ms_clerk", "ms_vendor", "ms_outsider", None):
            self.authenticate(login, login)
            for mode in ("redirect", "stream"):
                self.bucket.download_mode = mode
                for url in urls:
                    with self.subTest(login=login, url=url), self.recorded() as operations:
                        answer = self.url_open(url, allow_redirects=False)
                        self.assertNotIn("X-Amz", answer.headers.get("Location", ""))
                        self.assertNotEqual(answer.content, content)
                        self.assertNotIn("X-Amz", answer.text)
                    self.assertFalse(operations)


@tagged("post_install", "-at_install")
class TestS3SignedAddress(S3Common, HttpCase):
    """Against a server that checks signatures."""

    server = staticmethod(rclone_server)

    def setUp(self):
        super().setUp()
        self.authenticate("ms_buyer", "ms_buyer")
        document = self.stored(NAME, PDF)
        answer = self.url_open(f"/web/content/{document.id}", allow_redirects=False)
        self.url = answer.headers["Location"]
        self.document = document

    def test_signed_address_is_accepted(self):
        answer = requests.get(self.url, timeout=10)
        self.assertEqual((answer.status_code, answer.content), (200, PDF))
        self.assertRegex(answer.headers["Content-Disposition"], "^inline; filename")
        part = requests.get(self.url, headers={"Range": "bytes=9-13"}, timeout=10)
        self.assertEqual(part.content, b"01234")

    def test_any_other_is_refused(self):
        other = self.stored("Other.pdf", b"%PDF other")
        for url in (
            self.url.partition("?")[0],
            self.url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
            self.url.replace("inline", "attachment"),
            self.url.replace("application%2Fpdf", "text%2Fhtml"),
            self.url.replace(self.row_of(self.document).key, self.row_of(other).key),
        ):
            self.assertNotEqual(url, self.url)
            self.assertIn(requests.get(url, timeout=10).status_code, (400, 403), url)

    def test_expired_one_is_refused(self):
        past = datetime.now(timezone.utc) - timedelta(seconds=90)
        with patch("botocore.auth.get_current_datetime", return_value=past):
            answer = self.url_open(f"/web/content/{self.document.id}", allow_redirects=False)
        answer = requests.get(answer.headers["Location"], timeout=10)
        self.assertIn(answer.status_code, (400, 403))

    def test_read_stream_and_range(self):
        self.document.invalidate_recordset()
        self.assertEqual(self.document.raw, PDF)
        self.bucket.download_mode = "stream"
        url = f"/web/content/{self.document.id}"
        self.assertEqual(self.url_open(url).content, PDF)
        part = self.url_open(url, headers={"Range": "bytes=9-13"})
        self.assertEqual((part.status_code, part.content), (206, b"01234"))
