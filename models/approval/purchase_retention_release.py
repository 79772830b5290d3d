from odoo import SUPERUSER_ID, api, fields, models

RELEASED = "purchase_milestone.mail_template_retention_released"


class PurchaseRetentionRelease(models.Model):
    """The vendor is told what is released, and release officers are not asked for it any more."""

    _inherit = "purchase.retention.release"

    is_vendor_told = fields.Boolean(
        readonly=True,
        copy=False,
        help="The vendor has been told of the release.",
        export_string_translation=False,
    )

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "is_vendor_told": False}

    def _write_guarded(self, vals):
        result = super()._write_guarded(vals)
        if vals.keys() & {"state", "bill_id"}:
            # sudo: purchase.order - release officers may not write on orders
            self.sudo().order_id._close_settled_retention()
        if vals.get("state") == "done":
            self._tell_vendor()
        return result

    def _tell_vendor(self):
        """Mail the vendor what is released, once, where the company wants it.

        He is told of his money whether he works on the portal or not.
        """
        template = self.env.ref(RELEASED, raise_if_not_found=False)
        told = self.filtered(
            lambda release: (
                release.outcome == "pay"
                and not release.is_vendor_told
                and release.company_id.milestone_enabled
                and release.company_id.milestone_vendor_mails
                and release.order_id.partner_id.email
            )
        )
        if template and told:
            # As superuser: a bookkeeper who posts the bill need not read releases, and the mail is
            # the company's: who has released is not its sender, also if the company has no address.
            template.with_user(SUPERUSER_ID).send_mail_batch(told.ids)
            told._write_guarded({"is_vendor_told": True})
