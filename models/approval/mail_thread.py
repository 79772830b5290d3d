from odoo import models

from ...tools.checks import ASKED_ONLY


class MailThread(models.AbstractModel):
    """Being asked to do something does not make a user a follower."""

    _inherit = "mail.thread"

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        # EXTENDS 'mail': whoever gets an activity would get every later comment as well
        if self.env.context.get("purchase_milestone_asking") is ASKED_ONLY:
            return True
        return super()._message_subscribe(
            partner_ids=partner_ids, subtype_ids=subtype_ids, customer_ids=customer_ids
        )
