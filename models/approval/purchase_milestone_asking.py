"""Those whose turn it is to decide are asked, each once, until it is decided."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command

from ...tools.checks import FROZEN_STATES
from .mail_activity import ALL_TYPES, APPROVAL, DUE, LATE_APPROVAL, OVERDUE, REJECTED

ASKED = "purchase_milestone.mail_template_milestone_approval"
TOLD_REJECTED = "purchase_milestone.mail_template_rejected_responsible"


class PurchaseMilestone(models.Model):
    """Whoever has to do something about a milestone has an activity on it, until it is done."""

    _inherit = "purchase.milestone"

    asked_ids = fields.Many2many(
        comodel_name="res.users",
        relation="purchase_milestone_asked_rel",
        column1="milestone_id",
        column2="user_id",
        # Whoever is archived is taken out, and asked again when he comes back.
        context={"active_test": False},
        readonly=True,
        copy=False,
        help="Users who have been asked to decide. Whoever dismisses the activity is not asked "
        "again for the same decision.",
        export_string_translation=False,
    )
    date_approval_due = fields.Date(
        string="Decide By",
        readonly=True,
        copy=False,
        help="Working days after the completion, or after the approval before this one, as many as "
        "the settings say.",
    )
    is_escalated = fields.Boolean(
        readonly=True,
        copy=False,
        help="The company's user for late approvals has been told.",
        export_string_translation=False,
    )

    @api.model
    def _get_initial_values(self):
        return {
            **super()._get_initial_values(),
            "asked_ids": [],
            "date_approval_due": False,
            "is_escalated": False,
        }

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _after_transition(self, sources):
        result = super()._after_transition(sources)
        # Browsed again: closing activities empties the cache that their prefetch may refer to.
        milestones = self.browse(self.ids)
        milestones.filtered(lambda m: m.state in FROZEN_STATES)._close_due_reminders()
        resumed = milestones.filtered(lambda m: sources[m] == "rejected")
        resumed._close_activities(REJECTED)
        resumed._forget_due_reminders()
        milestones.filtered(lambda m: "completed" in (sources[m], m.state))._start_turn()
        rejected = milestones.filtered(lambda m: m.state == "rejected")
        rejected._tell_rejected()
        return result

    def _start_turn(self):
        """Ask those whose turn it has just become, and nobody else any more."""
        self.filtered("is_escalated")._close_activities(LATE_APPROVAL)
        waiting = self.filtered(lambda milestone: milestone.state == "completed")
        (self - waiting)._write_guarded({"date_approval_due": False, "is_escalated": False})
        today = fields.Date.context_today(self)
        for company, milestones in waiting.grouped("company_id").items():
            deadline = company._get_milestone_approval_deadline(today)
            milestones._write_guarded({"date_approval_due": deadline, "is_escalated": False})
        self._update_asked()

    def _get_users_to_ask(self):
        """Return ``{milestone: users}``: whose turn it is; nobody where nothing waits."""
        # The rights of users may have changed since it was computed.
        self._forget_turns()
        nobody = self.env["res.users"]
        return {m: m.waiting_for_ids if m._waits_for_decision() else nobody for m in self}

    def _update_asked(self):
        """Ask those whose turn it is and who have not been asked, and nobody else any more.

        The queries do not grow with the number of milestones.
        """
        wanted = self._get_users_to_ask()
        gone = {m: m.asked_ids - wanted[m] for m in self if m.asked_ids - wanted[m]}
        new = {m: wanted[m] - m.asked_ids for m in self if wanted[m] - m.asked_ids}
        if gone:
            activities = self._search_activities(self.browse().union(*gone), APPROVAL)
            activities.filtered(lambda a: a.user_id in gone[self.browse(a.res_id)]).unlink()
        changed = defaultdict(self.browse)
        for milestone in {**gone, **new}:
            changed[wanted[milestone]] += milestone
        for users, milestones in changed.items():
            milestones._write_guarded({"asked_ids": [Command.set(users.ids)]})
        if new:
            self.env["mail.activity"]._open_milestone_activities(
                APPROVAL,
                new,
                {milestone: milestone.date_approval_due for milestone in new},
                {milestone: milestone.nobody_left for milestone in new},
            )
            self._mail_users(ASKED, new)

    def _tell_rejected(self):
        """Tell the responsible users that these milestones were rejected, and why."""
        told = {m: m._get_responsible() for m in self if m._get_responsible()}
        today = fields.Date.context_today(self)
        self.env["mail.activity"]._open_milestone_activities(
            REJECTED,
            told,
            dict.fromkeys(told, today),
            {milestone: milestone.rejection_reason for milestone in told},
        )
        self._mail_users(TOLD_REJECTED, told)

    def _get_responsible(self):
        """Return who takes care of this milestone: its responsible, or the order's buyer."""
        return (self.user_id or self.order_id.user_id).filtered("active")

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    @api.model
    def _search_activities(self, milestones, *xmlids):
        return self.env["mail.activity"]._search_milestone_activities(xmlids, milestones)

    def _close_activities(self, *xmlids):
        """Close the activities of these types: what they ask for is done or not wanted."""
        self._search_activities(self, *xmlids).unlink()

    def _close_due_reminders(self):
        self.filtered("due_notice")._close_activities(DUE, OVERDUE)

    def _forget_due_reminders(self):
        """Close the reminders of the due dates, and have new ones made when it is time."""
        reminded = self.filtered("due_notice")
        reminded._close_due_reminders()
        reminded._write_guarded({"due_notice": False})

    def _stop_asking(self):
        """Close all that was asked about these milestones; nothing of it is wanted any more."""
        asked = self.filtered(lambda m: m.due_notice or m.state in ("completed", "rejected"))
        asked._close_activities(*ALL_TYPES)
        asked._write_guarded(
            {
                "asked_ids": [Command.clear()],
                "date_approval_due": False,
                "is_escalated": False,
                "due_notice": False,
            }
        )

    # ------------------------------------------------------------------
    # Mails
    # ------------------------------------------------------------------

    @api.model
    def _mail_users(self, xmlid, told):
        """Mail each user, once, what is said of his milestones.

        Not those who do it themselves, nor those who handle notifications in Odoo.

        :param dict told: ``{milestone: users}``
        """
        lists = defaultdict(list)
        for milestone, users in told.items():
            for user in users - self.env.user:
                if user.notification_type == "email":
                    lists[user].append(milestone.id)
        self._mail_lists(xmlid, lists)

    @api.model
    def _mail_lists(self, xmlid, lists):
        """Mail each reader his list, in his language.

        :param dict lists: ``{user or partner: ids of milestones}``
        """
        template = self.env.ref(xmlid, raise_if_not_found=False)
        readers = [reader.id for reader in lists if reader.email]
        if template and readers:
            # sudo: mail.template - whoever takes a step need not have a right to read its readers
            template.sudo().with_context(
                milestone_ids={reader.id: ids for reader, ids in lists.items()}
            ).send_mail_batch(readers)
