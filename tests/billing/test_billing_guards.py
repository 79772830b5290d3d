"""What no bill of an order that milestones bill may do, whichever way it was made."""

from odoo.fields import Command
from odoo.tests import tagged

from .common_orders import OneMilestoneCommon


@tagged("post_install", "-at_install")
class TestBillingGuards(OneMilestoneCommon):
    # ------------------------------------------------------------------
    # Posting
    # ------------------------------------------------------------------

    def test_retention_on_a_bill_is_what_its_milestones_withhold(self):
        order, bill = self.draft_bill()
        retention = bill.invoice_line_ids.filtered("retention_order_id")
        for values in (
            {"price_unit": 9_000},
            {"quantity": 1},
            {"account_id": self.tax_account.id},
            {"tax_ids": [Command.set(self.new_tax(5).ids)]},
            {"discount": 50},
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                retention.write(values)
                self.assertTrue(bill.retention_differs)
                with self.refused("Press “Update Retention” on the bill"):
                    self.post(bill)
                bill.action_update_retention()
                self.assertFalse(bill.retention_differs)
                self.assertEqual(self.post(bill).state, "posted")
                self.assertEqual(self.held_in_books(order), 10_000)
                savepoint.rollback()
            bill.invalidate_recordset()

    def test_only_bills_and_credit_notes_carry_retention(self):
        _order, bill = self.draft_bill()
        bill.move_type = "in_receipt"
        with self.refused("Only vendor bills and credit notes carry retention"):
            self.post(bill)

    def test_deleted_retention_comes_back(self):
        order, bill = self.draft_bill()
        bill.invoice_line_ids.filtered("retention_order_id").unlink()
        self.assertTrue(bill.retention_differs)
        with self.refused("Press “Update Retention” on the bill"):
            self.post(bill)
        self.assertIs(bill.action_update_retention(), True)
        self.post(bill)
        self.assertEqual(
            self.entry(bill), [("expense", 100_000), ("payable", -90_000), ("retention", -10_000)]
        )
        self.assertTrue(all(order.sudo().retention_line_ids.mapped("retention_order_id")))

    def test_other_lines_stay_as_they_are(self):
        _order, bill = self.draft_bill()
        fees = {"name": "Bank fees", "quantity": 1, "price_unit": 25, "tax_ids": False}
        bill.invoice_line_ids = [Command.create(fees)]
        bill.action_update_retention()
        self.assertEqual(self.post(bill).amount_total, 90_025)

    def test_bill_stays_in_the_orders_currency(self):
        _order, bill = self.draft_bill()
        euro = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", bill.currency_id.id)], limit=1)
        )
        euro.active = True
        bill.currency_id = euro
        with self.refused("bill has to be in the order's currency"):
            self.post(bill)

    def test_no_more_is_billed_than_approved(self):
        order, bill = self.draft_bill()
        line = bill.invoice_line_ids.filtered("purchase_line_id")
        line.price_unit = 100_001
        bill.action_update_retention()
        with self.refused("1.00 more is billed than approved"):
            self.post(bill)
        line.price_unit = 100_000
        bill.action_update_retention()
        self.post(bill)
        again = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_line_ids": [
                    Command.create({"purchase_line_id": order.order_line.id, "price_unit": 5})
                ],
            }
        )
        with self.refused("5.00 more is billed than approved"):
            self.post(again)

    def test_part_of_a_milestone_is_billed(self):
        order, bill = self.draft_bill()
        bill.invoice_line_ids.filtered("purchase_line_id").quantity = 0.4
        with self.refused("Press “Update Retention” on the bill"):
            self.post(bill)
        bill.action_update_retention()
        self.post(bill)
        self.assertEqual(
            self.entry(bill), [("expense", 40_000), ("payable", -36_000), ("retention", -4_000)]
        )
        milestone = order.milestone_ids
        self.assertEqual((milestone.billing_state, milestone.amount_billed), ("to_bill", 40_000))
        rest = self.bill(milestone)
        self.assertEqual(
            self.entry(rest), [("expense", 60_000), ("payable", -54_000), ("retention", -6_000)]
        )
        self.assertEqual((milestone.billing_state, order.invoice_status), ("billed", "invoiced"))
        self.assertEqual(order.retention_held, 10_000)

    def test_bills_are_posted_in_any_order(self):
        order = self.new_order(
            self.percent("Shell", 30, retention=10),
            self.percent("Fit-out", 70, retention=20),
            retention_limit_type="amount",
            retention_limit=10_000,
        )
        shell, fitout = order.milestone_ids
        self.approve(shell)
        first = self.create_bill(shell)
        self.approve(fitout)
        second = self.create_bill(fitout)
        self.post(second)
        self.assertEqual(second.amount_total, 63_000)
        self.post(first)
        self.assertEqual(first.amount_total, 27_000)
        self.assertEqual(order.retention_held, 10_000)
        self.assertEqual(self.held_in_books(order), 10_000)

    def test_drafts_of_others_do_not_lower_the_retention_of_a_bill(self):
        order = self.new_order(
            self.percent("Shell", 50, retention=10), self.percent("Fit-out", 50, retention=20)
        )
        shell, fitout = order.milestone_ids
        self.approve(shell)
        rival = self.create_bill(shell)
        self.approve(fitout)
        bill = self.create_bill(order).with_user(self.accountant)
        self.assertEqual(bill.amount_total, 40_000)
        # Neither by what they withhold nor by what they bill.
        line = rival.invoice_line_ids.filtered("purchase_line_id")
        retention = rival.invoice_line_ids - line
        retention.with_user(self.buyer).price_unit = 15_000
        bill.action_update_retention()
        self.assertEqual(bill.amount_total, 40_000)
        line.with_user(self.buyer).price_unit = 200_000
        bill.action_update_retention()
        self.post(bill)
        # Posted first, it is still the bill of the fit-out.
        self.assertEqual(bill.amount_total, 40_000)
        rival.unlink()
        rest = self.bill(order)
        self.assertEqual(rest.amount_total, 45_000)
        self.assertEqual(self.held_in_books(order), 15_000)

    def test_bill_made_for_the_second_milestone_takes_that(self):
        order = self.new_order(
            self.percent("Shell", 50, retention=10), self.percent("Fit-out", 50, retention=20)
        )
        shell, fitout = order.milestone_ids
        self.approve(shell | fitout)
        bill = self.bill(fitout)
        self.assertEqual(bill.milestone_ids, fitout)
        self.assertEqual(
            self.entry(bill), [("expense", 50_000), ("payable", -40_000), ("retention", -10_000)]
        )
        self.assertEqual((shell.billing_state, fitout.billing_state), ("to_bill", "billed"))
        rest = self.bill(order)
        self.assertEqual(rest.amount_total, 45_000)
        self.assertEqual(order.retention_held, 15_000)
        self.assertEqual((shell.retention_held, fitout.retention_held), (5_000, 10_000))

    def test_limit_lowered_by_a_cut_counts_for_what_is_still_to_come(self):
        order = self.new_order(
            self.fixed("Shell", 50_000, retention=10),
            self.balance("Fit-out", retention=10),
            retention_limit_type="percent",
            retention_limit=6,
        )
        shell, fitout = order.milestone_ids
        self.approve(shell)
        self.bill(shell)
        self.assertEqual(order.retention_held, 5_000)
        order.order_line.price_unit = 70_000  # The limit is 4,200 by now.
        self.approve(fitout)
        bill = self.bill(fitout)
        self.assertEqual(self.entry(bill), [("expense", 20_000), ("payable", -20_000)])
        self.assertEqual(order.retention_held, 5_000)
        self.assertEqual(order.invoice_status, "invoiced")

    # ------------------------------------------------------------------
    # Taxes
    # ------------------------------------------------------------------

    def taxed_order(self, policy, **tax):
        self.company.retention_tax_policy = policy
        line = {**self.line_values(100_000), "tax_ids": self.new_tax(5, **tax).ids}
        order = self.one_milestone(order_line=[Command.create(line)])
        if order.milestone_unallocated:
            order.order_line.price_unit *= 1.05
        self.approve(order.milestone_ids)
        return order

    def test_cash_basis_taxes_need_the_tax_at_release(self):
        waiting = self.env["account.account"].create(
            {
                "code": "131950",
                "name": "Input tax not due",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        self.company.tax_exigibility = True
        tax = {"tax_exigibility": "on_payment", "cash_basis_transition_account_id": waiting.id}
        words = "Input tax 5 % become due by payment: tax retention at its release"
        with self.refused(words):
            self.taxed_order("on_bill", **tax)
        order = self.taxed_order("on_release", **tax)
        self.company.retention_tax_policy = "on_bill"
        with self.refused(words):
            self.create_bill(order)
        self.company.retention_tax_policy = "on_release"
        self.assertEqual(self.bill(order).amount_total, 94_500)

    def test_taxes_included_in_prices_need_the_tax_on_the_bill(self):
        with self.refused("are included in prices: tax retention on the bill instead"):
            self.taxed_order("on_release", price_include_override="tax_included")
        order = self.taxed_order("on_bill", price_include_override="tax_included")
        bill = self.bill(order)
        held = order.retention_held
        self.assertAlmostEqual(held, order.milestone_base / 10, 2)
        self.assertAlmostEqual(bill.amount_total, 100_000 - held, 2)

    def test_taxes_of_the_retained_part_need_an_account(self):
        order = self.taxed_order("on_release")
        order.sudo().order_line.tax_ids.invoice_repartition_line_ids.account_id = False
        with self.refused("have no account of their own: give them one"):
            self.create_bill(order)

    def test_credit_note_gives_back_what_its_own_taxes_retained(self):
        self.company.retention_tax_policy = "on_release"
        fifteen, five = self.new_tax(15), self.new_tax(5)
        lines = [
            Command.create({**self.line_values(50_000), "tax_ids": tax.ids})
            for tax in (fifteen, five)
        ]
        order = self.one_milestone(order_line=lines)
        self.approve(order.milestone_ids)
        credit = self.credit(self.bill(order))
        credit.invoice_line_ids.filtered(
            lambda line: line.tax_ids == five and line.purchase_line_id
        ).unlink()
        credit.action_update_retention()
        back = credit.invoice_line_ids.filtered("retention_order_id")
        self.assertEqual((back.tax_ids, back.price_subtotal), (fifteen, -5_000))
        self.assertEqual(credit.amount_tax, 6_750)
