"""The morning mail: what waits for a user."""

from collections import defaultdict

from odoo import api, fields, models

from .mail_activity import APPROVAL

DIGEST = "purchase_milestone.mail_template_milestone_digest"
MORNING = range(6, 12)  # hours of the user's day
BATCH = 100


class ResUsers(models.Model):
    """Users get a mail each morning of a working day, if milestones wait for them.

    Archiving a user deletes his activities: others are asked, and he is when he comes back.
    """

    _inherit = "res.users"

    milestone_digest = fields.Boolean(
        string="Morning Mail of Milestones",
        default=True,
        help="A mail each morning, if milestones or retention wait for you.",
    )
    date_milestone_digest = fields.Date(
        readonly=True,
        copy=False,
        help="The day of the user's last morning mail.",
        export_string_translation=False,
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "milestone_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "milestone_digest"]

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: purchase.milestone - others are asked, whoever archives the user
            milestones = self.env["purchase.milestone"].sudo()
            milestones.search([("asked_ids", "in", self.ids)])._update_asked()
        return result

    @api.model
    def _cron_milestone_digest(self):
        """Send the morning mail to those for whom it is morning and for whom something waits."""
        waiting = self._get_what_waits()
        users = self.union(*waiting).filtered(lambda user: user._expects_digest())
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(users))
        template = self.env.ref(DIGEST, raise_if_not_found=False)
        while users and template:
            batch, users = users[:BATCH], users[BATCH:]
            template.with_context(
                milestone_ids={user.id: waiting[user][0] for user in batch},
                activity_ids={user.id: waiting[user][1] for user in batch},
            ).send_mail_batch(batch.ids)
            for day, group in batch.grouped(lambda user: user._get_local_now().date()).items():
                group.date_milestone_digest = day
            if not commit(len(batch)):
                return

    @api.model
    def _get_what_waits(self):
        """Return ``{user: (ids of milestones to decide on, ids of other activities)}``."""
        waiting = defaultdict(lambda: ([], []))
        asked = self.env["purchase.milestone"].search(
            [("state", "=", "completed"), ("asked_ids.milestone_digest", "=", True)],
            order="date_approval_due, id",
        )
        for milestone in asked:
            for user in milestone.asked_ids:
                waiting[user][0].append(milestone.id)
        activity_types = self.env["mail.activity"]._get_milestone_activity_types()
        approval = self.env["mail.activity"]._get_milestone_activity_types((APPROVAL,))
        activities = self.env["mail.activity"].search(
            [
                ("activity_type_id", "in", (activity_types - approval).ids),
                ("automated", "=", True),
                ("user_id.milestone_digest", "=", True),
            ],
            order="date_deadline, id",
        )
        for activity in activities:
            waiting[activity.user_id][1].append(activity.id)
        return waiting

    def _expects_digest(self):
        """Return whether it is the morning of a working day on which the mail was not sent yet."""
        now = self._get_local_now()
        calendar = self.company_id.resource_calendar_id
        return (
            self.active
            and self.milestone_digest
            and self.email
            and now.hour in MORNING
            and self.date_milestone_digest != now.date()
            and (not calendar or calendar._works_on_date(now.date()))
        )

    def _get_local_now(self):
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.tz or "UTC"), fields.Datetime.now()
        )
