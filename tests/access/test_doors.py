from odoo.tests import tagged

from ..common_rpc import Refused, RpcCase
from ..milestone.common_guards import GuardCommon

FORGED = {
    "state": "approved",
    "date_started": "2026-01-05 08:00:00",
    "date_completed": "2026-01-06 08:00:00",
    "date_approved": "2026-01-07 08:00:00",
    "rejection_reason": "None at all",
    "retention_amount": 1,
    "net_amount": 1,
}


@tagged("post_install", "-at_install", "slow")
class TestDoors(GuardCommon, RpcCase):
    """The same refusals, and the same results, through everything that reaches the server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_keys((cls.buyer, cls.approver, cls.administrator))

    def setUp(self):
        super().setUp()
        self.doors = (self.xml_rpc, self.json_2, self.call_kw)

    def xml_rpc(self, user, method, ids=None, **arguments):
        return super().xml_rpc(user, "purchase.milestone", method, ids, **arguments)

    def json_2(self, user, method, ids=None, **arguments):
        return super().json_2(user, "purchase.milestone", method, ids, **arguments)

    def call_kw(self, user, method, ids=None, **arguments):
        return super().call_kw(user, "purchase.milestone", method, ids, **arguments)

    def through_each_door(self, state="pending"):
        """Yield each door with a milestone of its own in that state, on a request if it is None."""
        plan = [self.fixed("Slipway", 20_000, retention=10)]
        for door in self.doors:
            order = self.create_order(100_000, plan, confirm=state is not None)
            if state:
                self.bring_to(order.milestone_ids, state)
            with self.subTest(door=door.__name__):
                yield door, order.milestone_ids

    # ------------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------------

    def test_whole_life_and_an_answer_to_every_call(self):
        for door, milestone in self.through_each_door():
            calls = (
                (self.buyer, "action_start", {}),
                (self.buyer, "action_reset", {}),
                (self.buyer, "action_start", {}),
                (self.buyer, "action_complete", {}),
                (self.approver, "action_reject", {"reason": "Slope is wrong"}),
                (self.buyer, "action_rework", {}),
                (self.buyer, "action_complete", {}),
                (self.approver, "action_approve", {}),
                (self.approver, "action_revoke", {"reason": "Wrong certificate"}),
                (self.approver, "action_approve", {}),
            )
            for user, method, arguments in calls:
                self.assertIs(door(user, method, milestone.ids, **arguments), True, method)
            self.assertEqual(milestone.state, "approved")
            self.assertEqual(milestone.approved_by_id, self.approver)

    def test_buyer_cannot_approve_and_approver_cannot_start(self):
        for user, method, state in (
            (self.buyer, "action_approve", "completed"),
            (self.administrator, "action_approve", "completed"),
            (self.approver, "action_start", "pending"),
        ):
            for door, milestone in self.through_each_door(state):
                with self.assertRaisesRegex(Refused, "You need the right"):
                    door(user, method, milestone.ids)
                self.assertEqual(milestone.state, state)

    def test_reason_that_is_missing_is_named(self):
        for method, state in (("action_reject", "completed"), ("action_revoke", "approved")):
            for door, milestone in self.through_each_door(state):
                for arguments in ({}, {"reason": ""}, {"reason": False}):
                    with self.assertRaisesRegex(Refused, "Give a reason"):
                        door(self.approver, method, milestone.ids, **arguments)
                self.assertEqual(milestone.state, state)

    def test_nobody_writes_what_the_life_cycle_owns(self):
        for door, milestone in self.through_each_door():
            for user in (self.buyer, self.administrator):
                for name, value in {**FORGED, "approved_by_id": user.id}.items():
                    with self.assertRaisesRegex(Refused, "cannot be changed"):
                        door(user, "write", milestone.ids, vals={name: value})
            with self.assertRaisesRegex(Refused, "not allowed to modify"):
                door(self.approver, "write", milestone.ids, vals={"name": "Quay"})
            self.assertEqual(milestone.state, "pending")
            self.assertFalse(milestone.approved_by_id or milestone.date_approved)
            self.assertEqual(milestone.retention_amount, 2_000)

    def test_created_milestone_is_pending_whatever_came_with_it(self):
        for door, milestone in self.through_each_door():
            for user in (self.buyer, self.administrator):
                forged = {**FORGED, "approved_by_id": user.id, "completed_by_id": user.id}
                plan = {"order_id": milestone.order_id.id, **self.fixed("Crane", 10_000, 10)}
                defaults = {f"default_{name}": value for name, value in forged.items()}
                for values, context in (({**plan, **forged}, {}), (plan, defaults)):
                    (created,) = door(user, "create", vals_list=[values], context=context)
                    crane = self.env["purchase.milestone"].browse(created)
                    self.assertEqual(crane.state, "pending")
                    self.assertFalse(any(crane[name] for name in forged if "_by_id" in name))
                    self.assertFalse(any(crane[name] for name in forged if "date_" in name))
                    self.assertFalse(crane.rejection_reason)
                    self.assertEqual((crane.retention_amount, crane.net_amount), (1_000, 9_000))

    def test_private_methods_are_no_door(self):
        calls = {
            "_write_guarded": {"vals": {"state": "approved"}},
            "_run_transition": {"name": "approve"},
            "_settle_retention": {},
            "_write": {"vals": {"state": "approved"}},
        }
        for door, milestone in self.through_each_door("completed"):
            for method, arguments in calls.items():
                for user in (self.approver, self.administrator):
                    with self.assertRaisesRegex(Refused, "[Pp]rivate method"):
                        door(user, method, milestone.ids, **arguments)
            self.assertEqual(milestone.state, "completed")

    def test_refusal_says_which_milestone_and_why(self):
        for door, milestone in self.through_each_door("started"):
            with self.assertRaisesRegex(Refused, "Slipway.*it is Started.*has to be Pending"):
                door(self.buyer, "action_start", milestone.ids)

    def test_parts_are_refused_and_made_through_every_door(self):
        part, back = "action_complete_part", "action_merge_back"
        for door, milestone in self.through_each_door("started"):
            foreign = self.env["ir.attachment"].create({"name": "plan.txt", "raw": b"Quay"})
            for words, user, values in (
                ("You need the right", self.approver, {"percentage": 40}),
                ("above 0 and below 100", self.buyer, {"percentage": 0}),
                ("above 0 and below 100", self.buyer, {"percentage": 100}),
                ("above zero and below", self.buyer, {"amount": 20_000}),
                ("Only documents of", self.buyer, {"amount": 1, "document_ids": foreign.ids}),
            ):
                with self.assertRaisesRegex(Refused, words):
                    door(user, part, milestone.ids, **values)
            (made,) = door(self.buyer, part, milestone.ids, percentage=40)
            made = self.env["purchase.milestone"].browse(made)
            self.assertEqual((made.amount, milestone.amount), (8_000, 12_000))
            for method, values, words in ((part, {"amount": 1}, "Started"), (back, {}, "Rejected")):
                with self.assertRaisesRegex(Refused, f"it is Completed.*has to be {words}"):
                    door(self.buyer, method, made.ids, **values)
            door(self.approver, "action_reject", made.ids, reason="Slope is wrong")
            with self.assertRaisesRegex(Refused, "You need the right"):
                door(self.approver, back, made.ids)
            self.assertIs(door(self.buyer, back, made.ids), True)
            self.assertEqual((made.exists().ids, milestone.amount), ([], 20_000))

    def test_values_out_of_range_are_refused_in_plain_words(self):
        for values, words in (
            ({"amount_type": "percent", "percentage": 101}, "percentage .* goes from 0 to 100"),
            ({"amount_type": "percent", "percentage": -1}, "percentage .* goes from 0 to 100"),
            ({"retention_percent": 101}, "retention .* goes from 0 to 100"),
            ({"retention_percent": -1}, "retention .* goes from 0 to 100"),
            ({"amount": -1}, "is negative"),
            ({"name": "Quay " * 2_000}, "500 characters at most, and this one has 10000"),
            ({"name": False}, "[Rr]equired.*Description"),
        ):
            for door, milestone in self.through_each_door(state=None):
                before = milestone.read(["name", "amount", "percentage", "retention_percent"])
                with self.assertRaisesRegex(Refused, words):
                    door(self.buyer, "write", milestone.ids, vals=values)
                milestone.invalidate_recordset()
                self.assertEqual(milestone.read(list(before[0])), before)

    def test_import_makes_milestones_and_never_states(self):
        columns = ["order_id", "name", "amount_type", "amount", "state", "approved_by_id/.id"]
        for door, milestone in self.through_each_door():
            order = milestone.order_id
            rows = [[order.name, "Crane", "fixed", "10000", "approved", str(self.buyer.id)]]
            answer = door(self.buyer, "load", fields=columns, data=rows)
            self.assertFalse(answer["messages"])
            crane = self.env["purchase.milestone"].browse(answer["ids"])
            self.assertEqual(crane.order_id, order)
            self.assertEqual((crane.amount, crane.state), (10_000, "pending"))
            self.assertFalse(crane.approved_by_id)
            answer = door(
                self.buyer, "load", fields=[".id", "state"], data=[[str(crane.id), "approved"]]
            )
            self.assertIn("cannot be changed", answer["messages"][0]["message"])
            self.assertEqual(crane.state, "pending")
