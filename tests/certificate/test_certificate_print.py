"""The certificate on paper: pages, the vendor's language, and one PDF for good."""

import io
import re
from unittest.mock import patch

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from ...models.certificate.purchase_order_certificate import Draft
from .common import CertificateCommon

REPORT = "purchase_milestone.report_certificate"


@tagged("post_install", "-at_install", "slow")
class TestCertificatePrint(CertificateCommon, HttpCase):
    def setUp(self):
        super().setUp()
        # Fonts of the web are printed as shapes, in which no text can be found.
        reports = type(self.env["ir.actions.report"])
        original = reports._run_wkhtmltopdf

        def run(reports, bodies, **arguments):
            style = "<style>* { font-family: DejaVu Sans !important }</style></head>"
            bodies = [str(body).replace("</head>", style) for body in bodies]
            return original(reports, bodies, **arguments)

        self.patch(reports, "_run_wkhtmltopdf", run)

    def test_one_that_cannot_be_printed_does_not_keep_the_others_waiting(self):
        broken, other = self.certified(), self.certified()
        reports = type(self.env["ir.actions.report"])
        render = reports._render_qweb_pdf_prepare_streams

        def prepare(report, report_ref, data, res_ids=None):
            if res_ids == broken.ids:
                raise ValueError("no paper")
            return render(report, report_ref, data, res_ids)

        with (
            patch.object(reports, "_render_qweb_pdf_prepare_streams", prepare),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60),
            mute_logger(
                "odoo.addons.purchase_milestone.models.certificate"
                ".purchase_milestone_certificate_document"
            ),
        ):
            certificates = self.env["purchase.milestone.certificate"]
            certificates.with_context(force_report_rendering=True)._cron_keep_pdf()
        self.assertFalse(broken.document_id)
        self.assertTrue(other.document_id.raw.startswith(b"%PDF"))

    def certified(self, count=1, name="Pier {}", **values):
        """Return the certificate of an order of milestones of 100,000, each done to 60 %."""
        values = {"milestone_billing": "track", "confirm": True, **values}
        order = self.create_order(100_000 * count, [self.balance("All")], **values)
        sums = {
            "amount_original": 100_000 * count,
            "amount_contract": 100_000 * count,
            "amount_to_date": 60_000 * count,
            "amount_to_finish": 40_000 * count,
            "retention_to_date": 6_000 * count,
            "amount_previous": 36_000 * count,
            "amount_net": 18_000 * count,
            "amount_payable": 18_000 * count,
        }
        line = {
            "value": 100_000,
            "amount_previous": 40_000,
            "amount_now": 20_000,
            "amount_to_date": 60_000,
            "percentage": 60,
            "amount_to_finish": 40_000,
            "retention_amount": 6_000,
        }
        draft = Draft(
            {
                "order_id": order.id,
                "partner_id": order.partner_id.id,
                "currency_id": order.currency_id.id,
                "number": 1,
                "date": "2026-03-31",
                "user_id": 1,
                **sums,
            },
            [{**line, "sequence": n, "name": name.format(n)} for n in range(1, count + 1)],
            True,
            None,
            self.env["account.move"],
        )
        certificate = order.sudo().certificate_ids._create_issued([draft])
        self.assert_adds_up(certificate)
        return certificate.with_user(self.buyer)

    def pdf(self, certificate):
        reports = self.env["ir.actions.report"].with_user(self.buyer)
        reports = reports.with_context(force_report_rendering=True)
        return reports._render_qweb_pdf(REPORT, certificate.ids)[0]

    def texts(self, content):
        """Return the text of each page of a PDF."""
        pages = PdfFileReader(io.BytesIO(content)).pages
        return [page.extract_text().replace("\t", " ") for page in pages]

    def html(self, certificate):
        reports = self.env["ir.actions.report"].with_user(self.buyer)
        return html.fromstring(reports._render_qweb_html(REPORT, certificate.ids)[0])

    def test_fifty_rows_on_three_pages_each_carrying_forward(self):
        pages = self.certified(50)._get_pages()
        self.assertEqual([len(page["rows"]) for page in pages], [22, 22, 6])
        self.assertEqual(
            [page["carried"]["value"] for page in pages], [2_200_000, 4_400_000, 5_000_000]
        )
        self.assertEqual(
            [page["brought"] for page in pages[1:]], [page["carried"] for page in pages[:-1]]
        )
        self.assertEqual(pages[-1]["carried"]["retention_amount"], 300_000)
        self.assertEqual(pages[-1]["carried"]["amount_to_date"], 3_000_000)

    def test_description_of_two_lines_is_never_split(self):
        pages = self.certified(23, "Pier {} with its bearings, drains and expansion joint")
        pages = pages._get_pages()
        self.assertEqual([len(page["rows"]) for page in pages], [11, 11, 1])

    def test_columns_are_the_same_on_all_pages_and_leave_room(self):
        certificate = self.certified(50)
        document = self.html(certificate)
        widths = [
            [cell.get("style") for cell in table.xpath(".//th")]
            for table in document.xpath("//table[@name='lines']")
        ]
        self.assertEqual(len(widths), 3)
        self.assertEqual(widths[0], widths[1])
        self.assertEqual(widths[0], widths[2])
        layout = certificate._get_layout()
        self.assertEqual(layout["scale"], 1)
        taken = sum(column["width"] for column in layout["columns"])
        self.assertAlmostEqual(taken + layout["width"], 100)

    def test_long_amounts_are_printed_smaller_and_descriptions_keep_room(self):
        currency = self.env["res.currency"].create(
            {"name": "XLG", "symbol": "L", "rounding": 0.001}
        )
        certificate = self.certified(400, currency_id=currency.id)
        with patch.object(type(certificate), "_format", lambda *_args: "9,999,999,999,999.000"):
            layout = certificate._get_layout()
        self.assertLess(layout["scale"], 0.8)
        self.assertGreater(layout["width"], 20)

    def test_printed_pages_are_those_that_were_computed(self):
        first, *sheets = self.texts(self.pdf(self.certified(50)))
        self.assertEqual(len(sheets), 3)
        self.assertIn("Payment Certificate", first)
        self.assertIn("900,000.00", first)
        self.assertIn("Carried forward", sheets[0])
        self.assertIn("2,200,000.00", sheets[0])
        self.assertIn("Brought forward", sheets[1])
        self.assertIn("2,200,000.00", sheets[1])
        self.assertIn("4,400,000.00", sheets[2])
        self.assertIn("5,000,000.00", sheets[2])
        self.assertIn("Total", sheets[2])
        piers = [set(re.findall(r"Pier (\d+)", sheet)) for sheet in sheets]
        self.assertEqual([len(found) for found in piers], [22, 22, 6])

    def test_nothing_is_printed_as_a_dash(self):
        order = self.create_order(
            100_000, [self.percent("Hull", 60), self.balance("Deck")], milestone_billing="track"
        )
        order.button_confirm()
        self.approve(order.milestone_ids[0])
        (table,) = self.html(self.issue(order)).xpath("//table[@name='lines']")
        rows = [[cell.text_content().strip() for cell in row] for row in table.xpath(".//tr")]
        self.assertEqual(
            rows[1:],
            [
                ["Hull", "60,000.00", "–", "60,000.00", "60,000.00", "100.00", "–", "–"],
                ["Deck", "40,000.00", "–", "–", "–", "–", "40,000.00", "–"],
                ["Total", "100,000.00", "0.00", "60,000.00", "60,000.00", "", "40,000.00", "0.00"],
            ],
        )

    def test_first_print_is_kept_and_printed_again(self):
        certificate = self.certified()
        first = self.pdf(certificate)
        document = certificate.sudo().document_id
        self.assertEqual(document.raw, first)
        self.assertEqual(document.res_id, certificate.id)
        self.company.milestone_certificate_title = "interim"
        self.assertEqual(self.pdf(certificate), first)
        certificate.with_user(self.approver).action_void("Wrong section")
        self.assertIn("VOID", self.texts(self.pdf(certificate))[0])
        self.assertEqual(document.raw, first)

    def test_title_follows_the_setting(self):
        certificate = self.certified()
        for value, title in self.company._fields["milestone_certificate_title"].selection:
            self.company.milestone_certificate_title = value
            self.assertIn(title, self.html(certificate).text_content())

    def test_it_is_in_the_vendors_language_and_direction(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.vendor.lang = "ar_001"
        certificate = self.certified()
        report = self.env.ref("purchase_milestone.action_report_certificate")
        content = report._render_qweb_html(REPORT, certificate.ids)[0]
        (body,) = report._prepare_html(content, report_model=certificate._name)[0]
        document = html.fromstring(str(body))
        (page,) = document.xpath("//div[hasclass('o_certificate')]")
        self.assertEqual(page.get("dir"), "rtl")
        # Otherwise the sign of an amount would stand behind it.
        amounts = page.xpath(".//td[hasclass('o_amount')]")
        self.assertEqual({cell.get("dir") for cell in amounts}, {"ltr"})
        sheets = document.xpath("//link[@rel='stylesheet']/@href")
        self.assertTrue(any("rtl" in sheet for sheet in sheets), sheets)

    def test_mail_to_the_vendor_carries_the_pdf(self):
        self.vendor.email = "office@northern-fit-out.example"
        certificate = self.certified()
        action = certificate.with_user(self.approver).action_send()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.approver)
            .with_context(force_report_rendering=True, **action["context"])
            .create({})
        )
        self.assertEqual(composer.partner_ids, self.vendor)
        self.assertIn("Payment Certificate 1", composer.subject)
        self.assertIn("18,000.00", composer.body)
        composer.action_send_mail()
        message = certificate.message_ids[0]
        self.assertEqual(message.attachment_ids.raw, certificate.sudo().document_id.raw)

    def money(self, rounding):
        """Return a new currency of this rounding."""
        currency = self.env["res.currency"].create(
            {"name": f"X{len(str(rounding))}", "symbol": "X", "rounding": rounding}
        )
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 1}
        )
        return currency

    def test_amounts_have_the_decimals_of_their_currency_in_each_language(self):
        codes = ("de_DE", "fr_FR", "es_ES")
        for code in codes:
            self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms(["purchase_milestone"], codes)
        moneys = {0: self.money(1), 3: self.money(0.001)}
        for code, decimals, *words in (
            ("en_US", 0, "Payment Certificate", "18,000", "-36,000"),
            ("en_US", 3, "Payment Certificate", "18,000.000", "-36,000.000"),
            ("de_DE", 3, "Zahlungszertifikat", "18.000,000", "-36.000,000"),
            ("fr_FR", 0, "Certificat de paiement", "18 000", "-36 000"),
            ("es_ES", 3, "Certificado de pago", "18.000,000", "-36.000,000"),
        ):
            self.vendor.lang = code
            (text,) = self.texts(self.pdf(self.certified(currency_id=moneys[decimals].id)))
            lines = text.replace("\u202f", " ").replace("\xa0", " ").splitlines()
            for word in words:
                self.assertIn(word, lines, code)

    def test_pages_hold_the_same_rows_in_each_layout(self):
        certificate = self.certified(23)
        for layout in self.env["report.layout"].search([]):
            self.company.external_report_layout_id = layout.view_id
            # A void one is printed anew.
            certificate.sudo()._write_guarded({"state": "void"})
            with self.subTest(layout.view_id.key):
                _sums, *sheets = self.texts(self.pdf(certificate))
                self.assertEqual([sheet.count("Pier") for sheet in sheets], [22, 1])

    def test_arabic_is_printed_from_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.vendor.lang = "ar_001"
        (text,) = self.texts(self.pdf(self.certified(name="رصيف {}")))
        # The letters as they are printed, joined and from the left: "رصيف 1".
        self.assertIn("1\n ﻒﻴﺻر", text)
        self.assertIn("100,000.00", text)
