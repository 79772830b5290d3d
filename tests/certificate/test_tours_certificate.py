from odoo.tests import HttpCase, tagged

from .common import CertificateCommon


@tagged("post_install", "-at_install", "slow")
class TestToursCertificate(CertificateCommon, HttpCase):
    """A part, its bill and its certificate, then the rest, in the browser."""

    def test_part_approved_billed_certified_then_the_rest(self):
        order = self.create_order(
            100_000, [self.percent("Quay wall", 100, retention=10)], confirm=True
        )
        order.milestone_ids.action_start()
        page = f"/odoo/purchase/{order.id}"
        self.print_for_real()
        self.start_tour(page, "purchase_milestone_certificate_part", login="ms_buyer")
        self.start_tour("/odoo", "purchase_milestone_certificate_approve", login="ms_approver")
        self.bill_in_browser(order)
        first = self.last(order)
        self.assertEqual(self.figures(first), (40_000, 4_000, 0, 36_000))
        self.start_tour(page, "purchase_milestone_certificate_first", login="ms_buyer")
        self.assertTrue(first.document_id.raw.startswith(b"%PDF"))
        self.start_tour("/odoo", "purchase_milestone_certificate_approve", login="ms_approver")
        self.post(self.create_bill(order))
        second = self.last(order)
        self.assertEqual((second.number, second.line_ids.amount_to_finish), (2, 0))
        self.assertEqual(self.figures(second), (100_000, 10_000, 36_000, 54_000))
        self.start_tour(page, "purchase_milestone_certificate_second", login="ms_buyer")

    def bill_in_browser(self, order):
        """Let the buyer create the first bill of an order, and the accountant post it."""
        page = f"/odoo/purchase/{order.id}"
        self.start_tour(page, "purchase_milestone_certificate_bill", login="ms_buyer")
        bill = order.sudo().invoice_ids
        self.start_tour(
            f"/odoo/action-account.action_move_in_invoice_type/{bill.id}",
            "purchase_milestone_certificate_post",
            login="ms_accountant",
        )
        self.assertEqual(bill.state, "posted")

    def print_for_real(self):
        """Print PDFs, which Odoo does not in tests; without styles, which nobody looks at."""
        self.env["ir.config_parameter"].set_param("report.url", "http://127.0.0.1:9")
        reports = type(self.env["ir.actions.report"])
        original = reports._render_qweb_pdf

        def render(reports, *arguments, **values):
            reports = reports.with_context(force_report_rendering=True)
            return original(reports, *arguments, **values)

        self.patch(reports, "_render_qweb_pdf", render)
