"""Certificates are frozen: nobody creates, changes or deletes one but our own methods."""

import hashlib
import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

FIGURES = (
    *("amount_original", "amount_changes", "amount_contract", "amount_to_date"),
    *("amount_to_finish", "retention_to_date", "retention_released", "retention_forfeited"),
    *("advance_recovered", "amount_previous", "amount_net", "amount_tax", "amount_payable"),
)
LINE_FIGURES = (
    *("value", "amount_previous", "amount_now", "amount_to_date", "amount_to_finish"),
    "retention_amount",
)


class PurchaseMilestoneCertificate(models.Model):
    """Figures that cannot be changed, and a checksum that tells if they were."""

    _inherit = "purchase.milestone.certificate"

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        if vals_list:
            raise self._issued_by_order()
        return super().create(vals_list)

    def _create_issued(self, drafts):
        """Create certificates: the one way past `create`, for the order alone.

        :param drafts: the `Draft` of each, with its values and those of its lines
        """
        quiet = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        certificates = super(PurchaseMilestoneCertificate, quiet).create(
            [draft.values for draft in drafts]
        )
        certificates.line_ids._create_lines(
            [
                {**line, "certificate_id": certificate.id}
                for certificate, draft in zip(certificates, drafts, strict=True)
                for line in draft.lines
            ]
        )
        for certificate in certificates:
            certificate._write_guarded({"sha256": certificate._get_checksum()})
        return certificates.with_env(self.env)

    def write(self, vals):
        self.check_access("write")
        if vals.keys() - self.env["mail.thread"]._fields.keys():
            raise self._issued_by_order()
        return super().write(vals)

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        if self:
            raise self._issued_by_order()

    def _issued_by_order(self):
        return UserError(
            self.env._(
                "Payment certificates are issued by the order or by its bills, and cannot be "
                "changed or deleted. Declare the certificate void and issue a new one."
            )
        )

    def _compute_is_intact(self):
        # sudo: purchase.milestone.certificate - the checksum is of all lines
        for certificate in self.sudo():
            certificate.is_intact = certificate.sha256 == certificate._get_checksum()

    def _get_checksum(self):
        """Return the SHA-256 of the figures, independent of languages and of later changes."""
        digits = self.currency_id.decimal_places
        content = {
            "number": self.number,
            "date": str(self.date),
            "currency": self.currency_id.name,
            **{name: float_repr(self[name] or 0, digits) for name in FIGURES},
            "lines": [
                {
                    "name": line.name,
                    **{name: float_repr(line[name] or 0, digits) for name in LINE_FIGURES},
                }
                for line in self.line_ids
            ],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
