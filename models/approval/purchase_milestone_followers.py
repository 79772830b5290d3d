"""The responsible user and the buyer follow their milestones."""

from odoo import api, models

from .mail_activity import DUE, OVERDUE, REJECTED


class PurchaseMilestone(models.Model):
    """Whoever is responsible for a milestone gets what is written about it."""

    _inherit = "purchase.milestone"

    @api.model_create_multi
    def create(self, vals_list):
        milestones = super().create(vals_list)
        milestones._subscribe_people()
        return milestones

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            self._subscribe_people()
            self._pass_reminders_on()
        return result

    def _subscribe_people(self):
        """Make the responsible user and the buyer followers, many milestones at once."""
        # sudo: purchase.milestone - people follow whoever names them
        milestones = self.sudo()
        for users, group in milestones.grouped(lambda m: m.user_id | m.order_id.user_id).items():
            partners = users.filtered("active").partner_id
            if partners:
                group._message_subscribe(partners.ids)

    def _pass_reminders_on(self):
        """Give the new responsible user the activities that the former one has."""
        # sudo: purchase.milestone - see above
        reminded = self.sudo().filtered(lambda m: m.due_notice or m.state == "rejected")
        activities = self._search_activities(reminded, DUE, OVERDUE, REJECTED)
        of_users = activities.grouped(lambda a: reminded.browse(a.res_id)._get_responsible())
        for user, owned in of_users.items():
            owned.with_context(mail_activity_quick_update=True).write({"user_id": user.id})
