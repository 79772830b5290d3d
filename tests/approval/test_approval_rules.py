from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from ..common import APPROVER, PURCHASE_USER
from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalRules(ApprovalCommon):
    def waiting_for_user(self, user):
        return self.env["purchase.milestone"].search([("waiting_for_ids", "in", user.ids)])

    def test_levels_follow_one_another(self):
        self.two_levels()
        milestone = self.completed()
        self.assertEqual(milestone.approvals_required, 2)
        self.assertEqual(milestone.waiting_for_ids, self.site_manager)
        with self.refused("not your turn.*Site.*Ida Site"):
            self.approve(milestone, self.director)
        self.approve(milestone, self.site_manager)
        self.assertEqual((milestone.state, milestone.approvals_given), ("completed", 1))
        self.assertEqual(milestone.waiting_for_ids, self.director | self.second_director)
        self.assertEqual(self.waiting_for_user(self.director), milestone)
        self.assertFalse(self.waiting_for_user(self.site_manager))
        self.assertIn("Approved (1 of 2 approvals)", milestone.message_ids[0].body)
        notice = milestone._get_step_notice()["params"]["message"]
        self.assertIn("Your approval is recorded. Others have to approve too:", notice)
        self.approve(milestone, self.second_director)
        self.assertEqual(milestone.state, "approved")
        self.assertEqual(milestone.approved_by_id, self.second_director)
        self.assertFalse(milestone.waiting_for_ids)
        self.assertEqual(milestone.approval_ids.user_id, self.site_manager | self.second_director)

    def test_amount_decides_which_rules_fit(self):
        self.two_levels()
        milestone = self.completed(49_999)
        self.approve(milestone, self.site_manager)
        self.assertEqual(milestone.state, "approved")

    def test_amount_is_converted_at_the_date_of_the_order(self):
        currency = self.env["res.currency"].create(
            {
                "name": "XTS",
                "symbol": "X",
                "rate_ids": [
                    (0, 0, {"name": "2026-01-01", "rate": 4}),
                    (0, 0, {"name": "2026-02-01", "rate": 1}),
                ],
            }
        )
        rule = self.create_rule("Site", 20_000, self.site_manager)
        for date_order, fits in (("2026-01-15", False), ("2026-02-15", True)):
            order = self.create_order(
                milestones=[self.fixed("Cabling", 60_000)],
                currency_id=currency.id,
                date_order=date_order,
            )
            self.assertEqual(rule._fits(order.milestone_ids), fits)

    def test_one_person_counts_once(self):
        self.two_levels()[1].approver_ids |= self.site_manager
        milestone = self.completed()
        self.approve(milestone, self.site_manager)
        with self.refused("you have approved it already"):
            self.approve(milestone, self.site_manager)
        self.assertEqual(milestone.state, "completed")

    def test_who_completed_it_approves_on_no_level(self):
        both = new_test_user(self.env, "ms_both", f"{APPROVER},{PURCHASE_USER}")
        self.two_levels()[1].approver_ids |= both
        order = self.create_order(milestones=[self.fixed("Cabling", 60_000)], confirm=True)
        milestone = order.milestone_ids
        milestone.with_user(both).action_start()
        milestone.with_user(both).action_complete()
        self.approve(milestone, self.site_manager)
        self.assertNotIn(both, milestone.waiting_for_ids)
        with self.refused("completed it yourself"):
            self.approve(milestone, both)

    def test_rejection_and_revocation_clear_the_approvals(self):
        self.two_levels()
        milestone = self.completed()
        self.approve(milestone, self.site_manager)
        milestone.with_user(self.director).action_reject("Not earthed")
        milestone.with_user(self.buyer).action_rework()
        milestone.with_user(self.buyer).action_complete()
        self.assertEqual(milestone.approvals_given, 0)
        self.assertEqual(milestone.waiting_for_ids, self.site_manager)
        self.approve(milestone, self.site_manager)
        self.approve(milestone, self.director)
        milestone.with_user(self.director).action_revoke("Measured again")
        self.assertEqual(milestone.approvals_given, 0)
        self.assertEqual(milestone.approval_ids.mapped("is_cleared"), [True] * 3)

    def test_changed_rule_does_not_undo_approvals(self):
        rules = self.two_levels()
        milestone = self.completed()
        self.approve(milestone, self.site_manager)
        rules[0].approver_ids = self.deputy
        self.assertEqual(milestone.approvals_given, 1)
        self.assertEqual(milestone.waiting_for_ids, self.director | self.second_director)

    def test_named_approver_is_asked_where_no_rule_fits(self):
        self.company.milestone_approver_id = self.director
        milestone = self.completed()
        self.assertEqual(milestone.order_id.milestone_approver_id, self.director)
        self.assertEqual(milestone.waiting_for_ids, self.director)
        self.approve(milestone, self.deputy)
        self.assertEqual(milestone.state, "approved")

    def test_rules_need_approvers_with_the_right(self):
        with self.refused("cannot approve milestones", ValidationError):
            self.create_rule("Buyers", 0, self.buyer)
        with self.refused("requires 2 approvals, but has 1", ValidationError):
            self.create_rule("Site", 0, self.site_manager, required=2)
        with self.refused("cannot approve milestones", ValidationError):
            self.company.milestone_approver_id = self.buyer

    # ------------------------------------------------------------------
    # Deputies
    # ------------------------------------------------------------------

    def test_deputy_approves_on_behalf(self):
        self.two_levels()
        self.stand_in(self.site_manager, self.deputy)
        milestone = self.completed()
        self.assertEqual(milestone.waiting_for_ids, self.deputy)
        self.approve(milestone, self.deputy)
        self.assertEqual(milestone.approval_ids.on_behalf_of_id, self.site_manager)
        self.assertIn("Paul Deputy on behalf of Ida Site", milestone.message_ids[0].body)
        with self.refused("your deputy has"):
            self.approve(milestone, self.site_manager)

    def test_deputy_of_the_named_approver_approves_on_behalf(self):
        self.company.milestone_approver_id = self.director
        self.stand_in(self.director, self.deputy)
        milestone = self.completed()
        self.assertEqual(milestone.waiting_for_ids, self.deputy)
        self.approve(milestone, self.deputy)
        self.assertEqual(milestone.approval_ids.on_behalf_of_id, self.director)
        self.assertIn("Paul Deputy on behalf of Dora Director", milestone.message_ids[0].body)

    def test_deputy_outside_the_dates_is_refused(self):
        self.two_levels()
        self.stand_in(self.site_manager, self.deputy, -9, -2)
        self.stand_in(self.site_manager, self.deputy, 2, 9)
        milestone = self.completed()
        self.assertEqual(milestone.waiting_for_ids, self.site_manager)
        with self.refused("not your turn"):
            self.approve(milestone, self.deputy)

    def test_deputies_have_no_deputies(self):
        self.two_levels()
        self.stand_in(self.site_manager, self.director)
        self.stand_in(self.director, self.deputy)
        milestone = self.completed()
        with self.refused("not your turn"):
            self.approve(milestone, self.deputy)

    def test_nobody_is_a_deputy_of_who_completed_it(self):
        both = new_test_user(self.env, "ms_both", f"{APPROVER},{PURCHASE_USER}")
        self.create_rule("Site", 0, both | self.site_manager)
        self.stand_in(both, self.deputy)
        order = self.create_order(milestones=[self.fixed("Cabling", 60_000)], confirm=True)
        milestone = order.milestone_ids
        milestone.with_user(both).action_start()
        milestone.with_user(both).action_complete()
        with self.refused("not your turn"):
            self.approve(milestone, self.deputy)
        self.company.milestone_four_eyes = False
        with self.refused("not your turn"):
            self.approve(milestone, self.deputy)

    def test_part_is_approved_by_those_who_approve_the_whole(self):
        self.two_levels()
        order = self.create_order(milestones=[self.fixed("Cabling", 60_000)], confirm=True)
        cabling = order.milestone_ids.with_user(self.buyer)
        cabling.action_start()
        cabling.action_complete_part(percentage=40)
        part = order.milestone_ids.filtered("part_of_id").with_user(self.env.user)
        self.assertEqual((part.amount, part.approvals_required), (24_000, 2))
        self.approve(part, self.site_manager)
        self.assertEqual(part.state, "completed")

    def test_everybody_sets_his_own_deputy(self):
        own = self.stand_in(self.director, self.deputy)
        own.with_user(self.director).reason = "Annual leave"
        for change in ({"reason": "Annual leave"}, {"user_id": self.site_manager.id}):
            with self.refused("", AccessError):
                own.with_user(self.site_manager).write(change)
        with self.refused("only choose a deputy for yourself", AccessError):
            own.with_user(self.director).user_id = self.site_manager
        with self.refused("", AccessError):
            own.copy({"user_id": self.site_manager.id}).with_user(self.director).unlink()
        with self.refused("cannot approve milestones", ValidationError):
            own.with_user(self.director).deputy_id = self.buyer
        administrator = new_test_user(self.env, "ms_administrator", "base.group_erp_manager")
        own.with_user(administrator).user_id = self.site_manager
