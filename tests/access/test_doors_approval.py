from odoo.fields import Command
from odoo.tests import tagged

from ..approval.common_approval import ApprovalCommon
from ..common import PURCHASE_USER
from ..common_rpc import Refused, RpcCase


@tagged("post_install", "-at_install")
class TestDoorsApproval(RpcCase, ApprovalCommon):
    """Nobody approves twice, out of turn, or in a way that is not the button's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.two_levels()
        cls.give_keys(cls.director | cls.site_manager | cls.manager | cls.deputy)

    def doors(self):
        return (self.xml_rpc, self.json_2, self.call_kw)

    def test_nobody_approves_out_of_turn_or_twice(self):
        for door in self.doors():
            with self.subTest(door=door.__name__):
                milestone = self.completed()
                approve = ("purchase.milestone", "action_approve", milestone.ids)
                with self.assertRaisesRegex(Refused, "not your turn"):
                    door(self.director, *approve)
                door(self.site_manager, *approve)
                with self.assertRaisesRegex(Refused, "approved it already"):
                    door(self.site_manager, *approve)
                milestone.invalidate_recordset()
                self.assertEqual((milestone.state, milestone.approvals_given), ("completed", 1))

    def test_approvals_are_made_by_the_button_only(self):
        milestone = self.completed()
        values = {
            "milestone_id": milestone.id,
            "user_id": self.director.id,
            "date": "2026-01-01 00:00:00",
        }
        for user in (self.director, self.manager):
            for door in self.doors():
                with (
                    self.subTest(user=user.login, door=door.__name__),
                    self.assertRaises(Refused),
                ):
                    door(
                        user,
                        "purchase.milestone.approval",
                        "create",
                        vals_list=[values],
                        context={"purchase_milestone_approval": True},
                    )
            loaded = self.call_kw(
                user,
                "purchase.milestone.approval",
                "load",
                fields=["milestone_id/.id", "user_id/.id", "date"],
                data=[[str(milestone.id), str(self.director.id), "2026-01-01 00:00:00"]],
            )
            self.assertFalse(loaded["ids"])
        self.assertFalse(milestone.approval_ids)

    def test_approvals_given_stand(self):
        milestone = self.completed()
        self.approve(milestone, self.site_manager)
        approval = ("purchase.milestone.approval",)
        ids = milestone.approval_ids.ids
        for user in (self.site_manager, self.director, self.manager):
            for door in self.doors():
                with self.subTest(user=user.login, door=door.__name__):
                    with self.assertRaises(Refused):
                        door(user, *approval, "write", ids, vals={"user_id": self.director.id})
                    with self.assertRaises(Refused):
                        door(user, *approval, "unlink", ids)
                    with self.assertRaises(Refused):
                        # Through the milestone, and hidden in the defaults of a new one.
                        door(
                            user,
                            "purchase.milestone",
                            "write",
                            milestone.ids,
                            vals={"approval_ids": [[2, ids[0]]]},
                        )
        milestone.invalidate_recordset()
        self.assertEqual(milestone.approval_ids.user_id, self.site_manager)
        self.assertEqual(milestone.approvals_given, 1)

    def test_defaults_of_the_request_approve_nothing(self):
        order = self.create_order(10_000, confirm=True)
        forged = [[0, 0, {"user_id": self.director.id, "date": "2026-01-01 00:00:00"}]]
        for door in self.doors():
            with self.subTest(door=door.__name__):
                created = door(
                    self.manager,
                    "purchase.milestone",
                    "create",
                    vals_list=[{"order_id": order.id, **self.fixed("Racks", 10)}],
                    context={"default_approval_ids": forged, "default_state": "approved"},
                )
                milestone = self.env["purchase.milestone"].browse(created)
                self.assertEqual(milestone.state, "pending")
                self.assertFalse(milestone.approval_ids)

    def test_neither_the_completer_nor_a_deputy_outside_his_dates_approves(self):
        self.stand_in(self.site_manager, self.deputy, first=-9, last=-1)
        self.site_manager.group_ids = [Command.link(self.env.ref(PURCHASE_USER).id)]
        completed_by_himself = self.create_order(
            60_000, [self.fixed("Halls", 60_000)], confirm=True
        ).milestone_ids
        own = completed_by_himself.with_user(self.site_manager)
        own.action_start()
        own.action_complete()
        for door in self.doors():
            for user, milestone, answer in (
                (self.deputy, self.completed(), "not your turn"),
                (self.site_manager, completed_by_himself, "completed"),
            ):
                with self.subTest(user=user.login, door=door.__name__):
                    with self.assertRaisesRegex(Refused, answer):
                        door(user, "purchase.milestone", "action_approve", milestone.ids)
                    milestone.invalidate_recordset()
                    self.assertEqual(milestone.state, "completed")
                    self.assertFalse(milestone.approval_ids)

    def test_rules_are_the_managers(self):
        rule = self.env["purchase.milestone.approval.rule"].search([], limit=1)
        values = {"name": "Nobody", "approver_ids": [[6, 0, [self.director.id]]]}
        for door in self.doors():
            for method, ids, arguments in (
                ("create", None, {"vals_list": [values]}),
                ("write", rule.ids, {"vals": {"active": False}}),
                ("unlink", rule.ids, {}),
            ):
                with (
                    self.subTest(door=door.__name__, method=method),
                    self.assertRaises(Refused),
                ):
                    door(self.director, rule._name, method, ids, **arguments)
        loaded = self.call_kw(self.director, rule._name, "load", fields=["name"], data=[["Nobody"]])
        self.assertFalse(loaded["ids"])

    def test_nobody_sets_a_deputy_for_another(self):
        values = {
            "user_id": self.site_manager.id,
            "deputy_id": self.director.id,
            "date_from": "2026-01-01",
            "date_to": "2099-01-01",
        }
        for door in self.doors():
            with self.subTest(door=door.__name__), self.assertRaises(Refused):
                door(self.director, "purchase.milestone.deputy", "create", vals_list=[values])
        theirs = self.stand_in(self.site_manager, self.deputy)
        for door in self.doors():
            for method, arguments in (
                ("write", {"vals": {"deputy_id": self.director.id}}),
                ("unlink", {}),
            ):
                with (
                    self.subTest(door=door.__name__, method=method),
                    self.assertRaises(Refused),
                ):
                    door(self.director, theirs._name, method, theirs.ids, **arguments)
        theirs.invalidate_recordset()
        self.assertEqual(theirs.deputy_id, self.deputy)
        loaded = self.call_kw(
            self.director,
            theirs._name,
            "load",
            fields=["user_id/.id", "deputy_id/.id", "date_from", "date_to"],
            data=[[str(self.site_manager.id), str(self.director.id), "2026-01-01", "2099-01-01"]],
        )
        self.assertFalse(loaded["ids"])
