"""What counts as certified before on an order of which no certificate is issued."""

from unittest.mock import patch

from odoo.tests import tagged

from .common import CertificateCommon


@tagged("post_install", "-at_install")
class TestCertificateFirst(CertificateCommon):
    def test_company_that_begins_later_certifies_what_comes(self):
        self.company.milestone_certificate = "off"
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        self.bill(shell)
        self.company.milestone_certificate = "automatic"
        self.bill(fitout)
        last = self.last(order)
        self.assertEqual(self.figures(last), (100_000, 10_000, 54_000, 36_000))
        self.assertEqual(last.line_ids.mapped("amount_previous"), [60_000, 0])

        self.assertEqual(last._get_printed_bills(), [last.bill_id.name])
        report = self.env["purchase.milestone.report"].search([("order_id", "=", order.id)])
        self.assertEqual(report.mapped("amount_certified"), [60_000, 40_000])
        # What came before stays so when the first certificate is issued anew.
        bill = last.bill_id
        bill.button_draft()
        self.post(bill)
        again = self.last(order)
        self.assertEqual((again.number, again.bill_ids), (2, last.bill_ids))
        self.assertEqual(self.figures(again), self.figures(last))
        self.assertEqual(again._get_printed_bills(), [bill.name])

    def test_bill_of_which_no_certificate_was_issued_is_on_the_next_one(self):
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        with patch.object(type(order), "_get_sum_difference", lambda *_args: "it differs."):
            first_bill = self.bill(shell)
        self.assertFalse(self.certificates(order))
        second_bill = self.bill(fitout)
        last = self.last(order)
        self.assertEqual(self.figures(last), (100_000, 10_000, 0, 90_000))
        self.assertEqual(last.bill_ids, first_bill | second_bill)
        self.assertEqual(last._get_printed_bills(), [first_bill.name, second_bill.name])
        self.assertEqual(last.line_ids.mapped("amount_previous"), [0, 0])

    def test_bills_that_no_approver_has_certified_are_on_the_first_certificate(self):
        order = self.create_order(
            100_000, [self.percent(f"Pier {n}", 25) for n in range(1, 5)], confirm=True
        )
        self.approve(order.milestone_ids)
        for setting, pier in zip(
            ("off", "manual", "off", "automatic"), order.milestone_ids, strict=True
        ):
            self.company.milestone_certificate = setting
            self.bill(pier)
        last = self.last(order)
        # What was posted while the company issued none is nobody's to certify.
        self.assertEqual(self.figures(last), (100_000, 0, 50_000, 50_000))
        self.assertEqual(last.line_ids.mapped("amount_now"), [0, 25_000, 0, 25_000])

    def test_approver_of_a_company_that_begins_later_certifies_what_comes_after(self):
        self.company.milestone_certificate = "off"
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        first_bill = self.bill(shell)
        self.company.milestone_certificate = "manual"
        second_bill = self.bill(fitout)
        certificate = self.issue(order)
        self.assertEqual(self.figures(certificate), (100_000, 10_000, 54_000, 36_000))
        self.assertEqual(certificate.bill_ids, first_bill | second_bill)
        self.assertEqual(certificate._get_printed_bills(), [second_bill.name])

    def test_approver_certifies_what_was_billed_before_if_nothing_else_is(self):
        self.company.milestone_certificate = "off"
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        self.bill(shell)
        self.company.milestone_certificate = "manual"
        first = self.issue(order)
        self.assertEqual(self.figures(first), (60_000, 6_000, 0, 54_000))
        first.with_user(self.approver).action_void("Measured wrong")
        self.bill(fitout)
        self.assertEqual(self.figures(self.issue(order)), (100_000, 10_000, 0, 90_000))
