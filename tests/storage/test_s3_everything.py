"""All attachments in S3: what people do with them goes on as before."""

import base64
import io
from email import message_from_string, policy

from PIL import Image
from pypdf import PdfReader, PdfWriter

from odoo.tests import HttpCase, tagged

from odoo.addons.base.tests.common import MockSmtplibCase

from .common import S3Common

PDF = b"%PDF-1.4 " + b"0123456789" * 10
EBILL = b"<?xml version='1.0'?><Invoice>UBL</Invoice>"


@tagged("post_install", "-at_install", "slow")
class TestS3Everything(S3Common, HttpCase, MockSmtplibCase):
    def setUp(self):
        super().setUp()
        self.bucket.scope = "all"
        self.bucket.action_activate()
        self.partner = self.env["res.partner"].create({"name": "Quay Builders"})
        self.bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.partner.id}
        )

    def picture(self, side=400):
        buffer = io.BytesIO()
        Image.effect_noise((side, side), 100).save(buffer, "PNG")
        return buffer.getvalue()

    def add(self, record, content, name="Bill.pdf", **values):
        values |= {"res_model": record._name, "res_id": record.id}
        return self.env["ir.attachment"].create({"name": name, "raw": content, **values})

    def move(self):
        self.offload()
        self.assertFalse(self.bucket.last_error)
        self.assertEqual(self.bucket.waiting_count, 0)

    def test_lists_with_avatars(self):
        users = [self.buyer, self.manager, self.approver]
        for user in users:
            user.image_1920 = base64.b64encode(self.picture())
        partners = self.env["res.partner"].union(*(user.partner_id for user in users))
        fields = {"name": {}, "avatar_128": {}, "image_1920": {}}
        before = partners.web_read(fields)
        sizes = partners.with_context(bin_size=True).read(["image_1920"])
        self.move()
        self.env.invalidate_all()
        with self.recorded() as operations:
            self.assertEqual(partners.with_context(bin_size=True).read(["image_1920"]), sizes)
            partners.read(["avatar_128"])
        self.assertFalse(operations, "lists show small images, which stay")
        self.assertEqual(partners.web_read(fields), before)
        self.authenticate("ms_buyer", "ms_buyer")
        for mode in ("redirect", "stream"):
            self.bucket.download_mode = mode
            for size, side in (("image_1920", 400), ("avatar_128", 128)):
                url = f"/web/image/res.partner/{partners[1].id}/{size}"
                picture = Image.open(io.BytesIO(self.url_open(url).content))
                self.assertEqual(max(picture.size), side)

    def test_bills_with_their_pdf_and_e_bill(self):
        pdf, ebill = self.add(self.bill, PDF), self.add(self.bill, EBILL, "bill.xml")
        self.bill.message_main_attachment_id = pdf
        self.move()
        self.assertTrue(pdf.store_fname.startswith("s3:") and ebill.store_fname.startswith("s3:"))
        self.env.invalidate_all()
        self.assertEqual(self.bill.message_main_attachment_id.raw, PDF)
        files = self.bill._to_files_data(pdf | ebill)
        self.assertEqual([file["raw"] for file in files], [PDF, EBILL])
        copy = self.bill.copy()
        self.add(copy, PDF)
        zipped = self.env["ir.attachment"].browse((pdf | ebill).ids)
        self.assertEqual(zipped.mapped("raw"), [PDF, EBILL])

    def test_generated_pdf_in_a_field(self):
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.partner.id}
        )
        invoice.invoice_pdf_report_file = base64.b64encode(PDF)
        self.move()
        self.env.invalidate_all()
        self.assertTrue(invoice.invoice_pdf_report_id.store_fname.startswith("s3:"))
        self.assertEqual(base64.b64decode(invoice.invoice_pdf_report_file), PDF)

    def test_report_that_was_kept_is_printed_again(self):
        report = self.env.ref("purchase.action_report_purchase_order")
        report.write({"attachment": "'Order.pdf'", "attachment_use": True})
        writer, page = PdfWriter(), io.BytesIO()
        writer.add_blank_page(210, 297)
        writer.write(page)
        kept = self.add(self.order, page.getvalue(), "Order.pdf")
        self.move()
        self.assertTrue(kept.store_fname.startswith("s3:"))
        self.env.invalidate_all()
        [found] = report._render_qweb_pdf_prepare_streams(
            report.report_name, {}, self.order.ids
        ).values()
        self.assertEqual(found["attachment"], kept)
        # Odoo may add files to the printed order, for the vendor's system to read.
        [printed] = PdfReader(found["stream"]).pages
        self.assertEqual(printed.mediabox.width, 210)

    def test_mail_carries_the_file(self):
        attachment = self.add(self.bill, PDF)
        self.move()
        self.env.invalidate_all()
        mail = self.env["mail.mail"].create(
            {
                "subject": "Bill",
                "body_html": "<p>See the bill</p>",
                "email_to": "office@example.com",
                "email_from": "buyer@example.com",
                "attachment_ids": [(4, attachment.id)],
            }
        )
        with self.mock_smtplib_connection():
            mail.send()
        [sent] = self.emails
        message = message_from_string(sent["message"], policy=policy.default)
        [part] = [part for part in message.walk() if part.get_filename()]
        self.assertEqual(part.get_content(), PDF)

    def test_web_pages_and_assets(self):
        self.authenticate(None, None)
        page = self.url_open("/web/login")
        self.assertEqual(page.status_code, 200)
        self.move()
        self.env.registry.clear_cache("assets")
        with self.recorded() as operations:
            page = self.url_open("/web/login")
            links = [part.split('"')[0] for part in page.text.split('href="/web/assets/')[1:]]
            self.assertTrue(links)
            for link in links:
                self.assertEqual(self.url_open(f"/web/assets/{link}").status_code, 200)
        self.assertFalse(operations, "what is served without login is never in S3")
        public = self.add(self.partner, self.picture(50), "Logo.png", public=True)
        self.move()
        self.assertEqual(self.url_open(f"/web/image/{public.id}").status_code, 200)
        self.assertNotIn(":", public.store_fname)
