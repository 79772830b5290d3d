"""Every night: reminders of due dates, and approvals that are late."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.batch import run_batch
from ...tools.checks import filter_changed
from .mail_activity import DUE, LATE_APPROVAL, OVERDUE

BATCH = 500
VENDOR_DUE = "purchase_milestone.mail_template_milestone_due"


class PurchaseMilestone(models.Model):
    """Reminders: each cause is announced once, and what is announced leaves the search."""

    _inherit = "purchase.milestone"

    due_notice = fields.Selection(
        selection=[("soon", "Due soon"), ("overdue", "Overdue")],
        readonly=True,
        copy=False,
        help="What has been announced of the due date.",
        export_string_translation=False,
    )
    date_turn_checked = fields.Date(
        readonly=True,
        copy=False,
        help="The last night on which it was checked who has to decide.",
        export_string_translation=False,
    )

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "due_notice": False, "date_turn_checked": False}

    def write(self, vals):
        moved = self.browse()
        if "date_due" in vals:
            moved = filter_changed(self.filtered("due_notice"), vals, {"date_due"})
        result = super().write(vals)
        moved._forget_due_reminders()
        return result

    # ------------------------------------------------------------------
    # The scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Announce what has become due or late, company by company and in batches."""
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].search([("milestone_enabled", "=", True)])
        tasks = [task for company in companies for task in self._get_reminder_tasks(company, today)]
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=sum(records.search_count(domain) for records, domain, _method in tasks))
        for records, domain, method in tasks:
            failed = records.browse()
            while batch := records.search(domain & Domain("id", "not in", failed.ids), limit=BATCH):
                failed |= run_batch(batch, method, today)
                if not commit(len(batch)):
                    return

    @api.model
    def _get_reminder_tasks(self, company, today):
        """Return ``(records, domain, method)`` of what there can be to do for the company.

        The method takes the day, and what it has dealt with leaves the domain.
        """
        milestones = self.with_company(company)
        orders = self.env["purchase.order"].with_company(company)
        return [
            (milestones, self._get_waiting_domain(company, today), "_remind_approvers"),
            (milestones, self._get_due_domain(company, today), "_remind_due"),
            (orders, orders._get_retention_domain(company, today), "_remind_release_officers"),
        ]

    @api.model
    def _get_waiting_domain(self, company, today):
        unchecked = Domain("date_turn_checked", "=", False) | Domain(
            "date_turn_checked", "<", today
        )
        return unchecked & Domain(
            [
                ("company_id", "=", company.id),
                ("order_id.state", "=", "purchase"),
                ("state", "=", "completed"),
            ]
        )

    @api.model
    def _get_due_domain(self, company, today):
        soon = fields.Date.add(today, days=company.milestone_remind_days)
        first = Domain([("due_notice", "=", False), ("date_due", "<=", soon)])
        second = Domain([("due_notice", "=", "soon"), ("date_due", "<", today)])
        return (first | second) & Domain(
            [
                ("company_id", "=", company.id),
                ("order_id.state", "=", "purchase"),
                ("state", "in", ("pending", "started", "rejected")),
            ]
        )

    # ------------------------------------------------------------------
    # What is announced
    # ------------------------------------------------------------------

    def _remind_approvers(self, today):
        """Ask who has to decide today (deputies change by the day), and escalate what is late."""
        self._write_guarded({"date_turn_checked": today})
        self.filtered(lambda milestone: not milestone.date_approval_due)._start_turn()
        self._update_asked()
        late = self.filtered(lambda m: m.date_approval_due < today and not m.is_escalated)
        told = {m: m.company_id.milestone_escalation_user_id.filtered("active") for m in late}
        told = {milestone: user for milestone, user in told.items() if user}
        self.env["mail.activity"]._open_milestone_activities(
            LATE_APPROVAL, told, dict.fromkeys(told, today)
        )
        self.browse().union(*told)._write_guarded({"is_escalated": True})

    def _remind_due(self, today):
        """Tell the responsible users what is due soon or overdue, and the vendors what is due soon.

        “Overdue” takes the place of “due soon”.
        """
        self._close_due_reminders()
        overdue = self.filtered(lambda milestone: milestone.date_due < today)
        for milestones, xmlid, notice in (
            (self - overdue, DUE, "soon"),
            (overdue, OVERDUE, "overdue"),
        ):
            milestones._write_guarded({"due_notice": notice})
            told = {m: m._get_responsible() for m in milestones}
            self.env["mail.activity"]._open_milestone_activities(
                xmlid, told, {milestone: milestone.date_due for milestone in told}
            )
        (self - overdue)._mail_vendors()

    def _mail_vendors(self):
        """Mail each vendor which of these milestones are due soon, where the company wants it."""
        lists = defaultdict(list)
        for milestone in self.filtered("company_id.milestone_vendor_mails"):
            lists[milestone.partner_id].append(milestone.id)
        self._mail_lists(VENDOR_DUE, lists)
