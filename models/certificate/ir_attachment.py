from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list


class IrAttachment(models.Model):
    """The PDF of a certificate is frozen as its figures are."""

    _inherit = "ir.attachment"

    @api.model
    def _s3_models(self):
        return [*super()._s3_models(), "purchase.milestone.certificate"]

    def _check_not_evidence(self):
        result = super()._check_not_evidence()
        # sudo: purchase.milestone.certificate - its PDF is frozen whoever asks
        certificates = self.env["purchase.milestone.certificate"].sudo()
        certificates = certificates.search([("document_id", "in", self.ids)])
        if certificates:
            raise UserError(
                self.env._(
                    "The PDF of payment certificate %(certificates)s cannot be changed or deleted.",
                    certificates=format_list(self.env, certificates.mapped("display_name")),
                )
            )
        return result
