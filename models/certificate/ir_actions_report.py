import io

from odoo import models

REPORT = "purchase_milestone.report_certificate"


class IrActionsReport(models.Model):
    """Certificates are printed once: later prints give the document that is kept."""

    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        if not res_ids or self._get_report(report_ref).report_name != REPORT:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        certificates = self.env["purchase.milestone.certificate"].browse(res_ids)
        certificates.check_access("read")
        streams = {}
        for certificate in certificates:
            content = certificate._get_kept_pdf()
            if not content:
                streams |= super()._render_qweb_pdf_prepare_streams(
                    report_ref, data, certificate.ids
                )
                certificate._keep_pdf(streams[certificate.id]["stream"].getvalue())
            else:
                streams[certificate.id] = {"stream": io.BytesIO(content), "attachment": None}
        return streams
