import socket
import zlib

from odoo.http import Request
from odoo.tests import tagged
from odoo.tests.common import HOST

from ...models.portal import purchase_milestone_submission_lifecycle as submission_lifecycle
from ...tools.uploads import check_upload, clean_name
from .common import PDF, PNG, PortalCommon

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SCRIPT = b"%PDF-1.4\n1 0 obj<</S /JavaScript /JS (app.alert(1))>>endobj"
HIDDEN = b"%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + (
    zlib.compress(b"<</S/J#61vaScript/JS(app.alert(1))>>") + b"\nendstream endobj"
)
FOLDED = b"%%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n%s\nendstream endobj"


@tagged("post_install", "-at_install")
class TestPortalFiles(PortalCommon):
    """What arrives is looked at before anything of it is stored."""

    def setUp(self):
        super().setUp()
        self.log_in(self.supplier)

    def assert_refused(self, name, content, words):
        attachments = self.env["ir.attachment"].search_count([])
        for send in (
            lambda *files: self.deliver(files=files),
            self.upload,
        ):
            response = send(("Good.png", PNG), (name, content))
            self.assertEqual(response.status_code, 422)
            self.assertIn(words, response.text)
        self.assertFalse(self.deliveries)
        self.assertEqual(self.env["ir.attachment"].search_count([]), attachments)

    def test_what_is_refused(self):
        for name, content, words in (
            ("drawing.svg", SVG, "not a type of file that is accepted"),
            ("drawing.png", SVG, "is not that of a file of the type png"),
            ("page.html", HTML, "not a type of file that is accepted"),
            ("page.pdf", HTML, "is not that of a file of the type pdf"),
            ("page.txt", b"\n\n" + HTML, "is not that of a file of the type txt"),
            ("setup.pdf.exe", b"MZ", "not a type of file that is accepted"),
            ("page.html.pdf", PDF, "not a type of file that is accepted"),
            ("setup.txt", b"MZ\x90\x00", "is not that of a file of the type txt"),
            ("script.pdf", SCRIPT, "holds a script"),
            ("hidden.pdf", HIDDEN, "holds a script"),
            ("spelled.pdf", HIDDEN.replace(b"/ObjStm", b"/#4fbjStm"), "holds a script"),
            ("form.pdf", PDF + b"<</AcroForm <</XFA [1 0 R]>>>>", "holds a script"),
            (
                "locked.pdf",
                FOLDED % zlib.compress(b"<</Pages 2 0 R>>") + b"trailer<</Encrypt 4 0 R>>",
                "hides what it holds",
            ),
            ("folded.pdf", FOLDED.replace(b"/Flate", b"/LZW") % b"\x80\x0b\x60", "hides what"),
            ("bomb.pdf", FOLDED % zlib.compress(bytes(2**26)), "hides what it holds"),
            ("nothing.pdf", b"", "is empty"),
            ("no ending", PDF, "not a type of file that is accepted"),
            (".pdf", PDF, "not a type of file that is accepted"),
        ):
            with self.subTest(name):
                self.assert_refused(name, content, words)

    def test_each_byte_of_a_pdf_is_looked_at_once(self):
        searched = []

        class Counted(bytes):
            def find(self, *arguments):
                searched.append(arguments)
                return bytes.find(self, *arguments)

        # Without an end, each of them would be read to the end of the file.
        content = Counted(b"%PDF-1.4\n" + b"/ObjStm stream\n" * 10_000)
        self.assertEqual(
            check_upload(self.env, "Open.pdf", content, {"pdf"}, 1), ("Open.pdf", "application/pdf")
        )
        self.assertEqual(len(searched), 2)

    def test_a_user_keeps_so_many_files_undelivered(self):
        self.patch(submission_lifecycle, "MOST_KEPT_UPLOADS", 3)
        self.assertEqual(self.upload(*[(f"{n}.png", PNG) for n in range(3)]).status_code, 200)
        answer = self.upload(("4.png", PNG))
        self.assertEqual(answer.status_code, 422)
        self.assertIn("wait for a delivery", answer.text)

    def test_a_document_of_the_vendor_stays_his_to_see(self):
        self.deliver(files=[("Site.png", PNG)])
        self.deliveries.attachment_ids.visible_to_vendor = False
        self.assertIn("Site.png", self.page(self.url()).text_content())

    def test_size_and_types_are_the_company_s(self):
        self.company.write(
            {"milestone_portal_file_size": 1, "milestone_portal_file_types": "PNG, .txt, svg"[:9]}
        )
        self.assert_refused("large.png", PNG + b"\0" * 2**20, "is larger than 1 MB")
        self.assert_refused("report.pdf", PDF, "png, txt")
        with self.refused("svg"):
            self.company.milestone_portal_file_types = "pdf, svg"

    def test_too_many_files(self):
        files = [(f"{number}.png", PNG) for number in range(21)]
        ids = self.upload(*files[:11]).json()["ids"]
        for response in (
            self.deliver(files=files),
            self.deliver(files=files[:10], uploads=ids),
            self.upload(*files),
        ):
            self.assertEqual(response.status_code, 422)
        self.assertFalse(self.deliveries)

    def test_names_are_shortened_and_cleaned(self):
        arabic = "تقرير" * 60 + ".pdf"
        self.assertEqual(len(arabic), 304)
        self.deliver(files=[(arabic, PDF), ("Rev\u202egnp.2.pdf", PDF)])
        names = self.deliveries.attachment_ids.mapped("name")
        self.assertEqual(len(names[-1]), 120, names)
        self.assertTrue(all(name.endswith(".pdf") for name in names))
        self.assertEqual(clean_name("C:\\plans\\a\u202eb\n.pdf"), "ab.pdf")
        self.assertEqual(clean_name("../../etc/x.pdf"), "x.pdf")

    def test_a_file_is_never_shown_inline(self):
        self.deliver(files=[("Site.png", PNG), ("Notes.txt", b"Set out"), ("r.csv", b"a,b")])
        for document in self.deliveries.attachment_ids:
            answer = self.url_open(self.url(suffix=f"/documents/{document.id}"))
            self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_sizes_are_written_as_people_read_them(self):
        self.deliver(files=[("Notes.txt", b"Set out")])
        self.assertIn("(7 bytes,", self.page(self.url()).text_content().replace("\n", ""))

    def test_documents_go_where_documents_of_milestones_go(self):
        self.assertIn("purchase.milestone.submission", self.env["ir.attachment"]._s3_models())

    def send_and_hang_up(self, url, body):
        """Send less of a form than was announced, and return what the server answers."""
        address = (HOST, self.http_port())
        with self.allow_requests(), socket.create_connection(address, timeout=30) as connection:
            cookies = "; ".join(f"{c.name}={c.value}" for c in self.opener.cookies)
            head = (
                f"POST {url} HTTP/1.0\r\nHost: {HOST}\r\nCookie: {cookies}\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n"
                f"Content-Length: {len(body) + 2**20}\r\n\r\n"
            )
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(2**16), b""))

    def test_a_broken_connection_leaves_nothing(self):
        attachments = self.env["ir.attachment"].search_count([])
        part = '--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s'
        token = part % ("csrf_token", "", Request.csrf_token(self) + "\r\n")
        number = part % ("number", "", "1\r\n")
        file = part % ("files", '; filename="Site.png"', "")
        body = (token + number + file).encode() + PNG
        for suffix in ("/deliver", "/upload", "/bill"):
            answer = self.send_and_hang_up(self.url(suffix=suffix), body)
            self.assertRegex(answer, rb"^HTTP/1.\d 400 ")
        self.assertFalse(self.deliveries)
        self.assertEqual(self.env["ir.attachment"].search_count([]), attachments)

    # ------------------------------------------------------------------
    # Sent one by one, before the delivery
    # ------------------------------------------------------------------

    def test_what_has_been_sent_is_delivered_once(self):
        first = self.upload(("Site.png", PNG)).json()["ids"]
        second = self.upload(("Report.pdf", PDF)).json()["ids"]
        self.assertFalse(self.deliveries)
        self.assertNotIn("Site.png", self.page(self.url()).text_content())
        for _time in range(2):
            self.assertEqual(self.deliver(uploads=first + second).status_code, 303)
        self.assertEqual(sorted(self.deliveries.attachment_ids.ids), first + second)
        self.assertIn("Site.png", self.page(self.url()).text_content())
        self.survey.with_user(self.buyer).action_return_submission("The date is missing")
        response = self.deliver(number=2, uploads=first)
        self.assertEqual(response.status_code, 422)
        self.assertIn("are no longer there", response.text)
        self.assertEqual(len(self.deliveries), 1)

    def test_a_sent_document_is_the_one_that_is_needed(self):
        self.survey.document_required = True
        ids = self.upload(("Site.png", PNG)).json()["ids"]
        self.assertEqual(self.deliver().status_code, 422)
        self.assertEqual(self.deliver(uploads=ids).status_code, 303)

    def test_nobody_delivers_what_another_has_sent(self):
        theirs = self.upload(("Site.png", PNG)).json()["ids"]
        plan = self.env["ir.attachment"].create(
            {"name": "Plan.pdf", "raw": PDF, "res_model": "purchase.order"}
            | {"res_id": self.order.id}
        )
        loose = self.env["ir.attachment"].create({"name": "Loose.pdf", "raw": PDF})
        self.log_in(self.colleague)
        for ids in (theirs, plan.ids, loose.ids, ["0"], ["x"], [2**31 - 1]):
            self.assertEqual(self.deliver(uploads=ids).status_code, 422, ids)
        self.assertFalse(self.deliveries)
        self.assertEqual(plan.res_model, "purchase.order")
        self.log_in(self.stranger)
        self.assertEqual(self.url_open(f"/web/content/{theirs[0]}").status_code, 404)
        self.assertEqual(self.upload(("Site.png", PNG)).status_code, 404)
        self.log_in(None)
        self.assertIn("/web/login", self.upload(("Site.png", PNG)).headers["Location"])
        self.assertEqual(self.find_kept_uploads().ids, theirs)

    def test_nothing_is_kept_where_nothing_can_be_delivered(self):
        response = self.upload(("Site.png", PNG), milestone=self.foundations)
        self.assertIn("has been started", response.json()["errors"][0])
        self.assertFalse(self.find_kept_uploads())

    def test_what_is_not_delivered_is_deleted_after_a_day(self):
        old, new, delivered = self.upload(*[(f"{n}.png", PNG) for n in range(3)]).json()["ids"]
        self.deliver(uploads=[delivered])
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '2 days' WHERE id IN %s",
            [(old, delivered)],
        )
        self.env.invalidate_all()
        self.env["ir.attachment"]._gc_kept_uploads()
        self.assertEqual(self.find_kept_uploads().ids, [new])
        self.assertEqual(self.deliveries.attachment_ids.ids, [delivered])

    def test_what_the_script_says_is_translated(self):
        self.env["res.lang"]._activate_lang("de_DE")
        answer = self.url_open("/website/translations?lang=de_DE").json()
        terms = {term["id"] for term in answer["modules"]["purchase_milestone"]["messages"]}
        self.assertIn("is of a type that is not accepted", terms)
