import io
import zlib

from odoo.tests import tagged

from ...tools.uploads import clean_name
from .common import PDF, PNG, PortalCommon

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SCRIPT = b"%PDF-1.4\n1 0 obj<</S /JavaScript /JS (app.alert(1))>>endobj"
HIDDEN = b"%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + (
    zlib.compress(b"<</S/J#61vaScript/JS(app.alert(1))>>") + b"\nendstream endobj"
)


@tagged("post_install", "-at_install")
class TestPortalFiles(PortalCommon):
    """What arrives is looked at before anything of it is stored."""

    def setUp(self):
        super().setUp()
        self.log_in(self.supplier)

    def assert_refused(self, name, content, words):
        attachments = self.env["ir.attachment"].search_count([])
        response = self.deliver(files=[("Good.png", PNG), (name, content)])
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
            ("nothing.pdf", b"", "is empty"),
            ("no ending", PDF, "not a type of file that is accepted"),
            (".pdf", PDF, "not a type of file that is accepted"),
        ):
            with self.subTest(name):
                self.assert_refused(name, content, words)

    def test_size_and_types_are_the_company_s(self):
        self.company.write(
            {"milestone_portal_file_size": 1, "milestone_portal_file_types": "PNG, .txt, svg"[:9]}
        )
        self.assert_refused("large.png", PNG + b"\0" * 2**20, "is larger than 1 MB")
        self.assert_refused("report.pdf", PDF, "png, txt")
        with self.refused("svg"):
            self.company.milestone_portal_file_types = "pdf, svg"

    def test_too_many_files(self):
        response = self.deliver(files=[(f"{number}.png", PNG) for number in range(21)])
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

    def test_documents_go_where_documents_of_milestones_go(self):
        self.assertIn("purchase.milestone.submission", self.env["ir.attachment"]._s3_models())

    def test_a_broken_request_leaves_nothing(self):
        response = self.url_open(
            self.url(suffix="/deliver"),
            data=io.BytesIO(b'--x\r\nContent-Disposition: form-data; name="files"; filename="a'),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.deliveries)
