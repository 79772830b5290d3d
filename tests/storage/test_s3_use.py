import io
from email import message_from_string, policy
from urllib.parse import quote

from PIL import Image

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import MockSmtplibCase

from .common import S3Common

PDF = b"%PDF-1.4 " + b"0123456789" * 10
SMALL = (100, 50)


@tagged("post_install", "-at_install", "slow")
class TestS3Use(S3Common, HttpCase, MockSmtplibCase):
    """What people do with documents goes on when those are in S3."""

    def setUp(self):
        super().setUp()
        self.authenticate("ms_buyer", "ms_buyer")

    def in_both_modes(self):
        for mode in ("redirect", "stream"):
            self.bucket.download_mode = mode
            with self.subTest(mode=mode):
                yield

    def picture(self, kind):
        buffer = io.BytesIO()
        Image.new("RGB", (400, 200), "navy").save(buffer, kind)
        return buffer.getvalue()

    def test_pictures_in_every_size(self):
        for kind in ("PNG", "JPEG"):
            document = self.stored(f"Photo.{kind.lower()}", self.picture(kind))
            number = document.id
            sizes = {
                f"{number}": (400, 200),
                f"{number}?width=4000": (400, 200),
                f"{number}?width=100": SMALL,
                f"{number}?height=100": (200, 100),
                f"{number}?width=100&height=100": SMALL,
                f"{number}?width=100&height=100&crop=1": (100, 100),
                f"{number}/100x50/{document.name}": SMALL,
                f"{number}-{document.checksum}/100x50": SMALL,
                f"ir.attachment/{number}/raw/100x50": SMALL,
                f"ir.attachment/{number}/datas/100x50": SMALL,
            }
            for _mode in self.in_both_modes():
                for path, size in sizes.items():
                    answer = self.url_open(f"/web/image/{path}")
                    self.assertEqual(answer.status_code, 200, path)
                    self.assertEqual(Image.open(io.BytesIO(answer.content)).size, size, path)

    def test_viewer_gets_a_pdf_to_show(self):
        document = self.stored("Test.pdf", PDF)
        url = f"/web/content/{document.id}"
        viewer = f"/web/static/lib/pdfjs/web/viewer.html?file={quote(url)}"
        self.assertEqual(self.url_open(viewer).status_code, 200)
        for _mode in self.in_both_modes():
            answer = self.url_open(f"{url}?filename=Test.pdf&unique={document.checksum}")
            self.assertEqual(answer.content, PDF)
            self.assertEqual(answer.headers["Content-Type"], "application/pdf")
            self.assertRegex(answer.headers["Content-Disposition"], "^inline")

    @mute_logger("odoo.http")
    def test_token_of_a_message_is_good_for_one_document(self):
        document, other = self.stored("Test.pdf", PDF), self.stored("Other.pdf", PDF + b"2")
        token = document._get_raw_access_token()
        self.authenticate(None, None)
        for _mode in self.in_both_modes():
            answer = self.url_open(f"/web/content/{document.id}?access_token={token}")
            self.assertEqual(answer.content, PDF)
            for wrong in (
                f"{other.id}?access_token={token}",
                f"{document.id}?access_token={token[:-1]}x",
                f"{document.id}",
            ):
                answer = self.url_open(f"/web/content/{wrong}", allow_redirects=False)
                self.assertEqual(answer.status_code, 404, wrong)

    def test_sent_mail_has_the_bytes(self):
        documents = {
            "Prüfbericht.pdf": self.stored("Prüfbericht.pdf", PDF),
            "Local.pdf": self.attach("Local.pdf", PDF + b"2"),
            "Photo.png": self.stored("Photo.png", self.picture("PNG")),
        }
        self.vendor.email = "site@example.com"
        with self.mock_smtplib_connection():
            self.milestone.with_user(self.buyer).message_post(  # pylint: disable=translation-required
                body="The tests of row 7",
                partner_ids=self.vendor.ids,
                attachment_ids=[document.id for document in documents.values()],
                subtype_xmlid="mail.mt_comment",
            )
            self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        [sent] = [mail for mail in self.emails if "site@example.com" in mail["smtp_to_list"]]
        message = message_from_string(sent["message"], policy=policy.default)
        self.assertEqual(
            {part.get_filename(): part.get_content() for part in message.iter_attachments()},
            {name: document.raw for name, document in documents.items()},
        )
