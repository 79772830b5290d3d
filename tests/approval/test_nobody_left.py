"""A rule whose approvers are all gone: somebody else is asked, and the history says why."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import APPROVER, PURCHASE_USER
from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestNobodyLeft(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board = cls.create_rule("Board", 0, cls.director | cls.second_director)
        cls.head = new_test_user(cls.env, "ms_head", APPROVER, name="Hanna Head")
        cls.company.milestone_escalation_user_id = cls.head

    def lose_right(self, users):
        users.group_ids = [Command.unlink(self.env.ref(APPROVER).id)]

    def asked(self, milestone):
        """Return who is asked after the night, and what the activity says."""
        milestone.env["purchase.milestone"]._forget_turns()
        milestone._update_asked()
        activities = milestone.activity_ids.sudo()
        self.assertEqual(activities.user_id, milestone.asked_ids)
        return activities.user_id, "".join({str(note) for note in activities.mapped("note")})

    def lose_archived(self):
        (self.director | self.second_director).active = False
        return self.completed()

    def lose_the_right(self):
        self.lose_right(self.director | self.second_director)
        return self.completed()

    def lose_by_completing_and_archived_deputies(self):
        """One completed it, the other left; a deputy stands in for neither."""
        self.director.group_ids = [Command.link(self.env.ref(PURCHASE_USER).id)]
        self.stand_in(self.director, self.deputy)
        self.stand_in(self.second_director, self.deputy)
        self.second_director.active = False
        order = self.create_order(milestones=[self.fixed("Cabling", 60_000)], confirm=True)
        order.milestone_ids.with_user(self.director).action_start()
        order.milestone_ids.with_user(self.director).action_complete()
        return order.milestone_ids.with_user(self.env.user)

    def lose_by_having_approved(self):
        self.board.required = 2
        milestone = self.completed()
        self.approve(milestone, self.director)
        self.second_director.active = False
        return milestone

    def lose_after_completion(self):
        milestone = self.completed()
        (self.director | self.second_director).active = False
        return milestone

    def test_every_milestone_is_decided_by_somebody_entitled(self):
        for lose in (
            self.lose_archived,
            self.lose_the_right,
            self.lose_by_completing_and_archived_deputies,
            self.lose_by_having_approved,
            self.lose_after_completion,
        ):
            with self.subTest(lose.__name__):
                savepoint = self.env.cr.savepoint()
                milestone = lose()
                users, note = self.asked(milestone)
                self.assertEqual(users, self.head)
                self.assertIn("Nobody is left who may approve it by the rule “Board”", note)
                self.assertIn("Hanna Head decides instead", note)
                for other in (self.deputy, self.site_manager):
                    with self.refused("Hanna Head decides instead"):
                        self.approve(milestone, other)
                self.approve(milestone, self.head)
                self.assertEqual(milestone.state, "approved")
                last = milestone.approval_ids[-1]
                self.assertEqual((last.user_id, last.is_substitute), (self.head, True))
                self.assertIn("because nobody was left", milestone.message_ids[0].body)
                self.assertFalse(milestone.activity_ids)
                savepoint.rollback()
                savepoint.close(rollback=False)
                self.env.invalidate_all()

    def test_head_decides_nothing_while_an_approver_is_left(self):
        self.director.active = False
        milestone = self.completed()
        self.assertEqual(self.asked(milestone)[0], self.second_director)
        with self.refused("not your turn"):
            self.approve(milestone, self.head)
        self.approve(milestone, self.second_director)
        self.assertFalse(milestone.approval_ids.is_substitute)

    def test_managers_add_approvers_where_nobody_decides_instead(self):
        self.company.milestone_escalation_user_id = self.manager
        (self.director | self.second_director).active = False
        milestone = self.completed()
        users, note = self.asked(milestone)
        self.assertIn(self.manager, users)
        self.assertIn("has to add approvers to the rule", note)
        with self.refused("has to add approvers"):
            self.approve(milestone, self.head)
        self.board.with_user(self.manager).approver_ids = self.head
        users, _note = self.asked(milestone)
        self.assertEqual(users, self.head)
        self.approve(milestone, self.head)
        self.assertFalse(milestone.approval_ids.is_substitute)

    def test_only_approver_has_completed_it(self):
        self.board.active = False
        self.lose_right(self.env["res.users"].search([]) - self.director)
        self.director.group_ids = [Command.link(self.env.ref(PURCHASE_USER).id)]
        order = self.create_order(milestones=[self.fixed("Cabling", 60_000)], confirm=True)
        order.milestone_ids.with_user(self.director).action_start()
        order.milestone_ids.with_user(self.director).action_complete()
        users, note = self.asked(order.milestone_ids.with_user(self.env.user))
        self.assertIn(self.manager, users)
        self.assertIn("somebody else gets the right", note)
