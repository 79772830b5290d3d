"""The morning mail, and what vendors and release officers are told of retention."""

from datetime import date, timedelta

from odoo.tests import tagged

from .common_reminders import WEDNESDAY, ReminderCommon


@tagged("post_install", "-at_install")
class TestDigest(ReminderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [cls.percent("Cable trays", 40, date_due="2026-03-10"), cls.percent("Switchgear", 60)],
            confirm=True,
            user_id=cls.buyer.id,
        )
        cls.trays, cls.switchgear = cls.order.milestone_ids
        cls.second.tz = "Asia/Tokyo"

    def wait(self):
        """Have one milestone wait for its approval, and another one due soon."""
        with self.at(WEDNESDAY):
            self.bring_to(self.switchgear, "completed")
        self.night(date(2026, 3, 5))
        self.mails()

    def test_one_mail_in_the_morning_of_each_user(self):
        self.wait()
        sent = []
        for hour in range(24):
            self.morning(date(2026, 3, 5), hour)
            sent += [(hour, address) for address, _subject, _text in self.mails()]
        # Six o'clock in the time zone of each, and in Tokyo on the next day.
        self.assertEqual(
            sent,
            [
                (0, self.second.email),
                (6, self.approver.email),
                (6, self.buyer.email),
                (21, self.second.email),
            ],
        )

    def test_says_what_waits_in_the_language_of_the_reader(self):
        self.wait()
        self.second.tz = "UTC"
        self.morning(date(2026, 3, 5), 7)
        texts = {address: text for address, _subject, text in self.mails()}
        english, german = texts[self.approver.email], texts[self.second.email]
        self.assertIn("Switchgear", english)
        self.assertNotIn("Cable trays", english)
        self.assertIn("60,000.00", english)
        self.assertIn("60.000,00", german)
        self.assertIn("Cable trays", texts[self.buyer.email])
        self.assertIn("The milestone is due soon", texts[self.buyer.email])
        self.assertIn(
            f"/mail/view?model=purchase.milestone&res_id={self.trays.id}", texts[self.buyer.email]
        )

    def test_not_for_who_switched_it_off(self):
        self.wait()
        self.approver.with_user(self.approver).milestone_digest = False
        (self.second | self.buyer).milestone_digest = False
        self.morning(date(2026, 3, 5), 7)
        self.assertEqual(self.mails(), [])

    def test_not_on_days_off(self):
        self.wait()
        sent = []
        for offset in range(7):
            day = date(2026, 3, 5) + timedelta(days=offset)
            self.morning(day, 7)
            sent += [day.day for address, *_ in self.mails() if address == self.approver.email]
        self.assertEqual(sent, [5, 6, 9, 10, 11])

    def test_not_when_nothing_waits(self):
        self.morning(date(2026, 3, 5), 7)
        self.assertEqual(self.mails(), [])

    def test_retention_due_reaches_release_officers_until_it_is_released(self):
        order = self.approved_order(
            100_000,
            [self.percent("Fit-out", 100, retention=10)],
            retention_period_days=30,
            retention_acceptance_percent=40,
        )
        with self.at(WEDNESDAY):
            order.with_user(self.approver).action_final_acceptance()
        self.mails()
        asked = [("ms_release", "retention_due", "2026-03-05")]
        for day in range(5, 10):
            self.night(date(2026, 3, day))
            self.assertEqual(self.activities(order), asked)
        self.mails()
        with self.at("2026-03-10"):
            self.new_release(order, amount=4_000, date="2026-03-10").action_confirm()
        self.assertEqual(self.activities(order), [])
        ((address, subject, text),) = self.mails()
        self.assertEqual(address, self.vendor.email)
        self.assertIn(order.name, subject)
        self.assertIn("4,000.00", text)
        self.assertIn("6,000.00", text)
        self.night(date(2026, 3, 11))
        self.assertEqual(self.activities(order), [])
        for day in (5, 6):
            self.night(date(2026, 4, day))
            self.assertEqual(
                self.activities(order), [("ms_release", "retention_due", "2026-04-05")]
            )
        self.assertNotIn(self.release_officer.partner_id, order.message_partner_ids)

    def test_what_becomes_due_after_a_release_is_announced_again(self):
        order = self.approved_order(
            100_000,
            [self.percent("Fit-out", 100, retention=10)],
            retention_period_days=30,
            retention_acceptance_percent=80,
        )
        with self.at(WEDNESDAY):
            order.with_user(self.approver).action_final_acceptance()
        self.night(date(2026, 3, 5))
        with self.at("2026-03-10"):
            self.new_release(order, amount=7_000, date="2026-03-10").action_confirm()
        self.env["mail.activity"].search([("res_model", "=", order._name)]).unlink()
        self.night(date(2026, 3, 11))
        self.assertEqual(self.activities(order), [])
        self.night(date(2026, 4, 5))
        self.assertEqual(self.activities(order), [("ms_release", "retention_due", "2026-04-05")])

    def test_forfeits_are_not_told(self):
        order = self.approved_order(100_000, [self.percent("Fit-out", 100, retention=10)])
        self.mails()
        self.new_release(order, amount=1_000, outcome="forfeit").action_confirm()
        self.assertEqual(self.mails(), [])
