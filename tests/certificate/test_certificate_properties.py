"""Whatever happens to an order: each certificate adds up and continues the one before."""

from hypothesis import given, settings

from odoo.tests import tagged

from ..billing.common_cases import cases, steps
from ..billing.common_random import RandomBilling
from ..billing.test_billing_properties import repeatable
from .common import CertificateCommon


@tagged("post_install", "-at_install", "slow")
class TestCertificateProperties(RandomBilling, CertificateCommon):
    @settings(repeatable, max_examples=6)
    @given(cases(), steps("release", "credit", "advance"))
    def test_certificates_continue_each_other_and_end_in_the_ledger(self, case, happening):
        with self.undone():
            if order := self.confirm(case):
                self.run_steps(order, happening)
                self.finish(order)
                self.assert_chain(order)
                self.certify_rest(order)
                self.assert_ends_in_ledger(order)

    def assert_chain(self, order):
        certificates = self.certificates(order)
        numbers = certificates.mapped("number")
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        last = certificates.browse()
        for certificate in certificates.filtered(lambda c: c.state == "issued"):
            self.assert_adds_up(certificate)
            previous = last.amount_previous + last.amount_net
            self.assert_same(order, certificate.amount_previous, previous)
            before = {line.milestone_id: line.amount_to_date for line in last.line_ids}
            for line in certificate.line_ids:
                self.assert_same(order, line.amount_previous, before.get(line.milestone_id, 0))
            last = certificate

    def certify_rest(self, order):
        """Issue again what was not issued because earlier figures have changed."""
        moved = order._prepare_certificate()
        if moved.is_new and moved.difference:
            for certificate in self.certificates(order).sorted("number", reverse=True):
                if certificate.state == "issued":
                    certificate.action_void("Billed in another order")
            moved = order._prepare_certificate()
        if moved.is_new and not moved.difference:
            order.action_issue_certificate()

    def assert_ends_in_ledger(self, order):
        last = order._get_last_certificate()
        if not last:
            return
        self.assert_chain(order)
        issued = self.certificates(order).filtered(lambda c: c.state == "issued")
        bills = order._get_certified_bills()
        self.assert_same(
            order,
            last.retention_to_date,
            self.held_in_books(order) + last.retention_released + last.retention_forfeited,
        )
        self.assert_same(
            order,
            sum(issued.mapped("amount_payable")),
            sum(bill.amount_total * bill._get_billing_sign() for bill in bills),
        )
