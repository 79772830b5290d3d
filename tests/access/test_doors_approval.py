from odoo.tests import tagged

from ..approval.common_approval import ApprovalCommon
from ..common_rpc import Refused, RpcCase


@tagged("post_install", "-at_install")
class TestDoorsApproval(RpcCase, ApprovalCommon):
    """Nobody approves twice, out of turn, or in a way that is not the button's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.two_levels()
        cls.give_keys(cls.director | cls.site_manager | cls.manager)

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
