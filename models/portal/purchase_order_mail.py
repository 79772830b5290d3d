"""Mails on milestones to the vendor: in his language, and all of them in the order's history."""

from odoo import models

SUBTYPE = "purchase_milestone.mail_message_subtype_vendor"


class PurchaseOrder(models.Model):
    """An order whose vendor is told what becomes of his deliveries, bills and retention."""

    _inherit = "purchase.order"

    def _mail_vendor(self, template, record, partners=None):
        """Send the mail of ``template`` on ``record`` to the vendor of this order.

        It stands in the order's history, for the company as for the vendor on the portal. It comes
        from the company: who has decided is not told. Nothing is sent where the vendor sees no
        milestones on the portal, where the company sends vendors no mails, or where the template
        has been archived or deleted.

        :param str template: external id of a mail.template of the model of ``record``
        :param partners: who gets it besides
        """
        self.ensure_one()
        # sudo: purchase.order - who decides need not write on the order
        order = self.sudo()
        template = order.env.ref(template, raise_if_not_found=False)
        is_wanted = order._shows_milestones_on_portal() and order.company_id.milestone_vendor_mails
        if not template or not template.active or not is_wanted:
            return
        recipients = order.partner_id | (partners or order.partner_id.browse())
        company, lang = order.company_id, order.partner_id.lang
        subject = template._render_field("subject", record.ids, set_lang=lang)
        body = template._render_field(
            "body_html", record.ids, set_lang=lang, options={"post_process": True}
        )
        order.with_context(lang=lang).message_post(
            subject=subject[record.id],
            body=body[record.id],
            message_type="auto_comment",
            subtype_xmlid=SUBTYPE,
            partner_ids=recipients.ids,
            author_id=company.partner_id.id,
            email_from=company.email_formatted,
            email_layout_xmlid="mail.mail_notification_light",
            email_add_signature=False,
            # Odoo leaves out whoever posts: of his own bill a vendor is told, too.
            notify_author_mention=True,
        )
