from odoo import api, models

from ...tools.checks import MAIL_ARRIVES


class MailThread(models.AbstractModel):
    """Incoming mails are recorded, whether or not milestones are switched on."""

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        # EXTENDS 'mail'
        arriving = self.with_context(purchase_milestone_mail=MAIL_ARRIVES)
        return super(MailThread, arriving)._message_route_process(message, message_dict, routes)
