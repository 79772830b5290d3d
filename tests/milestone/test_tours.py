from odoo.tests import HttpCase, tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install", "slow")
class TestTours(MilestoneCommon, HttpCase):
    """From the plan to the approval in the browser, each by the one whose job it is."""

    def test_plan_reject_rework_approve(self):
        order = self.create_order(100_000)
        self.start_tour(f"/odoo/purchase/{order.id}", "purchase_milestone_buyer", login="ms_buyer")
        halls, cooling, handover = order.milestone_ids
        self.assertEqual(order.state, "purchase")
        self.assertEqual((halls + cooling + handover).mapped("amount"), [30_000, 40_000, 30_000])
        self.assertEqual((halls.retention_amount, halls.net_amount), (3_000, 27_000))
        self.assertEqual((halls.state, halls.completed_by_id), ("completed", self.buyer))

        self.start_tour("/odoo", "purchase_milestone_approver_rejects", login="ms_approver")
        self.assertEqual(halls.state, "rejected")
        self.assertEqual(halls.rejection_reason, "Cable trays are not earthed")

        halls.with_user(self.buyer).action_rework()
        halls.with_user(self.buyer).action_complete()
        self.start_tour("/odoo", "purchase_milestone_approver_approves", login="ms_approver")
        self.assertEqual((halls.state, halls.approved_by_id), ("approved", self.approver))
        self.assertEqual((cooling + handover).mapped("state"), ["pending", "pending"])
        self.assertEqual((order.milestone_progress, order.retention_held), (30, 3_000))
        self.assert_chatter_of(halls)

    def test_complete_a_part(self):
        plan = [self.percent("Cooling plant", 40), self.balance("Handover")]
        order = self.create_order(100_000, plan, confirm=True)
        self.bring_to(order.milestone_ids, "started")
        self.start_tour(f"/odoo/purchase/{order.id}", "purchase_milestone_part", login="ms_buyer")
        self.assertEqual(order.milestone_ids.mapped("amount"), [16_000, 24_000, 60_000])

    def assert_chatter_of(self, milestone):
        decisions = milestone.message_ids.sorted("id").filtered(lambda m: "→" in (m.preview or ""))
        self.assertEqual(
            [(message.author_id, message.preview) for message in decisions],
            [
                (self.buyer.partner_id, "Pending → Started"),
                (self.buyer.partner_id, "Started → Completed"),
                (
                    self.approver.partner_id,
                    "Completed → Rejected Cable trays are not earthed",
                ),
                (self.buyer.partner_id, "Rejected → Started"),
                (self.buyer.partner_id, "Started → Completed"),
                (self.approver.partner_id, "Completed → Approved"),
            ],
        )


@tagged("post_install", "-at_install", "slow")
class TestToursTelephone(MilestoneCommon, HttpCase):
    browser_size = "390x844"

    def test_a_card_of_the_plan_pages_on(self):
        plan = [self.fixed("Server halls", 60_000), self.fixed("Cooling plant", 40_000)]
        order = self.create_order(100_000, plan, confirm=True)
        # Its greeting would cover the telephone.
        self.buyer.odoobot_state = "disabled"
        self.start_tour(
            f"/odoo/purchase/{order.id}", "purchase_milestone_plan_on_a_telephone", login="ms_buyer"
        )
