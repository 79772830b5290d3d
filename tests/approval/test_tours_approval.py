import base64

from odoo.tests import HttpCase, tagged

from .common_approval import ApprovalCommon

# One black pixel: a photo of the site.
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install", "slow")
class TestToursApproval(ApprovalCommon, HttpCase):
    """Two levels in the browser: a deputy gives the first approval, a director the second."""

    def test_two_levels_with_a_deputy(self):
        self.two_levels()
        self.stand_in(self.site_manager, self.deputy)
        order = self.create_order(
            100_000,
            [
                self.fixed("Server halls", 50_000, date_due="2026-03-01"),
                self.fixed("Cooling plant", 30_000, date_due="2026-03-02"),
                self.fixed("Handover", 20_000, date_due="2026-03-03"),
            ],
            confirm=True,
        )
        halls, cooling, handover = order.milestone_ids
        self.env["ir.attachment"].with_user(self.buyer).create(
            {"name": "halls.png", "raw": PHOTO, "res_model": halls._name, "res_id": halls.id}
        )
        self.bring_to(order.milestone_ids, "completed")

        # The deputy's form goes on to what waits next: here nothing else may wait.
        (cooling | handover).with_user(self.deputy).action_approve()
        self.start_tour("/odoo", "purchase_milestone_deputy_approves", login="ms_deputy")
        self.assertEqual((halls.state, halls.approvals_given), ("completed", 1))
        self.assertEqual(halls.approval_ids.on_behalf_of_id, self.site_manager)

        (cooling | handover).with_user(self.director).action_revoke("Measured again")
        self.env["purchase.milestone.deputy"].search([]).unlink()
        rules = self.env["purchase.milestone.approval.rule"].search([])
        rules[0].approver_ids = self.director | self.second_director
        self.start_tour("/odoo", "purchase_milestone_inbox_worked_off", login="ms_director")
        self.assertEqual(order.milestone_ids.mapped("state"), ["approved", "rejected", "approved"])
        self.assertEqual(halls.approval_ids.user_id, self.deputy | self.director)
        self.assertEqual(cooling.rejection_reason, "The pumps are not aligned")


@tagged("post_install", "-at_install", "slow")
class TestToursApprovalTelephone(ApprovalCommon, HttpCase):
    """An approver on the way decides on what waits for him with his telephone."""

    browser_size = "390x844"

    def test_inbox_on_a_telephone(self):
        self.two_levels()
        order = self.create_order(
            100_000,
            [
                self.fixed("Server halls", 49_000, date_due="2026-03-01"),
                self.fixed("Cooling plant", 31_000, date_due="2026-03-02"),
                self.fixed("Handover", 20_000, date_due="2026-03-03"),
            ],
            confirm=True,
        )
        halls, cooling, _handover = order.milestone_ids
        self.env["ir.attachment"].with_user(self.buyer).create(
            {"name": "halls.png", "raw": PHOTO, "res_model": halls._name, "res_id": halls.id}
        )
        self.bring_to(order.milestone_ids, "completed")
        # Its greeting would cover the telephone.
        self.site_manager.odoobot_state = "disabled"
        self.start_tour(
            "/odoo/milestones-to-approve",
            "purchase_milestone_inbox_on_a_telephone",
            login="ms_site",
        )
        self.assertEqual(order.milestone_ids.mapped("state"), ["approved", "rejected", "approved"])
        self.assertEqual(cooling.rejection_reason, "The pumps are not aligned")
