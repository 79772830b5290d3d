from odoo.tests import tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestParts(MilestoneCommon):
    """Work that is done in parts: each part is completed and approved for itself."""

    def started(self, *plan, total=100_000, **values):
        """Return the started milestones of a confirmed order with this plan."""
        order = self.create_order(total, plan, confirm=True, **values)
        self.bring_to(order.milestone_ids, "started")
        return order.milestone_ids

    def complete_part(self, milestone, *arguments, **values):
        return milestone.with_user(self.buyer).action_complete_part(*arguments, **values)

    def figures(self, order):
        return [(m.name, m.amount, m.percentage, m.state) for m in order.milestone_ids.sorted()]

    def test_part_of_a_percentage_is_a_completed_milestone_before_it(self):
        road = self.started(self.percent("Road", 30, retention=10), self.percent("Bridge", 70))[0]
        part = self.complete_part(road, percentage=40)
        self.assertEqual(
            self.figures(road.order_id),
            [
                ("Road (part 1)", 12_000, 12, "completed"),
                ("Road", 18_000, 18, "started"),
                ("Bridge", 70_000, 70, "started"),
            ],
        )
        self.assertEqual(part.part_of_id, road)
        self.assertEqual(part.retention_percent, 10)
        self.assertEqual(part.retention_amount, 1_200)
        self.assertEqual(part.completed_by_id, self.buyer)
        self.assertEqual(part.date_started, road.date_started)

    def test_part_of_a_fixed_amount_and_of_a_balance(self):
        for kind in (self.fixed("Hull", 60_000), self.balance("Hull")):
            with self.subTest(kind=kind["amount_type"]):
                hull = self.started(self.fixed("Engine", 40_000), kind)[1]
                self.complete_part(hull, amount=12_345.67)
                self.complete_part(hull, percentage=50)
                self.assertEqual(
                    [row[:2] for row in self.figures(hull.order_id)],
                    [
                        ("Engine", 40_000),
                        ("Hull (part 1)", 12_345.67),
                        ("Hull (part 2)", 23_827.17),
                        ("Hull", 23_827.16),
                    ],
                )

    def test_rejected_part_is_put_back(self):
        for kind in (self.percent("Hull", 60), self.fixed("Hull", 60_000), self.balance("Hull")):
            with self.subTest(kind=kind["amount_type"]):
                hull = self.started(self.fixed("Engine", 40_000), kind)[1]
                part = self.complete_part(hull, amount=10_000)
                part.with_user(self.approver).action_reject("Weld 7 leaks")
                part.with_user(self.buyer).action_merge_back()
                self.assertEqual(
                    [row[:2] for row in self.figures(hull.order_id)],
                    [("Engine", 40_000), ("Hull", 60_000)],
                )
                history = " ".join(hull.message_ids.mapped("preview"))
                for words in ("Part completed: Hull (part 1)", "Part put back", "Weld 7 leaks"):
                    self.assertIn(words, history)
