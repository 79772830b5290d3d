"""Whatever happens to an order: each certificate adds up and continues the one before."""

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..billing.common_cases import cases, steps
from ..billing.common_random import RandomBilling
from ..billing.test_billing_properties import repeatable
from .common import CertificateCommon


@tagged("post_install", "-at_install", "slow")
class TestCertificateProperties(RandomBilling, CertificateCommon):
    @settings(repeatable, max_examples=6)
    @given(
        cases(),
        steps("part", "release", "credit", "advance", "void", "close", "reopen", "revoke"),
    )
    def test_certificates_continue_each_other_and_end_in_the_ledger(self, case, happening):
        with self.undone():
            if order := self.confirm(case):
                self.run_steps(order, happening)
                self.approve_all(order)
                self.finish(order)
                self.assert_chain(order)
                self.certify_rest(order)
                self.assert_ends_in_ledger(order)

    @settings(repeatable, max_examples=6)
    @given(
        cases(),
        st.lists(
            st.tuples(
                st.sampled_from(("approve", "part", "revoke", "issue", "issue", "void", "close")),
                st.integers(0, 10**6),
            ),
            min_size=4,
            max_size=12,
        ),
    )
    def test_certificates_of_approved_work_end_in_the_plan(self, case, happening):
        with self.undone():
            if order := self.confirm(case, milestone_billing="track"):
                for name, number in happening:
                    self.get_actions()[name](order, number)
                self.approve_all(order)
                self.issue_next(order)
                self.assert_chain(order)
                if last := order._get_last_certificate():
                    approved = sum(order.milestone_ids.mapped("amount"))
                    self.assert_same(order, last.amount_to_date, approved)
                    self.assert_same(order, last.amount_contract, approved)
                    self.assert_same(order, last.retention_to_date, order.retention_held)

    def get_actions(self):
        return {
            **super().get_actions(),
            "void": self.void_one,
            "issue": self.issue_next,
            "revoke": self.revoke_one,
            "close": self.close_some,
            "reopen": self.reopen_one,
        }

    def approved(self, order, number):
        """Return any approved milestone, or none."""
        approved = order.milestone_ids.filtered(lambda m: m.state == "approved")
        return approved[number % len(approved)] if approved else approved

    def void_one(self, order, number):
        """Declare any certificate void: only the last one can be."""
        issued = self.certificates(order).filtered(lambda c: c.state == "issued")
        if issued:
            certificate = issued[number % len(issued)]
            if certificate == issued[-1:]:
                certificate.action_void("Measured wrong")
            else:
                with self.refused("of the order is later"):
                    certificate.action_void("Measured wrong")

    def issue_next(self, order, _number=0):
        draft = order._prepare_certificate()
        if draft.is_new:
            self.assertFalse(draft.difference)
            order.action_issue_certificate()

    def revoke_one(self, order, number):
        """Revoke any approval: not where bills, certificates or releases need it."""
        milestone = self.approved(order, number)
        if not milestone:
            return
        if order._is_certainly_billed(milestone):
            words = "it is billed|has been released"
        elif milestone.retention_released or milestone.retention_forfeited:
            words = "has been released"
        elif not self.waiting(order) and self.leaves_no_room(milestone):
            words = "exceed its untaxed total"
        else:
            words = milestone._get_certified_obstacle() and "on payment certificate"
        if words:
            with self.refused(words):
                milestone.action_revoke("Wrong section")
        else:
            milestone.action_revoke("Wrong section")
            self.assertEqual(milestone.state, "completed")
            self.assertFalse(order._get_plan_excess())

    def leaves_no_room(self, milestone):
        """Return whether the plan cannot count again what is closed of this milestone."""
        left = milestone.order_id.milestone_unallocated
        return milestone.currency_id.compare_amounts(milestone.amount_closed, left) > 0

    def close_some(self, order, number):
        """Close what is left to bill of any approved milestone, or a part of that."""
        milestone = self.approved(order, number)
        if not milestone:
            return
        rest = milestone._get_unbilled_rest()
        if not order._bills_by_milestones() or rest <= 0:
            with self.refused("left to bill|not billed by milestones"):
                milestone.action_close_rest("Less was needed")
            return
        amount = order.currency_id.round(rest * (number % 100 + 1) / 100) or rest
        milestone.action_close_rest("Less was needed", amount)
        self.assert_same(order, milestone._get_unbilled_rest(), rest - amount)

    def reopen_one(self, order, number):
        """Take back what has been closed of any milestone, unless nothing is left for it."""
        closed = order.milestone_ids.filtered("amount_closed")
        if closed:
            milestone = closed[number % len(closed)]
            if self.leaves_no_room(milestone):
                with self.refused("Raise the order first"):
                    milestone.action_reopen_rest("Needed after all")
            else:
                milestone.action_reopen_rest("Needed after all")
                self.assertFalse(milestone.amount_closed)

    def approve_all(self, order):
        while self.waiting(order):
            self.approve_one(order)
        order.milestone_ids.filtered(lambda m: m.state == "completed").action_approve()

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
        if moved.is_new:
            self.assertFalse(moved.difference)
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
