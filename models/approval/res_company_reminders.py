"""Deadlines of approvals and reminders, per company."""

from datetime import datetime, time, timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """When a company reminds and escalates, and what it tells its vendors."""

    _inherit = "res.company"

    milestone_approval_days = fields.Integer(
        string="Days to Approve",
        default=3,
        help="Working days from the completion of a milestone until its approval is late.",
    )
    milestone_remind_days = fields.Integer(
        string="Days to Remind Before",
        default=7,
        help="Days before the due date of a milestone on which its responsible user is reminded.",
    )
    milestone_escalation_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalate Late Approvals To",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="This user gets an activity when an approval is late.",
    )
    milestone_vendor_mails = fields.Boolean(
        string="Tell Vendors by Mail",
        default=True,
        help="Vendors get a mail when a milestone is due soon and when retention is released.",
    )

    _milestone_days_range = models.Constraint(
        "CHECK(milestone_approval_days BETWEEN 0 AND 365"
        " AND milestone_remind_days BETWEEN 0 AND 365)",
        "The days to approve and to remind go from 0 to 365.",
    )

    @api.constrains("milestone_escalation_user_id")
    def _check_milestone_escalation_user(self):
        milestones = self.env["purchase.milestone"]
        for user in self.milestone_escalation_user_id:
            if not milestones.with_user(user).has_access("read"):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot read milestones, and so cannot follow up late approvals. "
                        "Give the user a right to milestones first, or choose another one.",
                        user=user.name,
                    )
                )

    @api.model
    def _get_milestone_setting_names(self):
        return [
            *super()._get_milestone_setting_names(),
            "milestone_approval_days",
            "milestone_remind_days",
            "milestone_escalation_user_id",
            "milestone_vendor_mails",
        ]

    def write(self, vals):
        result = super().write(vals)
        if vals.get("milestone_enabled") is False:
            self._stop_asking()
        return result

    def _stop_asking(self):
        """Close all that is asked of users of these companies: milestones are switched off."""
        domain = [("company_id", "in", self.ids)]
        # sudo: purchase.milestone, purchase.order - the settings decide, for all users
        self.env["purchase.milestone"].sudo().search(domain)._stop_asking()
        # sudo: purchase.order - see above
        orders = self.env["purchase.order"].sudo()
        orders.search([*domain, ("retention_announced", "!=", 0)])._close_retention_activities()

    def _get_milestone_approval_deadline(self, day):
        """Return the date on which an approval that is asked for on ``day`` is due."""
        self.ensure_one()
        days = self.milestone_approval_days
        # sudo: resource.calendar - whoever completes a milestone need not read working hours
        calendar = self.sudo().resource_calendar_id
        if not days or not calendar:
            return day + timedelta(days=days)
        start = datetime.combine(day + timedelta(days=1), time.min)
        zone = timezone(calendar.tz or "UTC")
        end = calendar.plan_days(days, zone.localize(start), compute_leaves=True)
        return end.date() if end else day + timedelta(days=days)

    def _get_users_with_right(self, group):
        """Return the active users of these companies who are in the group."""
        return self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(group).id),
                ("company_ids", "in", self.ids),
                ("share", "=", False),
                ("active", "=", True),
            ]
        )
