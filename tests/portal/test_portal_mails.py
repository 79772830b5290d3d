from odoo.tests import tagged

from .common import PDF
from .common_billing import PortalBillingCommon

PREFIX = "purchase_milestone.mail_template_"


@tagged("post_install", "-at_install", "slow")
class TestPortalMails(PortalBillingCommon):
    """The vendor is told, in his language; nobody reads who has decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.env["ir.module.module"]._load_module_terms(["purchase_milestone"], ["de_DE"])
        cls.vendor.write({"lang": "de_DE", "email": "nord@example.com"})
        cls.company.email = "office@fitout.example.com"

    def reject(self):
        self.second.with_user(self.buyer).action_start()
        self.second.with_user(self.buyer).action_complete()
        self.second.with_user(self.approver).action_reject("The cable trays are not earthed")

    def assert_mail(self, mail, subject, *words):
        self.assertEqual(mail.subject, subject)
        self.assertEqual(mail.author_id, self.company.partner_id)
        self.assertEqual(mail.email_from, self.company.email_formatted)
        self.assertIn(self.vendor, mail.notified_partner_ids)
        self.assertFalse(mail.subtype_id.internal or mail.is_internal)
        for word in words:
            self.assertIn(word, mail.body)
        for user in (self.approver, self.buyer, self.accountant):
            self.assertNotIn(user.name, mail.body)

    def test_a_rejection_tells_why_in_the_vendor_s_language(self):
        self.reject()
        self.assert_mail(
            self.mails(),
            f"{self.works.name}: „Second half“ wurde nicht abgenommen",
            "The cable trays are not earthed",
            f"/my/purchase/{self.works.id}/milestones/{self.second.id}",
        )
        self.log_in(self.supplier)
        page = self.page(f"/my/purchase/{self.works.id}")
        self.assertNotIn(self.approver.name, page.text_content())

    def test_a_returned_delivery_tells_whoever_delivered(self):
        self.second.with_user(self.buyer).action_start()
        self.log_in(self.colleague)
        self.send_form(
            self.url(self.second, "/deliver"),
            files=[("files", ("Photos.pdf", PDF))],
            percentage="100",
            number="1",
        )
        delivery = self.second.submission_ids
        delivery.with_user(self.buyer).action_return("The photos of the roof are missing")
        mail = self.mails()
        self.assert_mail(
            mail,
            f"{self.works.name}: Ihre Lieferung von „Second half“ wurde zurückgegeben",
            "The photos of the roof are missing",
            "Bitte bessern Sie dies nach und liefern Sie erneut.",
        )
        self.assertIn(self.colleague.partner_id, mail.notified_partner_ids)

    def test_a_bill_is_received_and_paid(self):
        """The vendor's office is told, and whoever handed it in."""
        self.log_in(self.colleague)
        self.hand_in()
        received = self.mails()
        self.assert_mail(
            received,
            "Wir haben Ihre Rechnung NF-2026-0117 erhalten",
            *("52.500,00", "abzüglich Einbehalt, und wird geprüft."),
        )
        bill = self.bills_of().with_user(self.accountant)
        bill.action_post()
        self.pay(bill)
        paid = self.mails() - received
        self.assert_mail(paid, "Ihre Rechnung NF-2026-0117 wurde bezahlt")
        for mail in received | paid:
            self.assertEqual(mail.notified_partner_ids, self.vendor | self.colleague.partner_id)

    def test_what_accounting_enters_is_told_once_it_is_paid(self):
        bill = self.bill(self.first)
        self.assertFalse(self.mails())
        self.pay(bill)
        self.assertEqual(len(self.mails()), 1)

    def test_what_is_paid_again_is_told_once(self):
        bill = self.bill(self.first)
        for _time in range(2):
            self.pay(bill)
            self.assertEqual(bill.payment_state, "paid")
            self.assertEqual(len(self.mails()), 1)
            bill.line_ids.remove_move_reconcile()
            self.assertEqual(bill.payment_state, "not_paid")

    def test_a_bill_that_comes_to_nothing_is_not_called_paid(self):
        order = self.create_order(1_000, [self.percent("Survey", 100)], confirm=True)
        order.advance_recovery_percent = 100
        advance = self.post(self.enter_bill({"name": "Advance", "price_unit": 1_000}))
        wizard = self.env["bill.to.po.wizard"].with_context(
            active_ids=[-line.id for line in advance.invoice_line_ids]
        )
        wizard = wizard.create({"purchase_order_id": order.id, "partner_id": self.vendor.id})
        wizard.action_add_downpayment()
        self.decide(order.milestone_ids)
        bill = self.bill(order)
        self.assertEqual((bill.amount_total, bill.payment_state), (0, "paid"))
        self.assertFalse(self.mails(order))

    def release_and_post(self):
        """Release retention and post its bill; return the release's mails to the vendor."""
        _release, bill = self.release(self.works, amount=1_000)
        before = self.release_mails()
        self.post(bill)
        return self.release_mails() - before

    def release_mails(self):
        """Return the mails that tell the vendor of a release."""
        return self.env["mail.mail"].search(
            [("recipient_ids", "in", self.vendor.ids), ("subject", "like", "Einbehalt")]
        )

    def test_a_release_is_told_once(self):
        self.bill(self.first)
        _release, bill = self.release(self.works, amount=4_000)
        self.assertFalse(self.release_mails())
        for _time in range(2):
            self.post(bill)
            mail = self.release_mails()
            self.assertEqual(mail.subject, f"{self.works.name}: Einbehalt freigegeben")
            text = mail.body_html.replace("\xa0", " ")
            for words in ("wurde freigegeben", "4.000,00", "Noch einbehalten", "1.000,00"):
                self.assertIn(words, text)
            bill.button_draft()

    def test_a_release_is_told_also_without_the_portal(self):
        """It is the vendor's money, whether he works on the portal or not."""
        self.bill(self.first)
        self.assertTrue(self.release_and_post())
        for record, name, is_told in (
            (self.company, "milestone_portal", True),
            (self.works, "milestone_portal", True),
            (self.company, "milestone_vendor_mails", False),
        ):
            with self.subTest(name=name, of=record._name):
                record[name] = False
                self.assertEqual(bool(self.release_and_post()), is_told)
                record[name] = True

    def test_a_release_is_not_told_where_milestones_are_switched_off(self):
        self.bill(self.first)
        _release, bill = self.release(self.works, amount=1_000)
        self.env.cr.execute(
            "UPDATE res_company SET milestone_enabled = false WHERE id = %s", self.company.ids
        )
        self.env.invalidate_all()
        self.post(bill)
        self.assertFalse(self.release_mails())

    def test_who_has_decided_is_never_the_sender(self):
        """Nor where the company has no address."""
        self.company.email = False
        self.assertFalse(self.company.email_formatted)
        self.reject()
        self.bill(self.first)
        (release,) = self.release_and_post()
        self.assertIn("wurde nicht abgenommen", self.mails()[-1].subject)
        for mail in (*self.mails(), release.mail_message_id):
            sender = f"{mail.email_from or ''} {mail.author_id.name} {mail.reply_to or ''}"
            for user in (self.approver, self.buyer, self.release_officer, self.accountant):
                self.assertNotIn(user.name, sender, mail.subject)
                self.assertNotIn(user.email, sender, mail.subject)
        self.company.email = "office@fitout.example.com"
        self.env.invalidate_all()
        (release,) = self.release_and_post()
        self.assertEqual(release.email_from, self.company.email_formatted)

    def test_no_mail_where_it_is_switched_off(self):
        template = self.env.ref(PREFIX + "milestone_rejected")
        for record, name in (
            (self.company, "milestone_portal"),
            (self.company, "milestone_vendor_mails"),
            (self.works, "milestone_portal"),
            (template, "active"),
        ):
            record[name] = False
            self.reject()
            self.second.with_user(self.buyer).action_rework()
            self.second.with_user(self.buyer).action_reset()
            record[name] = True
        self.assertFalse(self.mails())
        self.reject()
        self.assertEqual(len(self.mails()), 1)
