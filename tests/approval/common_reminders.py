from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, new_test_user
from odoo.tools import html2plaintext

from ..common import APPROVER, RELEASE_OFFICER
from ..retention.common import RetentionCommon

WEDNESDAY = date(2026, 3, 4)


class ReminderCommon(RetentionCommon):
    """People of several countries, and the nights of a company that builds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.second = new_test_user(
            cls.env, "ms_second", APPROVER, name="Jonas Weber", lang="de_DE", tz="Europe/Berlin"
        )
        cls.manager.tz = cls.approver.tz = cls.buyer.tz = "UTC"
        for user in (cls.buyer, cls.manager, cls.approver, cls.second, cls.release_officer):
            user.email = f"{user.login}@fitout.example.com"
        cls.vendor.write({"email": "office@northern.example.com", "lang": "en_US"})
        others = cls.env["res.users"].search(
            [("all_group_ids", "in", [cls.env.ref(APPROVER).id, cls.env.ref(RELEASE_OFFICER).id])]
        )
        # Nobody but the people of these tests is asked.
        people = cls.approver | cls.second | cls.release_officer
        (others - people).write(
            {"group_ids": [(3, cls.env.ref(APPROVER).id), (3, cls.env.ref(RELEASE_OFFICER).id)]}
        )
        cls.kinds = {
            cls.env.ref(f"purchase_milestone.mail_act_{name}"): name
            for name in (
                "milestone_approval",
                "milestone_late",
                "milestone_due",
                "milestone_overdue",
                "milestone_rejected",
                "retention_due",
            )
        }

    def setUp(self):
        super().setUp()
        self.env["mail.mail"].search([]).unlink()

    def at(self, day, hour=10):
        """Return a context in which it is that hour of the day, in UTC."""
        return freeze_time(f"{day} {hour:02}:00:00")

    def night(self, day):
        """Run the scheduled action in the night before ``day``."""
        with self.at(day, 2), self.committing():
            self.env["purchase.milestone"]._cron_remind()

    def morning(self, day, hour):
        """Send the morning mails of that hour, in UTC."""
        with self.at(day, hour), self.committing():
            self.env["res.users"]._cron_milestone_digest()

    def committing(self):
        """Return a context in which the scheduled action has time, and commits nothing."""
        cron = self.registry["ir.cron"]
        return patch.object(cron, "_commit_progress", return_value=60)

    def activities(self, records):
        """Return ``[(login, kind, deadline)]`` of what is asked about the records."""
        found = (
            records.env["mail.activity"]
            .sudo()
            .search([("res_model", "=", records._name), ("res_id", "in", records.ids)])
        )
        return sorted(
            (a.user_id.login, self.kinds[a.activity_type_id], str(a.date_deadline)) for a in found
        )

    def mails(self):
        """Return ``[(addresses, subject, text)]`` of the mails since the last call."""
        mails = self.env["mail.mail"].search([], order="id")
        found = [
            (
                ",".join(sorted(mail.recipient_ids.mapped("email"))),
                mail.subject,
                html2plaintext(mail.body_html),
            )
            for mail in mails
        ]
        mails.unlink()
        return sorted(found)
