"""Who is asked, when, how often and in which language."""

from datetime import date, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common_reminders import WEDNESDAY, ReminderCommon


@tagged("post_install", "-at_install")
class TestReminders(ReminderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [
                cls.percent("Cable trays", 40, date_due="2026-03-20"),
                cls.percent("Switchgear", 60, date_due="2026-04-30"),
            ],
            confirm=True,
            user_id=cls.buyer.id,
        )
        cls.trays, cls.switchgear = cls.order.milestone_ids

    def complete(self, milestone, day=WEDNESDAY):
        with self.at(day):
            self.bring_to(milestone, "completed")

    def test_each_whose_turn_it_is_is_asked_until_it_is_decided(self):
        self.complete(self.trays)
        # Three working days after a Wednesday is Monday.
        self.assertEqual(
            self.activities(self.trays),
            [
                ("ms_approver", "milestone_approval", "2026-03-09"),
                ("ms_second", "milestone_approval", "2026-03-09"),
            ],
        )
        self.trays.with_user(self.second).action_approve()
        self.assertEqual(self.activities(self.trays), [])
        self.trays.with_user(self.approver).action_revoke("Measured twice")
        self.assertEqual(len(self.activities(self.trays)), 2)

    def test_holidays_of_the_company_are_no_working_days(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Works holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-03-05 00:00:00",
                "date_to": "2026-03-05 23:59:59",
            }
        )
        self.company.milestone_approval_days = 1
        self.complete(self.trays)
        self.assertEqual(str(self.trays.date_approval_due), "2026-03-06")

    def test_asking_makes_nobody_a_follower(self):
        self.complete(self.trays)
        self.assertEqual(self.trays.message_partner_ids, self.buyer.partner_id)

    def test_responsible_and_buyer_follow(self):
        engineer = new_test_user(self.env, "ms_engineer", "purchase.group_purchase_user")
        self.trays.with_user(self.buyer).user_id = engineer
        people = (self.buyer | engineer).partner_id
        self.assertEqual(self.trays.message_partner_ids, people)
        self.assertEqual(self.switchgear.message_partner_ids, self.buyer.partner_id)

    def test_approval_mail_in_the_language_and_time_of_each_reader(self):
        self.complete(self.trays)
        english, german = self.mails()
        self.assertEqual([english[0], german[0]], [self.approver.email, self.second.email])
        self.assertIn("Cable trays", english[1])
        self.assertIn("Northern Fit-Out Ltd", english[2])
        self.assertIn("40,000.00", english[2])
        self.assertIn("03/09/2026", english[2])
        self.assertIn("40.000,00", german[2])
        self.assertIn("09.03.2026", german[2])
        # Completed at 10:00 in UTC.
        self.assertIn("10:00", english[2])
        self.assertIn("11:00", german[2])
        self.assertIn(f"/mail/view?model=purchase.milestone&res_id={self.trays.id}", english[2])

    def test_a_selection_is_one_mail_for_each_approver(self):
        self.complete(self.order.milestone_ids)
        mails = self.mails()
        self.assertEqual(len(mails), 2)
        for _address, _subject, text in mails:
            self.assertIn("Cable trays", text)
            self.assertIn("Switchgear", text)

    def test_who_handles_notifications_in_odoo_gets_no_mail(self):
        (self.approver | self.second).notification_type = "inbox"
        self.complete(self.trays)
        self.assertEqual(self.mails(), [])
        self.assertEqual(len(self.activities(self.trays)), 2)

    def test_rejection_reaches_the_responsible(self):
        self.complete(self.trays)
        self.mails()
        with self.at("2026-03-05"):
            self.trays.with_user(self.approver).action_reject("Not earthed")
        self.assertEqual(
            self.activities(self.trays), [("ms_buyer", "milestone_rejected", "2026-03-05")]
        )
        ((address, subject, text),) = self.mails()
        self.assertEqual(address, self.buyer.email)
        self.assertIn("Cable trays", subject)
        self.assertIn("Not earthed", text)
        self.trays.with_user(self.buyer).action_rework()
        self.assertEqual(self.activities(self.trays), [])

    def test_late_approval_escalates_once(self):
        self.company.milestone_escalation_user_id = self.manager
        self.complete(self.trays)
        for day in range(5, 10):
            self.night(date(2026, 3, day))
            self.assertEqual(len(self.activities(self.trays)), 2)
        for day in range(10, 20):
            self.night(date(2026, 3, day))
            self.assertEqual(
                [found for found in self.activities(self.trays) if found[0] == "ms_manager"],
                [("ms_manager", "milestone_late", "2026-03-10")],
            )
        self.trays.with_user(self.approver).action_approve()
        self.assertEqual(self.activities(self.trays), [])

    def test_escalation_goes_to_somebody_who_can_read_milestones(self):
        stranger = new_test_user(self.env, "ms_stranger", "base.group_user")
        with self.refused("cannot read milestones", ValidationError):
            self.company.milestone_escalation_user_id = stranger

    def test_a_month_of_nights_doubles_nothing(self):
        self.bring_to(self.trays, "started")
        self.mails()
        seen, told = [], []
        for offset in range(31):
            day = date(2026, 3, 1) + timedelta(days=offset)
            self.night(day)
            self.night(day)
            now = self.activities(self.trays)
            if not seen or seen[-1][1] != now:
                seen.append((str(day), now))
            told += [(str(day), address, subject) for address, subject, _text in self.mails()]
        self.assertEqual(
            seen,
            [
                ("2026-03-01", []),
                ("2026-03-13", [("ms_buyer", "milestone_due", "2026-03-20")]),
                ("2026-03-21", [("ms_buyer", "milestone_overdue", "2026-03-20")]),
            ],
        )
        self.assertEqual(
            told,
            [("2026-03-13", self.vendor.email, f"Due soon: {self.trays.display_name}")],
        )
        self.complete_started(self.trays)
        self.assertFalse(
            [found for found in self.activities(self.trays) if found[1] != "milestone_approval"]
        )

    def complete_started(self, milestone):
        milestone.with_user(self.buyer).action_complete()

    def test_dismissed_activities_do_not_come_back(self):
        self.complete(self.switchgear)
        self.night(date(2026, 3, 15))
        self.env["mail.activity"].search(
            [
                ("res_model", "=", "purchase.milestone"),
                ("res_id", "in", self.order.milestone_ids.ids),
            ]
        ).unlink()
        self.night(date(2026, 3, 16))
        self.assertEqual(self.activities(self.order.milestone_ids), [])

    def test_who_comes_back_is_asked_again(self):
        self.complete(self.switchgear)
        with self.at("2026-03-04", 20):
            self.second.action_archive()
        self.assertEqual([a[0] for a in self.activities(self.switchgear)], ["ms_approver"])
        self.second.active = True
        self.night(date(2026, 3, 6))
        self.assertEqual(
            [a[0] for a in self.activities(self.switchgear)], ["ms_approver", "ms_second"]
        )

    def test_another_due_date_is_another_reminder(self):
        self.night(date(2026, 3, 15))
        self.assertEqual(len(self.activities(self.trays)), 1)
        self.trays.with_user(self.buyer).date_due = "2026-03-20"
        self.assertEqual(len(self.activities(self.trays)), 1)
        self.trays.with_user(self.buyer).date_due = "2026-05-20"
        self.assertEqual(self.activities(self.trays), [])
        self.night(date(2026, 5, 14))
        self.assertEqual(self.activities(self.trays), [("ms_buyer", "milestone_due", "2026-05-20")])

    def test_new_responsible_takes_the_reminders_over(self):
        self.night(date(2026, 3, 15))
        self.trays.with_user(self.buyer).user_id = self.manager
        self.assertEqual(
            self.activities(self.trays), [("ms_manager", "milestone_due", "2026-03-20")]
        )

    def test_cancelled_order_asks_nobody(self):
        self.complete(self.switchgear)
        self.night(date(2026, 3, 15))
        self.assertEqual(len(self.activities(self.order.milestone_ids)), 3)
        self.order.with_user(self.buyer).button_cancel()
        self.assertEqual(self.activities(self.order.milestone_ids), [])
        self.night(date(2026, 3, 25))
        self.assertEqual(self.activities(self.order.milestone_ids), [])

    def test_switched_off_company_is_silent(self):
        self.complete(self.switchgear)
        self.mails()
        self.company.milestone_enabled = False
        for day in (5, 15, 25):
            self.night(date(2026, 3, day))
            self.morning(date(2026, 3, day), 8)
        self.assertEqual(self.activities(self.order.milestone_ids), [])
        self.assertEqual(self.mails(), [])
        self.company.milestone_enabled = True
        self.night(date(2026, 3, 26))
        self.assertEqual(
            self.activities(self.trays), [("ms_buyer", "milestone_overdue", "2026-03-20")]
        )
        self.assertEqual(len(self.activities(self.switchgear)), 2)

    def test_vendors_are_told_only_where_the_company_wants_it(self):
        self.company.milestone_vendor_mails = False
        self.night(date(2026, 3, 15))
        self.assertEqual(self.mails(), [])

    def test_one_that_fails_does_not_stop_the_others(self):
        self.env["purchase.milestone"].search([]).date_due = False
        self.trays.date_due = self.switchgear.date_due = "2026-03-20"
        broken = self.switchgear

        def remind(milestones, today):
            if broken in milestones:
                raise ZeroDivisionError
            return original(milestones, today)

        model = self.registry["purchase.milestone"]
        original = model._remind_due
        self.patch(model, "_remind_due", remind)
        with self.assertLogs("odoo.addons.purchase_milestone.tools.batch", "ERROR"):
            self.night(date(2026, 3, 15))
        self.assertEqual(len(self.activities(self.trays)), 1)
        self.assertEqual(self.activities(broken), [])

    def test_queries_do_not_grow_with_the_batch(self):
        def night_of(count):
            order = self.create_order(
                100_000,
                [self.percent(f"S{n}", 100 / count, date_due="2026-03-20") for n in range(count)],
                confirm=True,
            )
            self.bring_to(order.milestone_ids[: count // 2], "completed")
            order.milestone_ids[: count // 2]._write_guarded({"asked_ids": [(5,)]})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.night(date(2026, 3, 15))
            self.env.flush_all()
            return self.cr.sql_log_count - before

        night_of(4)
        few = night_of(4)
        self.assertLessEqual(night_of(50), few)
