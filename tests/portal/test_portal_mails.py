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
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.vendor.write({"lang": "fr_FR", "email": "nord@example.com"})
        for name, subject in (
            ("milestone_rejected", "Refusé : {{ object.name }}"),
            ("submission_returned", "Renvoyé : {{ object.milestone_id.name }}"),
            ("bill_received", "Facture reçue : {{ object.ref }}"),
            ("bill_paid", "Facture payée : {{ object.ref }}"),
        ):
            template = cls.env.ref(PREFIX + name)
            template.with_context(lang="fr_FR").subject = subject

    def reject(self):
        self.second.with_user(self.buyer).action_start()
        self.second.with_user(self.buyer).action_complete()
        self.second.with_user(self.approver).action_reject("The cable trays are not earthed")

    def assert_mail(self, mail, subject, *words):
        self.assertEqual(mail.subject, subject)
        self.assertEqual(mail.author_id, self.company.partner_id)
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
            "Refusé : Second half",
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
        self.assert_mail(mail, "Renvoyé : Second half", "The photos of the roof are missing")
        self.assertIn(self.colleague.partner_id, mail.notified_partner_ids)

    def test_a_bill_is_received_and_paid(self):
        self.log_in(self.supplier)
        self.hand_in()
        self.assert_mail(self.mails(), "Facture reçue : NF-2026-0117", "52", "500")
        bill = self.bills_of().with_user(self.accountant)
        bill.action_post()
        self.pay(bill)
        mail = self.mails() - self.mails()[1]
        self.assert_mail(mail, "Facture payée : NF-2026-0117")

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

    def test_a_release_is_told_once(self):
        template = self.env.ref(PREFIX + "retention_released")
        template.with_context(lang="fr_FR").subject = "Libérée : {{ object.order_id.name }}"
        self.bill(self.first)
        _release, bill = self.release(self.works)
        mails = self.env["mail.mail"]
        ours = [("recipient_ids", "in", self.vendor.ids), ("subject", "like", "Libérée")]
        self.assertFalse(mails.search(ours))
        for _time in range(2):
            self.post(bill)
            mail = mails.search(ours)
            self.assertEqual(mail.subject, f"Libérée : {self.works.name}")
            self.assertIn("5 000,00", mail.body_html.replace("\xa0", " "))
            bill.button_draft()

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
