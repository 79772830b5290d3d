from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..milestone.common_races import RaceCommon


@tagged("post_install", "-at_install", "slow")
class TestApprovalRaces(RaceCommon):
    def test_two_approvers_on_one_level_count_as_two(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            rule = env["purchase.milestone.approval.rule"].create(
                {
                    "name": "Harbour board",
                    "approver_ids": [self.approver, self.second_approver],
                    "required": 2,
                }
            )
            self.made.append(rule)
        (milestone,) = self.make_order(self.fixed("Causeway", 80_000), state="completed")
        tries, failure = self.race(
            (self.approver, self.on_milestone(milestone, "action_approve")),
            (self.second_approver, self.on_milestone(milestone, "action_approve")),
        )
        self.assertIsNone(failure)
        self.assertEqual(tries, 2)
        self.assertEqual(self.values_of([milestone], "state", "approvals_given"), [("approved", 2)])
