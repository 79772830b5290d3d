from odoo.tests import tagged

from .common_billing import PortalBillingCommon


@tagged("post_install", "-at_install", "slow")
class TestToursPortal(PortalBillingCommon):
    """A vendor does everything with his telephone, in English and in Arabic."""

    browser_size = "390x844"

    def tour(self, url, name):
        self.start_tour(url, f"purchase_milestone_vendor_{name}", login="ms_supplier")

    def test_from_the_first_delivery_to_the_retention(self):
        self.deliver_bill_and_ask()

    def test_from_the_first_delivery_to_the_retention_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        modules = self.env["ir.module.module"]
        modules._load_module_terms(["portal", "purchase_milestone"], ["ar_001"])
        self.supplier.lang = "ar_001"
        self.log_in(self.supplier)
        self.assertIn("o_rtl", self.page("/my/milestones").get_element_by_id("wrapwrap").classes)
        self.deliver_bill_and_ask()

    def deliver_bill_and_ask(self):
        self.bill(self.first)
        # As long as people write it: no page gets wider than the screen.
        self.second.name = "Second half of the northern section, between km 12 and km 19"
        self.second.with_user(self.buyer).action_start()
        self.tour("/my/milestones", "delivers")
        delivery = self.second.submission_ids
        self.assertEqual((delivery.percentage, delivery.note), (40, "North side"))
        documents = delivery.attachment_ids.sorted("name")
        self.assertEqual(documents.mapped("name"), ["Report.pdf", "Site.png"])
        self.assertEqual(documents.mapped("mimetype"), ["application/pdf", "image/png"])
        self.assertFalse(self.find_kept_uploads())

        reason = "The north corner is missing"
        self.second.with_user(self.buyer).action_return_submission(reason)
        self.tour("/my/milestones", "delivers_again")
        self.second.with_user(self.buyer).action_accept_submission()
        part = self.second.part_ids
        self.assertEqual((part.state, part.amount), ("completed", 20_000))
        part.with_user(self.approver).action_approve()
        self.decide_rest_and_accept()

        self.pay_what_is_handed_in()
        self.tour(self.url(part), "bills_and_asks_for_retention")
        bill = self.bills_of().filtered(lambda bill: bill.ref == "NF-2026-0117")
        self.assertEqual((bill.amount_total, bill.portal_user_id), (21_000, self.supplier))
        self.assertEqual(part.billing_state, "paid")
        request = self.works.activity_search(
            ["purchase_milestone.mail_activity_type_retention_request"]
        )
        self.assertEqual(request.user_id, self.release_officer)
        self.assertIn("10,000.00", request.note)

    def decide_rest_and_accept(self):
        rest = self.second
        rest.with_user(self.buyer).action_complete()
        rest.with_user(self.approver).action_approve()
        self.bill(rest)
        self.works.with_user(self.approver).action_final_acceptance()

    def pay_what_is_handed_in(self):
        """Have accounting post and pay a bill as soon as it is there."""
        milestones = self.env.registry["purchase.milestone"]
        hand_in = milestones._hand_in_bill

        def hand_in_and_pay(milestone, *arguments):
            bill = hand_in(milestone, *arguments)
            bill.with_user(self.accountant).action_post()
            self.pay(bill)
            return bill

        self.patch(milestones, "_hand_in_bill", hand_in_and_pay)
