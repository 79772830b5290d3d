"""The certificate on paper: pages, and one PDF for good."""

import re
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_print import PrintCommon


@tagged("post_install", "-at_install", "slow")
class TestCertificatePrint(PrintCommon, HttpCase):
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

    def test_four_hundred_rows_carry_their_sums_from_page_to_page(self):
        certificate = self.certified(400)
        _sums, *sheets = self.texts(self.pdf(certificate))
        self.assertEqual(len(sheets), 19)
        amount = re.compile(r"[\d,]+\.\d\d")

        def sums(sheet, label):
            return amount.findall(sheet.split(label)[1])[:6]

        for number, (sheet, following) in enumerate(zip(sheets, sheets[1:], strict=False), 1):
            carried = sums(sheet, "Carried forward")
            self.assertEqual(carried[0], f"{22 * number * 100_000:,}.00")
            self.assertEqual(carried, sums(following, "Brought forward"))
        self.assertEqual(
            sums(sheets[-1], "Total"),
            [
                *("40,000,000.00", "16,000,000.00", "8,000,000.00", "24,000,000.00"),
                *("16,000,000.00", "2,400,000.00"),
            ],
        )

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

    def test_pages_hold_the_same_rows_in_each_layout(self):
        certificate = self.certified(23)
        for layout in self.env["report.layout"].search([]):
            self.company.external_report_layout_id = layout.view_id
            # A void one is printed anew.
            certificate.sudo()._write_guarded({"state": "void"})
            with self.subTest(layout.view_id.key):
                _sums, *sheets = self.texts(self.pdf(certificate))
                self.assertEqual([sheet.count("Pier") for sheet in sheets], [22, 1])
