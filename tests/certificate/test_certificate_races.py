from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..billing.common_races import BillingRaceCommon


class CertificateRaceCommon(BillingRaceCommon):
    """Races of certificates, which are removed again."""

    setting = None

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            company = api.Environment(cr, SUPERUSER_ID, {}).company
            company.milestone_certificate = self.setting
        self.plan = [self.fixed("Causeway", 120_000, 5), self.fixed("Bridge", 80_000, 5)]

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

    def numbers(self):
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER_ID, {})["purchase.order"].browse(self.order)
            return sorted(order.certificate_ids.mapped("number"))


@tagged("post_install", "-at_install", "slow")
class TestCertificateRaces(CertificateRaceCommon):
    """Two people certify the same order at once: each certificate has a number of its own."""

    setting = "manual"

    def setUp(self):
        super().setUp()
        self.causeway, self.bridge = self.make_order(*self.plan, state="completed")
        self.commit(self.approver, self.on_milestone(self.causeway, "action_approve"))

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


@tagged("post_install", "-at_install", "slow")
class TestCertificateBillRaces(CertificateRaceCommon):
    """Two bills of one order are posted at once: each has its certificate, one after the other."""

    setting = "automatic"

    def test_two_bills_posted_at_once_get_two_numbers(self):
        milestones = self.make_order(*self.plan, state="approved", milestone_billing="bill")
        for milestone in milestones:
            self.commit(self.buyer, self.on_milestone(milestone, "action_create_bill"))
        bills = sorted(self.bill_ids())
        self.commit(
            self.accountant,
            lambda env: env["account.move"].browse(bills).write({"invoice_date": "2026-03-31"}),
        )
        first, second = [
            (self.accountant, self.on("account.move", bill, "action_post")) for bill in bills
        ]
        tries, failure = self.race(first, second)
        self.assertEqual((tries, failure), (2, None))
        self.assertEqual(self.numbers(), [1, 2])
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER_ID, {})["purchase.order"].browse(self.order)
            certificates = order.certificate_ids.sorted("number")
            self.assertEqual(certificates.bill_id.ids, bills)
            self.assertEqual(certificates.mapped("amount_previous"), [0, 114_000])
            self.assertEqual(certificates.mapped("amount_net"), [114_000, 76_000])
