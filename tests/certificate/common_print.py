"""What tests of printed certificates have in common."""

import io

from lxml import html

from odoo.tools.pdf import PdfFileReader

from ...models.certificate.purchase_order_certificate import Draft
from .common import CertificateCommon

REPORT = "purchase_milestone.report_certificate"


class PrintCommon(CertificateCommon):
    """Certificates of any number of rows, and what is printed of them."""

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
