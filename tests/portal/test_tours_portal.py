from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install", "slow")
class TestToursPortal(PortalCommon):
    """A vendor delivers with his telephone."""

    browser_size = "390x844"

    def test_deliver_returned_delivered_again(self):
        self.start_tour("/my/milestones", "purchase_milestone_vendor_delivers", login="ms_supplier")
        delivery = self.survey.submission_ids
        self.assertEqual((delivery.percentage, delivery.note), (40, "North side"))
        self.assertEqual(delivery.attachment_ids.mapped("name"), ["Site.png"])
        self.assertEqual(delivery.attachment_ids.mimetype, "image/png")

        reason = "The north corner is missing"
        self.survey.with_user(self.buyer).action_return_submission(reason)
        self.start_tour(
            "/my/milestones", "purchase_milestone_vendor_delivers_again", login="ms_supplier"
        )
        self.survey.with_user(self.buyer).action_accept_submission()
        self.assertEqual(self.survey.state, "completed")
        self.survey.with_user(self.approver).action_approve()
        self.assertEqual(self.survey.state, "approved")
