from odoo.fields import Date
from odoo.tests import HttpCase, tagged

from .common import RetentionCommon


@tagged("post_install", "-at_install", "slow")
class TestToursRetention(RetentionCommon, HttpCase):
    """From the template to the last cent of retention in the browser."""

    def test_plan_from_a_template(self):
        self.env["purchase.milestone.template"].create(
            {
                "name": "Road with retention",
                "line_ids": [
                    (0, 0, self.percent("Road base", 40, retention=10)),
                    (0, 0, self.percent("Asphalt laid", 60, retention=10)),
                ],
            }
        )
        order = self.create_order(100_000, [self.fixed("Old advance", 5_000)])
        tour = "purchase_milestone_buyer_applies_template"
        self.start_tour(f"/odoo/purchase/{order.id}", tour, login="ms_buyer")
        self.assertEqual(order.milestone_ids.mapped("name"), ["Road base", "Asphalt laid"])
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [4_000, 6_000])

    def test_release_half_then_the_rest(self):
        plan = [self.percent(name, 50, retention=10) for name in ("Road base", "Asphalt laid")]
        order = self.approved_order(100_000, plan)
        order.with_user(self.approver).action_final_acceptance(Date.context_today(order))
        for tour, released in (
            ("purchase_milestone_release_half", 5_000),
            ("purchase_milestone_release_rest", 10_000),
        ):
            self.start_tour("/odoo", tour, login="ms_release")
            self.assertEqual(order.retention_released, released)
        self.assertEqual(order.milestone_ids.mapped("retention_open"), [0, 0])
        self.assertEqual(order.retention_release_ids.mapped("state"), ["done", "done"])
        self.assertEqual(order.retention_release_ids.user_id, self.release_officer)
