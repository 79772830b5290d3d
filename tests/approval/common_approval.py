from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from ..common import APPROVER, MilestoneCommon


class ApprovalCommon(MilestoneCommon):
    """A site manager and two directors who approve a data centre's fit-out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site_manager, cls.director, cls.second_director, cls.deputy = (
            new_test_user(cls.env, login, APPROVER, name=name)
            for login, name in (
                ("ms_site", "Ida Site"),
                ("ms_director", "Dora Director"),
                ("ms_director_2", "Sven Second"),
                ("ms_deputy", "Paul Deputy"),
            )
        )

    @classmethod
    def create_rule(cls, name, amount_from, approvers, required=1, **values):
        return cls.env["purchase.milestone.approval.rule"].create(
            {
                "name": name,
                "amount_from": amount_from,
                "approver_ids": approvers.ids,
                "required": required,
                **values,
            }
        )

    @classmethod
    def two_levels(cls):
        """Return the rules: the site manager, and from 50,000 one of two directors as well."""
        return cls.create_rule("Site", 0, cls.site_manager, sequence=1) | cls.create_rule(
            "Board", 50_000, cls.director | cls.second_director, sequence=2
        )

    @classmethod
    def stand_in(cls, user, deputy, first=0, last=0):
        """Make ``deputy`` stand in for ``user``, from and to so many days from today."""
        today = fields.Date.today()
        return cls.env["purchase.milestone.deputy"].create(
            {
                "user_id": user.id,
                "deputy_id": deputy.id,
                "date_from": today + timedelta(days=first),
                "date_to": today + timedelta(days=last),
            }
        )

    def completed(self, amount=60_000, **values):
        order = self.create_order(milestones=[self.fixed("Cabling", amount)], confirm=True)
        self.bring_to(order.milestone_ids, "completed")
        return order.milestone_ids.with_user(self.env.user)

    def approve(self, milestone, user):
        milestone.with_user(user).action_approve()
