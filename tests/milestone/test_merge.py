from odoo.fields import Command
from odoo.tests import tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestMerge(MilestoneCommon):
    """Requests for quotation that got the company's default plan, merged into one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["purchase.milestone.template"].create(
            {
                "name": "Fit-out",
                "line_ids": [
                    Command.create({"name": "Racks", "percentage": 40, "due_days": 30}),
                    Command.create({"name": "Permit", "amount_type": "fixed", "amount": 500}),
                    Command.create(
                        {"name": "Handover", "amount_type": "balance", "due_basis": "previous"}
                    ),
                ],
            }
        )
        cls.company.milestone_template_id = cls.template
        cls.first = cls.create_order(10_000, date_order="2026-03-01 09:00:00")
        cls.second = cls.create_order(30_000, date_order="2026-03-05 09:00:00")

    def merge(self):
        (self.first | self.second).with_user(self.buyer).action_merge()
        self.assertEqual((self.first.state, self.second.state), ("draft", "cancel"))

    def assert_plan(self, amounts):
        self.assertEqual(self.first.amount_untaxed, 40_000)
        self.assertEqual(self.first.milestone_ids.mapped("amount"), amounts)

    def test_untouched_plans_come_anew_on_the_new_total(self):
        self.merge()
        self.assert_plan([16_000, 500, 23_500])
        self.assertEqual(
            [str(date) for date in self.first.milestone_ids.mapped("date_due")],
            ["2026-03-31", "2026-03-01", "2026-03-01"],
        )

    def test_an_edited_plan_wins_over_an_untouched_one(self):
        for edited in (self.first, self.second):
            with self.subTest(edited=edited.name), self.cr.savepoint() as savepoint:
                edited.milestone_ids[0].percentage = 50
                plan = edited.milestone_ids
                self.merge()
                self.assertEqual(self.first.milestone_ids, plan)
                self.assert_plan([20_000, 500, 19_500])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_two_edited_plans_are_not_merged(self):
        racks = (self.first | self.second).milestone_ids.filtered(lambda m: m.name == "Racks")
        changes = (
            {"name": "Cages"},
            {"retention_percent": 5},
            {"date_due": "2026-12-24"},
            {"document_required": True},
            {"user_id": self.manager.id},
            {"note": "<p>Earthed</p>"},
        )
        for change in changes:
            with self.subTest(change=change), self.cr.savepoint() as savepoint:
                racks.write(change)
                with self.refused("each have milestones of their own"):
                    self.merge()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_document_makes_a_plan_ones_own(self):
        for milestone in (self.first.milestone_ids[0], self.second.milestone_ids[0]):
            self.env["ir.attachment"].create(
                {"name": "Survey.pdf", "raw": b"%PDF", "res_model": milestone._name}
                | {"res_id": milestone.id}
            )
        with self.refused("each have milestones of their own"):
            self.merge()

    def test_a_further_milestone_makes_a_plan_ones_own(self):
        for order in self.first | self.second:
            order.milestone_ids[0].copy({"order_id": order.id, "percentage": 1})
        with self.refused("each have milestones of their own"):
            self.merge()
