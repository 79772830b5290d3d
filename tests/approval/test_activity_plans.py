from odoo.fields import Date
from odoo.tests import tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestActivityPlans(MilestoneCommon):
    def test_plan_is_launched_on_milestones(self):
        """Odoo's activity plans apply to milestones; their activities are people's own."""
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Site inspection",
                "res_model": "purchase.milestone",
                "template_ids": [
                    (
                        0,
                        0,
                        {
                            "summary": summary,
                            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                            "responsible_type": "other",
                            "responsible_id": self.buyer.id,
                            "delay_count": days,
                            "delay_unit": "days",
                            "delay_from": "before_plan_date",
                        },
                    )
                    for summary, days in (("Book the inspector", 7), ("Walk the site", 0))
                ],
            }
        )
        order = self.create_order(
            100_000, [self.percent("Cabling", 60), self.balance("Handover")], confirm=True
        )
        milestones = order.milestone_ids
        launcher = self.env["mail.activity.schedule"].with_user(self.buyer)
        launcher.create(
            {
                "res_model": milestones._name,
                "res_ids": str(milestones.ids),
                "plan_id": plan.id,
                "plan_date": "2026-03-20",
            }
        ).action_schedule_plan()
        for milestone in milestones:
            self.assertEqual(
                milestone.activity_ids.sorted("date_deadline").mapped(
                    lambda activity: (activity.summary, activity.date_deadline)
                ),
                [
                    ("Book the inspector", Date.to_date("2026-03-13")),
                    ("Walk the site", Date.to_date("2026-03-20")),
                ],
            )
        self.bring_to(milestones, "approved")
        self.assertEqual(len(milestones.activity_ids), 4)
