"""Published figures, made by parts of milestones and certified by an approver."""

from odoo.tests import tagged

from .common import CertificateCommon

VALUES = (15_000, 28_000, 95_000, 120_000, 80_000, 65_000, 52_000, 78_000, 110_000)
VALUES += (34_000, 90_000, 42_000, 18_000)
BEFORE = (15_000, 12_000, 35_000, 30_000)
NOW = (0, 8_000, 27_000, 40_000, 18_000, 16_000, 9_000, 21_000, 20_000, 8_000)


@tagged("post_install", "-at_install")
class TestCertificatePublished(CertificateCommon):
    def planned(self, *values, retention=10):
        plan = [self.fixed(f"Section {n}", value, retention) for n, value in enumerate(values, 1)]
        return self.create_order(sum(values), plan, milestone_billing="track", confirm=True)

    def certify(self, order, milestones, amounts):
        """Complete and approve these amounts of the milestones, and issue a certificate."""
        for milestone, amount in zip(milestones, amounts, strict=False):
            if not amount:
                continue
            by_buyer = milestone.with_user(self.buyer)
            if milestone.state == "pending":
                by_buyer.action_start()
            if amount < milestone.amount:
                done = by_buyer.action_complete_part(amount=amount)
            else:
                by_buyer.action_complete()
                done = milestone
            done.with_user(self.approver).action_approve()
        return self.issue(order)

    def test_public_pay_application_adds_up(self):
        order = self.planned(*VALUES)
        milestones = order.milestone_ids
        first = self.certify(order, milestones, BEFORE)
        self.assertEqual(self.figures(first), (92_000, 9_200, 0, 82_800))
        second = self.certify(order, milestones, NOW)
        self.assertEqual(self.figures(second), (259_000, 25_900, 82_800, 150_300))
        self.assertEqual(second.amount_payable, 150_300)
        self.assertEqual(second.amount_to_finish, 568_000)
        self.assertEqual((second.amount_original, second.amount_contract), (827_000, 827_000))
        self.assertEqual(second.line_ids.mapped("name"), milestones.mapped("name"))
        self.assertEqual(second.line_ids.mapped("value"), list(VALUES))
        line = second.line_ids[2]
        self.assertEqual(
            (line.value, line.amount_previous, line.amount_now, line.amount_to_date),
            (95_000, 35_000, 27_000, 62_000),
        )
        self.assertEqual(round(line.percentage, 2), 65.26)
        self.assertEqual((line.amount_to_finish, line.retention_amount), (33_000, 6_200))
        self.assertEqual(line.amount_to_date - line.retention_amount, 55_800)

    def test_two_large_sections(self):
        order = self.planned(300_000_000, 200_000_000)
        milestones = order.milestone_ids
        self.certify(order, milestones, (120_000_000, 72_000_000))
        second = self.certify(order, milestones, (13_200_000, 10_400_000))
        self.assertEqual(sum(second.line_ids.mapped("amount_now")), 23_600_000)
        self.assertEqual(second.amount_net, 21_240_000)

    def test_four_fifths_of_one_section(self):
        order = self.planned(15_000, retention=5)
        certificate = self.certify(order, order.milestone_ids, (12_000,))
        self.assertEqual(certificate.amount_to_date, 12_000)
        self.assertEqual(certificate.line_ids.percentage, 80)
        self.assertEqual(certificate.amount_to_finish, 3_000)
        self.assertEqual(certificate.retention_to_date, 600)

    def test_nothing_new_nothing_issued_and_what_is_certified_stays_approved(self):
        order = self.planned(15_000, 5_000)
        first, second = order.milestone_ids
        self.approve(first)
        certificate = self.issue(order)
        with self.refused("nothing has been approved since the last certificate"):
            order.with_user(self.approver).action_issue_certificate()
        with self.refused("on payment certificate 1"):
            first.with_user(self.approver).action_revoke("Wrong section")
        self.approve(second)
        second.with_user(self.approver).action_revoke("Wrong section")
        certificate.with_user(self.approver).action_void("Wrong section")
        first.with_user(self.approver).action_revoke("Wrong section")
        self.approve_again(first | second)
        self.assertEqual(self.issue(order).number, 2)

    def test_approvals_revoked_together_are_counted_together(self):
        order = self.planned(100_000)
        section = order.milestone_ids.with_user(self.buyer)
        section.action_start()
        first = section.action_complete_part(amount=40_000)
        first.with_user(self.approver).action_approve()
        self.issue(order)
        second = section.action_complete_part(amount=40_000)
        second.with_user(self.approver).action_approve()
        with self.refused("on payment certificate 1"):
            (first | second).with_user(self.approver).action_revoke("Wrong section")
        self.assertEqual(set((first | second).mapped("state")), {"approved"})

    def approve_again(self, milestones):
        milestones.with_user(self.approver).action_approve()

    def test_company_that_issues_none_refuses(self):
        self.company.milestone_certificate = "off"
        order = self.planned(15_000)
        self.approve(order.milestone_ids)
        with self.refused("issues no payment certificates"):
            order.with_user(self.approver).action_issue_certificate()
        self.assertFalse(order.can_be_certified)
