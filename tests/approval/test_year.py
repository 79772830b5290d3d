import os

from odoo.tests import tagged

from .common_year import YearCommon


@tagged("post_install", "-at_install", "slow")
class TestYear(YearCommon):
    def test_everything_is_decided_by_somebody_entitled(self):
        # The suite simulates a month of a small company; see CONTRIBUTING.md for a whole year.
        milestones = int(os.environ.get("SIMULATED_MILESTONES", 60))
        is_year = milestones > 60
        self.set_up_company(seed=15, milestones=milestones, approvers=50 if is_year else 8)
        self.live_through(365 if is_year else 28)
        self.assertGreater(self.decisions, milestones)
        self.assertGreater(self.attempts, 20)
