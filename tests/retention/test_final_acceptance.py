from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import tagged

from .common import RetentionCommon


@tagged("post_install", "-at_install")
class TestFinalAcceptance(RetentionCommon):
    def test_needs_every_milestone_approved(self):
        order = self.create_order(
            100, [self.percent("Hull", 50), self.percent("Engine", 50)], confirm=True
        )
        hull, engine = order.milestone_ids
        self.bring_to(hull, "approved")
        with self.assertRaisesRegex(UserError, "These are not: Engine"):
            order.with_user(self.approver).action_final_acceptance()
        self.bring_to(engine, "approved")
        self.assertIs(order.with_user(self.approver).action_final_acceptance(), True)
        self.assertEqual(order.date_final_acceptance, Date.context_today(order))

    def test_refusals(self):
        tomorrow = Date.add(Date.context_today(self.env.user), days=1)
        accept = "action_final_acceptance"
        bare = self.create_order(100, confirm=True).with_user(self.approver)
        with self.assertRaisesRegex(UserError, "no milestones"):
            bare.action_final_acceptance()
        order = self.approved_order(100, [self.percent("Hull", 100)]).with_user(self.approver)
        with self.assertRaisesRegex(UserError, "future"):
            getattr(order, accept)(tomorrow)
        for wrong in (20260131, "31.01.2026", ["2026-01-31"]):
            with self.assertRaisesRegex(UserError, "is not a valid date"):
                getattr(order, accept)(wrong)
        for user in (self.buyer, self.manager, self.release_officer):
            with self.assertRaisesRegex(AccessError, "Approve milestones"):
                getattr(order.with_user(user), accept)()
        order.action_final_acceptance("2026-01-31")
        self.assertEqual(Date.to_string(order.date_final_acceptance), "2026-01-31")
        with self.assertRaisesRegex(UserError, "already"):
            order.action_final_acceptance()

    def test_date_is_written_by_the_action_alone(self):
        order = self.create_order(100, date_final_acceptance="2026-01-31")
        self.assertFalse(order.date_final_acceptance)
        order = order.with_context(default_date_final_acceptance="2026-01-31").copy()
        self.assertFalse(order.date_final_acceptance)
        with self.assertRaisesRegex(UserError, "final acceptance cannot be changed directly"):
            order.sudo().date_final_acceptance = "2026-01-31"

    def test_closes_the_plan(self):
        order = self.approved_order(100, [self.percent("Hull", 90)])
        order.with_user(self.approver).action_final_acceptance()
        with self.assertRaisesRegex(UserError, "No milestone can be added"):
            order.write({"milestone_ids": [(0, 0, self.percent("Paint", 5))]})
        with self.assertRaisesRegex(UserError, "has its final acceptance"):
            order.milestone_ids.with_user(self.approver).action_revoke("Leaks")
        with self.assertRaisesRegex(UserError, "due at acceptance cannot be changed"):
            order.retention_acceptance_percent = 100

    def test_revocation(self):
        order = self.approved_order(100, [self.percent("Hull", 100, retention=10)])
        order.with_user(self.approver).action_final_acceptance()
        release = self.new_release(order, amount=5)
        release.action_confirm()
        revoke = order.with_user(self.approver).action_revoke_acceptance
        with self.assertRaisesRegex(UserError, "Give a reason"):
            revoke()
        with self.assertRaisesRegex(UserError, "Cancel the release first"):
            revoke("Water in the bilge")
        with self.assertRaisesRegex(AccessError, "Approve milestones"):
            order.action_revoke_acceptance("Water in the bilge")
        release.action_cancel()
        self.new_release(order, amount=5, early=True).action_confirm()
        self.assertIs(revoke("Water in the bilge"), True)
        self.assertFalse(order.date_final_acceptance or order.date_retention_due)
        with self.assertRaisesRegex(UserError, "Cancel the release first"):
            order.milestone_ids.with_user(self.approver).action_revoke("Water in the bilge")
