from odoo import api, models
from odoo.exceptions import UserError

from ...tools.checks import DELETED_BY_US

# What a line of the history says, when, and of whom.
HISTORY_FIELDS = {
    "author_id",
    "body",
    "date",
    "email_from",
    "message_type",
    "model",
    "res_id",
    "subject",
    "tracking_value_ids",
}


class MailMessage(models.Model):
    """Lines of the history of milestones."""

    _inherit = "mail.message"

    def write(self, vals):
        # Odoo itself writes the subject when it mails a line of the history to followers.
        kept = HISTORY_FIELDS - {"subject"} if self.env.su else HISTORY_FIELDS
        if (
            kept & vals.keys()
            and self.env.context.get("purchase_milestone_delete") is not DELETED_BY_US
        ):
            self._check_not_history()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        if self.env.context.get("purchase_milestone_delete") is not DELETED_BY_US:
            self._check_not_history()

    def _check_not_history(self):
        """Raise if a milestone, or an order with milestones, has logged one of these."""
        # sudo: mail.message - the history is guarded whoever may read it
        logs = self.sudo().filtered(lambda message: message.message_type == "notification")
        milestones = logs.filtered(lambda message: message.model == "purchase.milestone")
        # sudo: purchase.order - see above
        orders = self.env["purchase.order"].sudo()
        orders = orders.browse(
            logs.filtered(lambda message: message.model == "purchase.order").mapped("res_id")
        )
        if milestones or orders.exists().milestone_ids:
            raise UserError(
                self.env._("The history of milestones cannot be changed. Add a note instead.")
            )
