"""Activities that milestones open and close by themselves."""

from odoo import api, models

from ...tools.checks import ASKED_ONLY

APPROVAL = "purchase_milestone.mail_act_milestone_approval"
LATE_APPROVAL = "purchase_milestone.mail_act_milestone_late"
DUE = "purchase_milestone.mail_act_milestone_due"
OVERDUE = "purchase_milestone.mail_act_milestone_overdue"
REJECTED = "purchase_milestone.mail_act_milestone_rejected"
RETENTION_DUE = "purchase_milestone.mail_act_retention_due"
ALL_TYPES = (APPROVAL, LATE_APPROVAL, DUE, OVERDUE, REJECTED, RETENTION_DUE)


class MailActivity(models.Model):
    """What milestones and retention ask of users."""

    _inherit = "mail.activity"

    @api.model
    def _open_milestone_activities(self, xmlid, asked, deadlines, notes=None):
        """Open an activity on each record for each user that is asked.

        They are opened at once and in the users' languages, and nobody is notified: our own mails
        do that.

        :param str xmlid: the activity type
        :param dict asked: ``{record: users}``, the records of one model
        :param dict deadlines: ``{record: date}``
        :param dict notes: ``{record: text}``
        """
        activity_type = asked and self.env.ref(xmlid, raise_if_not_found=False)
        if not activity_type or self.env.context.get("mail_activity_automation_skip"):
            return
        vals_list = [
            {
                "activity_type_id": activity_type.id,
                "summary": activity_type.with_context(lang=user.lang).summary,
                "note": (notes or {}).get(record),
                "date_deadline": deadlines[record],
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "user_id": user.id,
                "automated": True,
            }
            for record, users in asked.items()
            for user in users
        ]
        # sudo: mail.activity - whoever takes a step need not have access to others' activities
        self.sudo().with_context(
            mail_activity_quick_update=True, purchase_milestone_asking=ASKED_ONLY
        ).create(vals_list)

    @api.model
    def _search_milestone_activities(self, xmlids, records):
        """Return the open activities of these types on the records."""
        activity_types = records and self._get_milestone_activity_types(xmlids)
        if not activity_types:
            return self.browse()
        # sudo: mail.activity - see `_open_milestone_activities`
        return self.sudo().search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("activity_type_id", "in", activity_types.ids),
                ("automated", "=", True),
            ]
        )

    @api.model
    def _get_milestone_activity_types(self, xmlids=ALL_TYPES):
        """Return the activity types that are still there: administrators may delete them."""
        found = [self.env.ref(xmlid, raise_if_not_found=False) for xmlid in xmlids]
        return self.env["mail.activity.type"].union(*filter(None, found))
