from itertools import product

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import MilestoneCommon

STATES = ("pending", "started", "completed", "approved", "rejected")
# method -> (from, to, who)
LIFE_CYCLE = {
    "action_start": ("pending", "started", "buyer"),
    "action_reset": ("started", "pending", "buyer"),
    "action_complete": ("started", "completed", "buyer"),
    "action_approve": ("completed", "approved", "approver"),
    "action_reject": ("completed", "rejected", "approver"),
    "action_rework": ("rejected", "started", "buyer"),
    "action_revoke": ("approved", "completed", "approver"),
}
WITH_REASON = ("action_reject", "action_revoke")


@tagged("post_install", "-at_install")
class TestLifecycle(MilestoneCommon):
    def milestone_in(self, state, **values):
        plan = [self.fixed("Foundations", 20_000, retention=10, **values)]
        order = self.create_order(100_000, plan, confirm=True)
        self.bring_to(order.milestone_ids, state)
        return order.milestone_ids

    def run_as(self, who, milestones, method):
        arguments = ["Inspected on site"] if method in WITH_REASON else []
        return getattr(milestones.with_user(who), method)(*arguments)

    def test_every_row_of_the_table_and_nothing_else(self):
        for (method, (source, target, who)), state in product(LIFE_CYCLE.items(), STATES):
            with self.subTest(method=method, state=state):
                milestone = self.milestone_in(state)
                user = self[who]
                if state == source:
                    self.assertIs(self.run_as(user, milestone, method), True)
                    self.assertEqual(milestone.state, target)
                else:
                    with self.assertRaisesRegex(UserError, "Foundations.* but has to be"):
                        self.run_as(user, milestone, method)
                    self.assertEqual(milestone.state, state)

    def __getitem__(self, who):
        return {"buyer": self.buyer, "approver": self.approver}[who]

    def test_each_transition_is_the_business_of_one_right(self):
        for method, (source, _target, who) in LIFE_CYCLE.items():
            others = {self.buyer, self.manager, self.approver, self.release_officer} - (
                {self.buyer, self.manager} if who == "buyer" else {self.approver}
            )
            milestone = self.milestone_in(source)
            for other in others:
                with self.subTest(method=method, user=other.login):
                    with self.assertRaisesRegex(AccessError, "You need the right"):
                        self.run_as(other, milestone, method)
                    with self.assertRaisesRegex(AccessError, "You need the right"):
                        self.run_as(other, milestone.with_user(other).sudo(), method)
                    self.assertEqual(milestone.state, source)

    def test_superuser_has_no_right_of_its_own(self):
        milestone = self.milestone_in("completed")
        with self.assertRaisesRegex(AccessError, "Approve milestones"):
            milestone.with_user(self.env.ref("base.user_root")).action_approve()

    def test_nothing_moves_before_the_order_is_confirmed(self):
        order = self.create_order(100_000, [self.fixed("Foundations", 20_000)])
        with self.assertRaisesRegex(UserError, "Foundations: its order is not confirmed"):
            order.milestone_ids.action_start()
        self.assertEqual(order.milestone_ids.state, "pending")

    def test_selection_is_all_or_nothing_and_names_what_is_in_the_way(self):
        order = self.create_order(
            100_000,
            [self.fixed("Cable trays", 10_000), self.fixed("Racks", 10_000)],
            confirm=True,
        )
        trays, racks = order.milestone_ids
        self.bring_to(racks, "started")
        with self.assertRaisesRegex(UserError, f"{order.name}: Racks: it is Started"):
            order.milestone_ids.with_user(self.buyer).action_start()
        self.assertEqual(trays.state, "pending")
        self.bring_to(trays, "started")
        order.milestone_ids.with_user(self.buyer).action_complete()
        self.assertEqual(order.milestone_ids.mapped("state"), ["completed"] * 2)

    def test_actions_of_the_list_take_a_selection(self):
        order = self.create_order(
            100_000, [self.fixed("Racks", 10_000), self.fixed("Cables", 5_000)], confirm=True
        )
        selection = {"active_model": "purchase.milestone", "active_ids": order.milestone_ids.ids}
        for name, user, state in (
            ("start", self.buyer, "started"),
            ("complete", self.buyer, "completed"),
            ("approve", self.approver, "approved"),
        ):
            action = self.env.ref(f"purchase_milestone.purchase_milestone_action_{name}")
            action.with_user(user).with_context(**selection).run()
            self.assertEqual(order.milestone_ids.mapped("state"), [state] * 2)

    def test_four_eyes(self):
        self.buyer.group_ids += self.env.ref("purchase_milestone.group_milestone_approver")
        milestone = self.milestone_in("completed").with_user(self.buyer)
        with self.assertRaisesRegex(UserError, "you completed it yourself"):
            milestone.action_approve()
        with self.assertRaisesRegex(UserError, "you completed it yourself"):
            milestone.sudo().action_approve()
        self.company.milestone_four_eyes = False
        milestone.action_approve()
        self.assertEqual(milestone.approved_by_id, self.buyer)

    def test_four_eyes_outlive_a_revoked_approval(self):
        self.buyer.group_ids += self.env.ref("purchase_milestone.group_milestone_approver")
        milestone = self.milestone_in("approved")
        milestone.with_user(self.approver).action_revoke("Wrong certificate")
        with self.assertRaisesRegex(UserError, "you completed it yourself"):
            milestone.with_user(self.buyer).action_approve()

    def test_rejecting_and_revoking_need_a_reason(self):
        for state, method in (("completed", "action_reject"), ("approved", "action_revoke")):
            milestone = self.milestone_in(state).with_user(self.approver)
            for reason in ((), ("",), ("  ",)):
                with self.assertRaisesRegex(UserError, "Give a reason"):
                    getattr(milestone, method)(*reason)
            self.assertEqual(milestone.state, state)

    def test_reason_is_asked_for_in_a_dialog(self):
        milestone = self.milestone_in("completed")
        wizard = (
            self.env["purchase.milestone.reason"]
            .with_user(self.approver)
            .with_context(active_model="purchase.milestone", active_ids=milestone.ids)
            .create({"reason": "Pressure test is missing"})
        )
        self.assertIs(wizard.action_confirm(), True)
        self.assertEqual(milestone.state, "rejected")
        self.assertEqual(milestone.rejection_reason, "Pressure test is missing")

    def test_required_document(self):
        milestone = self.milestone_in("started", document_required=True).with_user(self.buyer)
        with self.assertRaisesRegex(UserError, "Foundations: it needs a document"):
            milestone.action_complete()
        self.env["ir.attachment"].with_user(self.buyer).create(
            {
                "name": "Concrete test.pdf",
                "raw": b"C30/37",
                "res_model": "purchase.milestone",
                "res_id": milestone.id,
            }
        )
        milestone.action_complete()
        self.assertEqual((milestone.state, milestone.document_count), ("completed", 1))

    def test_who_and_when(self):
        milestone = self.milestone_in("approved")
        self.assertTrue(
            milestone.date_started <= milestone.date_completed <= milestone.date_approved
        )
        self.assertEqual(milestone.completed_by_id, self.buyer)
        self.assertEqual(milestone.approved_by_id, self.approver)
        milestone.with_user(self.approver).action_revoke("Wrong certificate")
        self.assertFalse(milestone.date_approved or milestone.approved_by_id)
        self.assertEqual(milestone.completed_by_id, self.buyer)
        milestone.with_user(self.approver).action_reject("Cracks in the slab")
        milestone.with_user(self.buyer).action_rework()
        self.assertFalse(milestone.date_completed or milestone.completed_by_id)
        milestone.with_user(self.buyer).action_reset()
        self.assertFalse(milestone.date_started)

    def test_chatter_keeps_every_transition(self):
        milestone = self.milestone_in("rejected")
        history = [
            (message.author_id, message.preview) for message in milestone.message_ids.sorted("id")
        ]
        self.assertEqual(
            history,
            [
                (self.buyer.partner_id, "Pending → Started"),
                (self.buyer.partner_id, "Started → Completed"),
                (
                    self.approver.partner_id,
                    "Completed → Rejected The cable trays are not earthed",
                ),
            ],
        )

    def test_plan_cut_below_what_is_completed_stops_approval(self):
        order = self.create_order(
            100_000, [self.fixed("Bridge deck", 60_000), self.fixed("Road", 40_000)], confirm=True
        )
        deck, road = order.milestone_ids
        self.bring_to(deck, "completed")
        order.order_line.price_unit = 90_000
        with self.assertRaisesRegex(UserError, "the plan exceeds the order's untaxed total"):
            deck.with_user(self.approver).action_approve()
        road.with_user(self.buyer).amount = 35_000
        with self.assertRaisesRegex(UserError, "the plan exceeds"):
            deck.with_user(self.approver).action_approve()
        road.with_user(self.buyer).amount = 30_000
        deck.with_user(self.approver).action_approve()

    def test_frozen_amounts_stand_and_a_rejection_opens_them(self):
        order = self.create_order(
            100_000, [self.percent("Design", 40), self.percent("Build", 50)], confirm=True
        )
        design, build = order.milestone_ids
        self.bring_to(design, "completed")
        order.order_line.price_unit = 200_000
        self.assertEqual((design.amount, build.amount), (40_000, 100_000))
        design.with_user(self.approver).action_reject("Drawings are out of date")
        self.assertEqual(design.amount, 80_000)

    def test_revoked_milestone_stays_frozen(self):
        order = self.create_order(100_000, [self.percent("Design", 40)], confirm=True)
        self.bring_to(order.milestone_ids, "approved")
        order.milestone_ids.with_user(self.approver).action_revoke("Wrong certificate")
        order.order_line.price_unit = 200_000
        self.assertEqual(order.milestone_ids.amount, 40_000)

    def test_progress_is_approved_value_over_the_total(self):
        order = self.create_order(
            100_000, [self.percent("Design", 30), self.percent("Build", 70)], confirm=True
        )
        self.assertEqual(order.milestone_progress, 0)
        self.bring_to(order.milestone_ids[0], "approved")
        self.assertEqual(order.milestone_progress, 30)
        empty = self.create_order(0)
        self.assertEqual(empty.milestone_progress, 0)
