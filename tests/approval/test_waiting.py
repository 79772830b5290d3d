"""Finding what waits for whom costs the same however much waits."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ..common import APPROVER
from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestWaiting(ApprovalCommon):
    def waiting_for(self, *users):
        ids = [user and user.id for user in users]
        milestones = self.env["purchase.milestone"].with_user(self.approver)
        return milestones.search([("waiting_for_ids", "in", ids)]).sudo()

    def complete_many(self, count):
        order = self.create_order(
            100_000, [self.percent(f"S{n}", 100 / count) for n in range(count)], confirm=True
        )
        self.bring_to(order.milestone_ids, "completed")
        order.milestone_ids[::2].with_user(self.site_manager).action_approve()
        self.env.flush_all()
        self.env.invalidate_all()
        return order.milestone_ids

    def test_the_search_is_a_search(self):
        self.create_rule("Site", 0, self.site_manager, sequence=1)
        self.create_rule("Board", 0, self.director | self.second_director, 2, sequence=2)
        self.stand_in(self.director, self.deputy)
        counts = []
        for count in (4, 4, 40):
            milestones = self.complete_many(count)
            before = self.cr.sql_log_count
            model = self.registry["purchase.milestone"]
            with patch.object(model, "_compute_turn", side_effect=AssertionError):
                found = self.waiting_for(self.deputy)
                self.assertEqual(found & milestones, milestones[::2])
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_the_search_finds_what_is_computed(self):
        rules = self.two_levels()
        self.stand_in(self.site_manager, self.deputy)
        self.stand_in(self.director, self.approver)
        self.stand_in(self.second_director, self.site_manager, 1, 9)
        milestones = self.complete_many(4) | self.completed() | self.completed(49_999)
        self.approve(milestones[4], self.deputy)
        named = self.completed(60_000)
        named.order_id.milestone_approver_id = self.director
        people = self.env["res.users"].search([("all_group_ids", "in", self.env.ref(APPROVER).id)])

        def compare():
            for user in people:
                turns = (milestones | named).filtered(lambda m, u=user: u in m.waiting_for_ids)
                self.assertEqual(self.waiting_for(user) & (milestones | named), turns, user.name)
            nobody = (milestones | named).filtered(lambda m: not m.waiting_for_ids)
            self.assertEqual(self.waiting_for(False) & (milestones | named), nobody)

        compare()
        rules[0].approver_ids = self.approver | self.second_director
        compare()
        self.director.group_ids = [Command.unlink(self.env.ref(APPROVER).id)]
        compare()
        rules.active = False
        compare()
        self.director.group_ids = [Command.link(self.env.ref(APPROVER).id)]
        named.order_id.company_id.milestone_four_eyes = False
        compare()

    def test_the_plan_is_the_first_page_for_those_whose_turn_it_is(self):
        self.two_levels()
        order = self.completed().order_id
        self.assertTrue(order.with_user(self.site_manager).milestones_wait_for_me)
        self.assertFalse(order.with_user(self.director).milestones_wait_for_me)
        self.approve(order.milestone_ids, self.site_manager)
        self.assertFalse(order.with_user(self.site_manager).milestones_wait_for_me)
        self.assertTrue(order.with_user(self.director).milestones_wait_for_me)

    def test_what_only_the_nightly_run_reads_is_not_offered_to_group_by(self):
        described = self.env["purchase.milestone"].fields_get(attributes=["groupable"])
        for name in ("asked_ids", "due_notice", "date_turn_checked"):
            self.assertFalse(described[name]["groupable"], name)
