from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..milestone.common_races import RaceCommon


@tagged("post_install", "-at_install", "slow")
class TestCertificateRaces(RaceCommon):
    """Two people certify the same order at once: each certificate has a number of its own."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            company = api.Environment(cr, SUPERUSER_ID, {}).company
            company.milestone_certificate = "manual"
        plan = [self.fixed("Causeway", 120_000, 5), self.fixed("Bridge", 80_000, 5)]
        self.causeway, self.bridge = self.make_order(*plan, state="completed")
        self.commit(self.on_milestone(self.causeway, "action_approve"))

    def remove_what_was_made(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.company.milestone_certificate = "off"
            certificates = env["purchase.milestone.certificate"].search([])
            messages = certificates.message_ids
            for table, column in (
                ("purchase_milestone_certificate_line", "certificate_id"),
                ("purchase_milestone_certificate", "id"),
            ):
                cr.execute(
                    f"DELETE FROM {table} WHERE {column} IN %s",  # pylint: disable=sql-injection
                    [tuple(certificates.ids) or (0,)],
                )
            env.invalidate_all()
            messages.unlink()
        return super().remove_what_was_made()

    def commit(self, function):
        with self.registry.cursor() as cr:
            function(api.Environment(cr, self.approver, {}))

    def numbers(self):
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER_ID, {})["purchase.order"].browse(self.order)
            return sorted(order.certificate_ids.mapped("number"))

    def issue(self, env):
        env["purchase.order"].browse(self.order).action_issue_certificate()

    def approve_and_issue(self, env):
        env["purchase.milestone"].browse(self.bridge).action_approve()
        self.issue(env)

    def test_two_certificates_get_two_numbers(self):
        tries, failure = self.race(
            (self.approver, self.issue), (self.second_approver, self.approve_and_issue)
        )
        self.assertEqual((tries, failure), (2, None))
        self.assertEqual(self.numbers(), [1, 2])

    def test_same_work_is_certified_once(self):
        tries, failure = self.race((self.approver, self.issue), (self.second_approver, self.issue))
        self.assertEqual(tries, 2)
        self.assertRegex(str(failure), "nothing has been approved since")
        self.assertEqual(self.numbers(), [1])
