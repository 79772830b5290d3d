from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..common import APPROVER, PURCHASE_USER, MilestoneCommon


@tagged("post_install", "-at_install")
class TestAccessCompanies(MilestoneCommon):
    """A shipyard beside the fit-out company, and one approver who works for both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shipyard = cls.env["res.company"].create({"name": "Eastern Shipyard Ltd"})
        cls.yard_buyer = cls.new_user("ms_yard_buyer", PURCHASE_USER, cls.shipyard)
        cls.yard_approver = cls.new_user("ms_yard_approver", APPROVER, cls.shipyard)
        cls.shared_approver = cls.new_user("ms_shared", APPROVER, cls.company | cls.shipyard)
        cls.order = cls.create_order(100_000, [cls.fixed("Racks", 30_000)], confirm=True)
        cls.milestone = cls.order.milestone_ids
        cls.ship = (
            cls.env["purchase.order"]
            .with_user(cls.yard_buyer)
            .create(
                {
                    "partner_id": cls.vendor.id,
                    "order_line": [(0, 0, cls.line_values(900_000))],
                    "milestone_ids": [(0, 0, cls.fixed("Keel laid", 300_000))],
                }
            )
        )
        cls.ship.button_confirm()
        cls.keel = cls.ship.milestone_ids
        cls.keel.action_start()
        cls.keel.action_complete()
        cls.bring_to(cls.milestone, "completed")

    @classmethod
    def new_user(cls, login, groups, companies):
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=companies[:1].id,
            company_ids=[(6, 0, companies.ids)],
        )

    def test_lists_hold_only_the_own_companys_milestones(self):
        both = self.milestone | self.keel.sudo()
        for user, seen in (
            (self.buyer, self.milestone),
            (self.approver, self.milestone),
            (self.yard_buyer, self.keel),
            (self.yard_approver, self.keel),
        ):
            model = self.env["purchase.milestone"].with_user(user)
            self.assertEqual(model.search([("id", "in", both.ids)]).ids, seen.ids, user.login)
            self.assertEqual(
                model._read_group([("id", "in", both.ids)], aggregates=["amount:sum"]),
                [(seen.sudo().amount,)],
            )

    def test_another_companys_milestone_cannot_be_approved(self):
        for milestones in (self.milestone, self.milestone | self.keel.sudo()):
            with self.assertRaises(AccessError):
                milestones.with_user(self.yard_approver).action_approve()
        self.assertEqual(self.milestone.state, "completed")
        self.assertEqual(self.keel.state, "completed")

    def test_nor_be_slipped_into_the_dialog(self):
        dialogs = self.env["purchase.milestone.reason"].with_user(self.yard_approver)
        both = (self.milestone | self.keel).sudo()
        for context, values in (
            ({}, {"milestone_ids": [(6, 0, both.ids)]}),
            ({"active_model": "purchase.milestone", "active_ids": both.ids}, {}),
            ({"default_milestone_ids": both.ids}, {}),
        ):
            with self.assertRaises(AccessError):
                dialogs.with_context(**context).create(
                    {"reason": "Welds not tested", **values}
                ).action_confirm()
            self.assertEqual(set(both.mapped("state")), {"completed"})

    def test_one_approver_for_both_decides_in_the_companies_that_are_switched_on(self):
        both = (self.milestone | self.keel.sudo()).with_user(self.shared_approver)
        with self.assertRaises(AccessError):
            both.with_context(allowed_company_ids=self.company.ids).action_approve()
        both.with_context(allowed_company_ids=(self.company | self.shipyard).ids).action_approve()
        self.assertEqual(set(both.sudo().mapped("state")), {"approved"})

    def test_nobody_plans_for_another_company(self):
        values = self.fixed("Hull painted", 1_000)
        milestones = self.env["purchase.milestone"].with_user(self.yard_buyer)
        with self.assertRaises(AccessError):
            milestones.create({"order_id": self.order.id, **values})
        with self.assertRaises(AccessError):
            milestones.with_context(default_order_id=self.order.id).create(values)
        with self.assertRaises(AccessError):
            self.milestone.with_user(self.yard_buyer).name = "Hull painted"
        self.assertEqual(self.order.milestone_ids, self.milestone)

    def test_milestone_moves_to_no_other_companys_order(self):
        planner = self.new_user("ms_planner", PURCHASE_USER, self.company | self.shipyard)
        order = self.create_order(100_000, [self.fixed("Racks", 30_000)])
        milestone = order.milestone_ids
        for user in (self.buyer, self.yard_buyer):
            with self.assertRaises(AccessError):
                milestone.with_user(user).order_id = self.ship.id
        both = (self.company | self.shipyard).ids
        for door in (
            milestone.with_user(planner).with_context(allowed_company_ids=both),
            milestone.sudo(),
        ):
            with self.assertRaisesRegex(UserError, "only to an order of the same company"):
                door.write({"order_id": self.ship.id})
            with self.assertRaisesRegex(UserError, "only to an order of the same company"):
                self.ship.with_env(door.env).write({"milestone_ids": [(4, milestone.id)]})
        self.assertEqual(milestone.order_id, order)
