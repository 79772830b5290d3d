"""The links of mails: mail scanners open them too."""

import re

from odoo.tests import HttpCase, tagged

from .common_reminders import WEDNESDAY, ReminderCommon


@tagged("post_install", "-at_install")
class TestLinks(ReminderCommon, HttpCase):
    def test_a_link_opens_the_milestone_after_login_and_changes_nothing(self):
        order = self.create_order(100_000, [self.percent("Fit-out", 100)], confirm=True)
        milestone = order.milestone_ids
        with self.at(WEDNESDAY):
            self.bring_to(milestone, "completed")
        asked = self.activities(milestone)
        text = next(text for address, _subject, text in self.mails() if "ms_approver" in address)
        link = re.search(r"(/mail/view\?\S+)", text)[1]
        self.env.flush_all()

        stranger = self.url_open(link, allow_redirects=False)
        self.assertIn("/web/login", stranger.headers["Location"])
        self.authenticate("ms_approver", "ms_approver")
        opened = self.url_open(link, allow_redirects=False)
        self.assertIn(f"/{milestone.id}", opened.headers["Location"])

        self.env.invalidate_all()
        self.assertEqual(milestone.state, "completed")
        self.assertEqual(self.activities(milestone), asked)
