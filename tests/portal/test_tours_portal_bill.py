from odoo.tests import tagged

from .common_billing import PortalBillingCommon


@tagged("post_install", "-at_install", "slow")
class TestToursPortalBill(PortalBillingCommon):
    """A vendor bills with his telephone, is paid, and asks for his retention; in Arabic too."""

    browser_size = "390x844"

    def test_bill_paid_retention_asked_for(self):
        self.start_tour(
            self.url(self.first), "purchase_milestone_vendor_bills", login="ms_supplier"
        )
        bill = self.bills_of().with_user(self.accountant)
        self.assertEqual((bill.ref, bill.amount_total), ("NF-2026-0117", 52_500))
        bill.action_post()
        self.pay(bill)
        self.assertEqual(self.first.billing_state, "paid")
        self.decide(self.second)
        self.bill(self.second)
        self.works.with_user(self.approver).action_final_acceptance()
        self.env["res.lang"]._activate_lang("ar_001")
        self.supplier.lang = "ar_001"
        self.start_tour(
            f"/my/purchase/{self.works.id}/retention",
            "purchase_milestone_vendor_asks_for_retention",
            login="ms_supplier",
        )
        request = self.works.activity_search(
            ["purchase_milestone.mail_activity_type_retention_request"]
        )
        self.assertEqual(request.user_id, self.release_officer)
        self.assertIn("10,000.00", request.note)
