"""Certificates that are issued when bills are posted."""

from odoo.tests import tagged

from .common import CertificateCommon


@tagged("post_install", "-at_install")
class TestCertificateBills(CertificateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_two_phases()
        cls.shell, cls.fitout = cls.order.milestone_ids

    def bill_both(self):
        bills = []
        for milestone in self.order.milestone_ids:
            self.approve(milestone)
            bills.append(self.bill(milestone))
        return bills

    def test_each_posted_bill_issues_the_next_certificate(self):
        first_bill, second_bill = self.bill_both()
        first, second = self.certificates(self.order)
        self.assert_adds_up(first)
        self.assert_adds_up(second)
        self.assertEqual((first.number, second.number), (1, 2))
        self.assertEqual((first.bill_id, second.bill_id), (first_bill, second_bill))
        self.assertEqual(self.figures(first), (60_000, 6_000, 0, 54_000))
        self.assertEqual(self.figures(second), (100_000, 10_000, 54_000, 36_000))
        self.assertEqual(second.line_ids.mapped("amount_previous"), [60_000, 0])
        self.assertEqual(second.amount_payable, second_bill.amount_total)
        self.assertEqual(second.amount_to_finish, 0)

    def test_bills_posted_together_have_a_certificate_each(self):
        other = self.create_order(50_000, [self.percent("Roof", 100, retention=5)], confirm=True)
        self.approve(self.order.milestone_ids | other.milestone_ids)
        bills = self.create_bill(self.shell)
        bills += self.create_bill(other)
        bills += self.create_bill(self.fitout)
        self.post(bills)
        first, second = self.certificates(self.order)
        self.assertEqual((first.bill_id, second.bill_id), (bills[0], bills[2]))
        self.assertEqual(self.figures(first), (60_000, 6_000, 0, 54_000))
        self.assertEqual(self.figures(second), (100_000, 10_000, 54_000, 36_000))
        self.assertEqual(self.figures(self.last(other)), (50_000, 2_500, 0, 47_500))
        for order, count in ((self.order, 2), (other, 1)):
            said = [body for body in order.message_ids.mapped("body") if "issued" in body]
            self.assertEqual(len(said), count)

    def test_report_by_order_says_what_is_certified(self):
        _first_bill, second_bill = self.bill_both()
        report = self.env["purchase.milestone.report"]
        own = [("order_id", "=", self.order.id)]
        self.assertEqual(report.search(own).mapped("amount_certified"), [60_000, 40_000])
        second_bill.button_draft()
        self.env.invalidate_all()
        self.assertEqual(report.search(own).mapped("amount_certified"), [60_000, 0])

    def test_bill_taken_back_voids_the_last_certificate_and_only_that(self):
        first_bill, second_bill = self.bill_both()
        first, second = self.certificates(self.order)
        with self.refused("certificate 2 of the order is later"):
            first_bill.button_draft()
        second_bill.button_draft()
        self.assertEqual((first.state, second.state), ("issued", "void"))
        self.assertIn(second_bill.name, second.void_reason)
        self.post(second_bill)
        third = self.last(self.order)
        self.assertEqual(third.number, 3)
        self.assertEqual(self.figures(third), self.figures(second))

    def test_credit_note_of_the_last_bill_voids_its_certificate(self):
        _first_bill, second_bill = self.bill_both()
        credit = self.post(self.credit(second_bill))
        first, second = self.certificates(self.order)
        self.assertEqual((first.state, second.state), ("issued", "void"))
        self.assertIn(credit.name, second.void_reason)
        self.bill(self.fitout)
        third = self.last(self.order)
        self.assertEqual(self.figures(third), (100_000, 10_000, 54_000, 36_000))

    def test_credit_note_of_an_earlier_bill_is_on_a_certificate_of_its_own(self):
        first_bill, _second_bill = self.bill_both()
        credit = self.credit(first_bill)
        credit.invoice_line_ids.filtered("purchase_line_id").price_unit = 30_000
        credit.action_update_retention()
        self.post(credit)
        third = self.last(self.order)
        self.assertEqual(third.bill_id, credit)
        self.assertEqual(self.figures(third)[0], self.order.milestone_ids[0].amount_billed + 40_000)
        self.assertEqual(third.amount_payable, -credit.amount_total)
        self.assertEqual(third.retention_to_date, self.order.retention_held)
