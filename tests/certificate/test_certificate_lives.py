"""Certificates over all that can happen to the bills of an order."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import CertificateCommon


@tagged("post_install", "-at_install")
class TestCertificateLives(CertificateCommon):
    def billed_order(self, policy="on_bill", percent=15, total=1_000, **values):
        self.company.retention_tax_policy = policy
        line = {**self.line_values(total), "tax_ids": self.new_tax(percent).ids if percent else []}
        order = self.create_order(
            milestones=[self.percent("Shell", 60, 10), self.percent("Fit-out", 40, 10)],
            order_line=[Command.create(line)],
            confirm=True,
            **values,
        )
        self.approve(order.milestone_ids)
        self.bill(order)
        return order.with_env(self.env)

    def to_pay(self, certificate):
        return (certificate.amount_net, certificate.amount_tax, certificate.amount_payable)

    def test_all_tax_on_the_bill_none_at_the_release(self):
        order = self.billed_order()
        self.assertEqual(self.to_pay(self.last(order)), (900, 150, 1_050))
        _release, bill = self.release(order)
        self.post(bill)
        last = self.last(order)
        self.assertEqual((last.number, last.bill_id), (2, bill))
        self.assertEqual(self.to_pay(last), (100, 0, 100))
        self.assertEqual((last.retention_to_date, last.retention_released), (100, 100))

    def test_a_telephone_shows_cards_with_the_amount(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.purchase_milestone_certificate_action"
        )
        certificates = self.env["purchase.milestone.certificate"].with_user(self.buyer)
        views = certificates.get_views(action["views"])["views"]
        self.assertIn('name="amount_payable"', views["kanban"]["arch"])

    def test_tax_of_what_is_retained_at_its_release(self):
        order = self.billed_order("on_release", 5)
        self.assertEqual(self.to_pay(self.last(order)), (900, 45, 945))
        self.post(self.release(order)[1])
        self.assertEqual(self.to_pay(self.last(order)), (100, 5, 105))

    def test_forfeited_retention_is_retained_for_good(self):
        order = self.billed_order()
        _forfeit, credit = self.release(order, outcome="forfeit", early=False, amount=70)
        self.post(credit)
        last = self.last(order)
        self.assertEqual(self.to_pay(last), (0, -10.5, -10.5))
        self.assertEqual((last.retention_to_date, last.retention_forfeited), (100, 70))
        self.post(self.release(order)[1])
        last = self.last(order)
        self.assertEqual(self.to_pay(last), (30, 0, 30))
        self.assertEqual(sum(self.certificates(order).mapped("amount_payable")), 1_069.5)

    def pay_in_advance(self, order, line):
        """Post a bill of this line, and make it a down payment of the order."""
        advance = self.post(self.enter_bill(line))
        wizard = self.env["bill.to.po.wizard"].with_context(
            active_ids=[-line.id for line in advance.invoice_line_ids]
        )
        wizard = wizard.create({"purchase_order_id": order.id, "partner_id": self.vendor.id})
        wizard.action_add_downpayment()

    def test_advance_is_recovered_of_what_is_to_be_paid(self):
        order = self.create_order(
            100_000,
            [self.percent("Quay wall", 100, retention=10)],
            confirm=True,
            advance_recovery_percent=25,
        )
        self.pay_in_advance(order, {"name": "Advance", "price_unit": 25_000})
        self.approve(order.milestone_ids)
        self.assertFalse(self.certificates(order))
        bill = self.bill(order)
        last = self.last(order)
        self.assertEqual(last.advance_recovered, 25_000)
        self.assertEqual((last.amount_net, last.amount_payable), (65_000, bill.amount_total))

    def test_printed_sums_stand_in_their_order_and_add_up(self):
        order = self.create_order(
            100_000,
            [self.percent("Quay wall", 60, retention=10), self.percent("Paving", 40, retention=10)],
            confirm=True,
            advance_recovery_percent=25,
        )
        self.pay_in_advance(order, {"name": "Advance", "price_unit": 20_000})
        wall, paving = order.milestone_ids
        self.approve(wall | paving)
        self.bill(wall)
        self.post(self.release(order, outcome="forfeit", amount=700)[1])
        self.post(self.release(order, amount=1_300)[1])
        self.bill(paving)
        sums = [(label, amount) for label, amount, _is_total in self.last(order)._get_sums()[3:]]
        self.assertEqual(
            sums,
            [
                ("Done to date", 100_000),
                ("Retention held", -9_300),
                ("Retention forfeited", -700),
                ("Retention released", 1_300),
                ("Advance recovered", -20_000),
                ("Due to date", 71_300),
                ("Earlier certificates", -40_300),
                ("This certificate", 31_000),
                ("Tax", 0),
                ("Payable", 31_000),
                ("To finish", 0),
            ],
        )

    def test_advance_that_odoo_recovers_is_certified_once_its_bill_is_posted(self):
        self.company.retention_tax_policy = "on_bill"
        tax = self.new_tax(15)
        line = {**self.line_values(100_000), "tax_ids": tax.ids}
        order = self.create_order(
            milestones=[self.percent("Shell", 60, 10), self.balance("Fit-out", 10)],
            order_line=[Command.create(line)],
            milestone_billing="track",
            confirm=True,
        )
        line = {"name": "Advance", "price_unit": 25_000, "tax_ids": tax.ids}
        self.pay_in_advance(order, line)
        shell, fitout = order.milestone_ids
        self.approve(shell)
        self.assertEqual(self.to_pay(self.issue(order)), (54_000, 9_000, 63_000))
        bill = self.bill(order)
        self.approve(fitout)
        last = self.issue(order)
        self.assertEqual(last.advance_recovered, 25_000)
        self.assertEqual(self.to_pay(last), (11_000, 2_250, 13_250))
        # What is certified in all is what there is to pay: the bill, retention apart.
        payable = sum(self.certificates(order).mapped("amount_payable"))
        self.assertEqual(payable, bill.amount_total - 10_000)
        bill.button_draft()
        self.assertEqual(self.issue(order).advance_recovered, 0)

    def test_closing_short_lowers_the_contract_sum(self):
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        self.bill(shell)
        fitout.with_user(self.approver).action_close_rest("Smaller", 10_000)
        self.bill(fitout)
        last = self.last(order)
        self.assertEqual(
            (last.amount_original, last.amount_changes, last.amount_contract),
            (100_000, -10_000, 90_000),
        )
        self.assertEqual(self.figures(last), (90_000, 9_000, 54_000, 27_000))

    def test_foreign_currency_is_certified_as_it_is_billed(self):
        currency = self.env["res.currency"].create(
            {"name": "XFC", "symbol": "F", "rounding": 0.001}
        )
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 1.1}
        )
        order = self.billed_order(percent=0, total=1_234.567, currency_id=currency.id)
        last = self.last(order)
        self.assertEqual(last.currency_id, currency)
        self.assertEqual(last.amount_to_date, 1_234.567)
        self.assertEqual(last.amount_payable, last.bill_id.amount_total)
        self.assertEqual(last.retention_to_date, order.retention_held)

    def test_after_a_void_certificate_nothing_is_certified_before(self):
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        self.bill(shell)
        self.last(order).with_user(self.approver).action_void("Measured wrong")
        bill = self.bill(fitout)
        last = self.last(order)
        self.assertEqual(self.figures(last), (100_000, 10_000, 0, 90_000))
        self.assertEqual(last.line_ids.mapped("amount_previous"), [0, 0])
        self.assertEqual(len(last._get_printed_bills()), 2)
        self.assertIn(bill.name, last._get_printed_bills())

    def test_only_what_was_posted_is_taken_back(self):
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        self.bill(shell)
        self.last(order).with_user(self.approver).action_void("Measured wrong")
        draft = self.create_bill(fitout).with_user(self.accountant)
        draft.button_cancel()
        draft.button_draft()
        self.assertFalse(order.sudo()._get_last_certificate())

    def test_bills_of_one_order_are_taken_back_in_any_order(self):
        order = self.create_two_phases()
        bills = self.env["account.move"]
        for milestone in order.milestone_ids:
            self.approve(milestone)
            bills += self.bill(milestone)
        bills.button_draft()
        self.assertEqual(set(bills.mapped("state")), {"draft"})
        self.assertEqual(set(self.certificates(order).mapped("state")), {"void"})

    def test_approver_certifies_several_bills_at_once(self):
        self.company.milestone_certificate = "manual"
        order = self.create_two_phases()
        bills = self.env["account.move"]
        for milestone in order.milestone_ids:
            self.approve(milestone)
            bills += self.bill(milestone)
        self.assertFalse(self.certificates(order))
        certificate = self.issue(order)
        self.assertEqual(certificate.bill_ids, bills.sudo())
        self.assertEqual(certificate.amount_payable, sum(bills.mapped("amount_total")))
        with self.refused("nothing has been posted since the last certificate"):
            order.with_user(self.approver).action_issue_certificate()
        bills[0].button_draft()
        self.assertEqual(certificate.state, "void")

    def test_what_does_not_add_up_is_said_and_stops_no_bill(self):
        order = self.create_two_phases()
        shell, fitout = order.milestone_ids
        self.approve(order.milestone_ids)
        self.bill(shell)
        first = self.last(order)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE purchase_milestone_certificate SET retention_to_date = 1 WHERE id = %s",
            [first.id],
        )
        first.invalidate_recordset()
        self.assertFalse(first.is_intact)
        bill = self.bill(fitout)
        self.assertEqual(bill.state, "posted")
        self.assertEqual(self.certificates(order), first)
        message = order.message_ids[0]
        self.assertIn("No payment certificate was issued", message.body)
        self.assertIn("certificate 1 are not those", message.body)
        self.assertIn(self.buyer.partner_id, message.notified_partner_ids)
        first.with_user(self.approver).action_void("Changed in the database")
        certificate = self.issue(order)
        self.assertEqual(self.figures(certificate), (100_000, 10_000, 0, 90_000))

    def test_less_approved_than_certified_is_said(self):
        order = self.create_order(
            100_000,
            [self.percent("Shell", 60), self.percent("Fit-out", 40)],
            milestone_billing="track",
            confirm=True,
        )
        shell, fitout = order.milestone_ids
        self.approve(shell)
        first = self.issue(order)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE purchase_milestone SET amount = 59000 WHERE id = %s", [shell.id]
        )
        shell.invalidate_recordset()
        self.approve(fitout)
        with self.refused(
            r"59,000.00 of “Shell” is approved, but certificate 1 says .*60,000.00\. Declare that"
        ):
            self.issue(order)
        first.with_user(self.approver).action_void("Measured wrong")
        # The other one has taken what the first is worth less.
        self.assertEqual(self.issue(order).line_ids.mapped("amount_to_date"), [59_000, 41_000])

    def test_order_that_odoo_bills_certifies_its_average_tax(self):
        self.company.retention_tax_policy = "on_bill"
        line = {**self.line_values(1_000), "tax_ids": self.new_tax(15).ids}
        order = self.create_order(
            milestones=[self.percent("Shell", 33.333333, 10), self.balance("Fit-out", 10)],
            order_line=[Command.create(line)],
            milestone_billing="track",
            confirm=True,
        )
        payable = []
        for milestone in order.milestone_ids:
            self.approve(milestone)
            payable.append(self.issue(order).amount_payable)
        self.assertEqual(payable, [350, 700])
        self.assertEqual(sum(self.certificates(order).mapped("amount_tax")), order.amount_tax)
