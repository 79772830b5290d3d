import io

from odoo import models

REPORT = "purchase_milestone.report_certificate"
# What of the request counts for a print that is kept for good: not its data, nor its page format.
KEPT_CONTEXT = ("allowed_company_ids", "force_report_rendering", "lang", "tz")


class IrActionsReport(models.Model):
    """Certificates are printed once: later prints give the document that is kept."""

    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        if not res_ids or self._get_report(report_ref).report_name != REPORT:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        certificates = self.env["purchase.milestone.certificate"].browse(res_ids)
        certificates.check_access("read")
        context = self.env.context
        plain = self.with_context(  # pylint: disable=context-overridden
            {key: context[key] for key in KEPT_CONTEXT if key in context}
        )
        streams = {}
        for certificate in certificates:
            content = certificate._get_kept_pdf()
            if not content:
                streams |= super(IrActionsReport, plain)._render_qweb_pdf_prepare_streams(
                    report_ref, {"report_type": "pdf"}, certificate.ids
                )
                certificate._keep_pdf(streams[certificate.id]["stream"].getvalue())
            else:
                streams[certificate.id] = {"stream": io.BytesIO(content), "attachment": None}
        return streams
