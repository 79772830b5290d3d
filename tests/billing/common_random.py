"""Random orders that milestones bill, and what happens to them until all is billed."""

from contextlib import contextmanager

from hypothesis import reject
from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import BillingCommon
from .common_cases import DIGITS

SIGNS = "account_move_line_check_amount_currency_balance_sign"
FACTORS = (0.1, 0.5, 0.77, 0.999, 1.001, 1.3, 2, 7)


class UndoError(Exception):
    """Takes back what an example did."""


class RandomBilling(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.milestone_four_eyes = False
        for group in ("group_milestone_approver", "group_retention_release"):
            cls.env.user.group_ids += cls.env.ref(f"purchase_milestone.{group}")
        cls.taxes = {
            "fifteen": cls.new_tax(15),
            "odd": cls.new_tax(5.5),
            "included": cls.new_tax(20, name="Included", price_include_override="tax_included"),
        }
        cls.currencies = {}
        for code, digits in DIGITS.items():
            currency = (
                cls.env["res.currency"]
                .with_context(active_test=False)
                .search([("name", "=", code)])
            )
            currency.write({"active": True, "rounding": 10**-digits})
            cls.currencies[code] = currency

    @contextmanager
    def undone(self):
        """Undo at its end what the block did to the database.

        An example is dropped if Odoo's own constraint on the signs of an entry refuses a bill.
        Coins of a currency that is finer than the company's come to that, without milestones too:
        a plain bill of 0.007, 0.015, 0.029 and -0.03 dinars, the first taxed 15 and 5.5 % and the
        others 15 %, comes to 0.001 dinars and -0.01 dollars.
        """
        with self.assertRaises(UndoError), self.env.cr.savepoint():
            try:
                yield
            except CheckViolation as error:
                if error.diag.constraint_name != SIGNS:
                    raise
                reject()
            raise UndoError

    def confirm(self, case, **values):
        """Return the confirmed order of a case, or None if its fixed milestone is too much."""
        self.taken = {}
        self.company.retention_tax_policy = case.policy
        self.company.tax_calculation_rounding_method = case.rounding
        limit_type, limit = case.limit
        try:
            with self.env.cr.savepoint():
                order = self.create_order(
                    milestones=case.milestones,
                    order_line=[(0, 0, self.random_line(*line)) for line in case.lines],
                    currency_id=self.currencies[case.code].id,
                    retention_limit_type=limit_type,
                    retention_limit=limit,
                    confirm=True,
                    **values,
                )
        except ValidationError:
            return None
        return order.with_env(self.env)

    def random_line(self, quantity, price, discount, taxes):
        return {
            **self.line_values(0),
            "product_qty": quantity,
            "price_unit": price,
            "discount": discount,
            "tax_ids": [self.taxes[tax].id for tax in taxes],
        }

    # What can happen to an order, each with a number to choose by.

    def waiting(self, order):
        return order.milestone_ids.filtered(lambda m: m.state == "pending")

    def approve_one(self, order, number=0):
        """Approve any milestone, a balance only as the last."""
        waiting = self.waiting(order)
        percent = waiting.filtered(lambda m: m.amount_type != "balance")
        waiting = percent or waiting
        if waiting:
            milestone = waiting[number % len(waiting)]
            before = order.milestone_ids.filtered(lambda m: m.state == "approved")
            held = sum(before.mapped("retention_amount"))
            milestone.action_start()
            milestone.action_complete()
            milestone.action_approve()
            expected = order.currency_id.round(milestone.amount * milestone.retention_percent / 100)
            if (limit := order._get_retention_limit()) is not None:
                expected = min(expected, max(limit - held, 0))
            self.assert_same(order, milestone.retention_amount, expected)

    def approve_part(self, order, number):
        """Approve a part of any milestone and let the rest wait."""
        waiting = self.waiting(order)
        if waiting:
            milestone = waiting[number % len(waiting)]
            amount = order.currency_id.round(milestone.amount * (number % 98 + 1) / 100)
            if 0 < amount < milestone.amount:
                planned = order.milestone_amount
                milestone.action_start()
                part = milestone.action_complete_part(amount=amount)
                milestone.action_reset()
                part.action_approve()
                self.assert_same(order, part.amount, amount)
                self.assert_same(order, order.milestone_amount, planned)

    def change(self, order, number):
        """Raise or cut a line, as far as open milestones can take what comes or goes."""
        waiting = self.waiting(order)
        if not waiting:
            return
        lines = order.order_line.filtered(lambda line: not line.is_downpayment)
        line = lines[number % len(lines)]
        factor = FACTORS[number // 8 % len(FACTORS)]
        with self.env.cr.savepoint() as savepoint:
            try:
                if number % 3:
                    line.price_unit *= factor
                else:
                    line.product_qty = max(round(line.product_qty * factor, 2), 0.01)
                order.flush_recordset()
                exceeded = order.milestone_unallocated < 0
            except ValidationError:
                exceeded = True
            if exceeded:
                savepoint.rollback()

    def bill_all(self, order, number=0):
        """Press Create Bill on the order if there is anything to bill."""
        if not order._has_amount_to_bill():
            with self.refused("nothing to bill"):
                order.action_create_invoice()
            return order.invoice_ids.browse()
        approved = order.milestone_ids.filtered(lambda m: m.state == "approved")
        return self.note_bill(order, approved, order.action_create_invoice)

    def bill_chosen(self, order, number):
        """Press Create Bill on some of the milestones."""
        chosen = order.milestone_ids.filtered(lambda m: m.billing_state == "to_bill")
        chosen = chosen.filtered(lambda m: number >> chosen.ids.index(m.id) & 1)
        if chosen:
            self.note_bill(order, chosen, chosen.action_create_bill)

    def note_bill(self, order, milestones, create):
        """Create a bill; note which of these milestones it takes: none is billed in part."""
        before = order.invoice_ids
        create()
        bill = order.invoice_ids - before
        self.taken[bill] = milestones.browse(
            set(milestones.ids).difference(*(taken.ids for taken in self.taken.values()))
        )
        return bill

    def post_one(self, order, number=0):
        """Post any draft, after a look at its retention."""
        drafts = order.invoice_ids.filtered(lambda move: move.state == "draft")
        if drafts:
            self.post_it(drafts.sorted("id")[number % len(drafts)])

    def post_it(self, move):
        if move.retention_differs:
            move.action_update_retention()
        move.invoice_date = "2026-03-31"
        move.action_post()

    def release_some(self, order, number):
        amount = order.currency_id.round(
            order._get_retention_available() * (number % 100 + 1) / 100
        )
        if order.currency_id.compare_amounts(amount, 0) > 0:
            outcome = "forfeit" if number & 2 else "pay"
            _release, bill = self.release(order, amount=amount, outcome=outcome)
            if number & 1:
                self.post_it(bill)

    def advance_some(self, order, number):
        """Bill a part of the order in advance; the terms of its recovery are any."""
        base = order.milestone_base
        amount = order.currency_id.round(base * (number % 60 + 1) / 100)
        if order._get_advance_lines() or amount <= 0:
            return
        order.advance_recovery_percent = (25, 100, 33.333333)[number % 3]
        order.advance_recovery_from = (0, 10, 50)[number // 3 % 3]
        tax = self.taxes["fifteen" if number & 1 else "included"]
        line = {"name": "Advance", "quantity": 1, "price_unit": amount, "tax_ids": tax.ids}
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": order.partner_id.id,
                "currency_id": order.currency_id.id,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        wizard = self.env["bill.to.po.wizard"].with_context(active_ids=[-bill.invoice_line_ids.id])
        wizard.create({"purchase_order_id": order.id}).action_add_downpayment()
        if number & 4:
            self.post_it(bill)

    def credit_one(self, order, number):
        """Reverse a whole posted bill, by a credit note that is posted or waits."""
        bills = order.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "in_invoice"
                and not move.reversal_move_ids
                and not move.line_ids.retention_release_id
                and not self.pays_advance(move)
            )
        )
        if bills:
            bill = bills.sorted("id")[number % len(bills)]
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=bill.ids)
                .create({"journal_id": bill.journal_id.id})
            )
            wizard.refund_moves()
            if number & 1:
                self.post_it(wizard.new_move_ids)

    def pays_advance(self, move):
        return move.invoice_line_ids.filtered(
            lambda line: line.purchase_line_id.is_downpayment and line.price_subtotal > 0
        )

    def get_actions(self):
        """Return ``{name of a step: method}``."""
        return {
            "approve": self.approve_one,
            "part": self.approve_part,
            "change": self.change,
            "bill": self.bill_all,
            "bill_chosen": self.bill_chosen,
            "post": self.post_one,
            "release": self.release_some,
            "advance": self.advance_some,
            "credit": self.credit_one,
        }

    def run_steps(self, order, steps):
        actions = self.get_actions()
        for name, number in steps:
            actions[name](order, number)
            self.assert_books(order)

    def finish(self, order):
        """Approve, bill, post and release all that is left."""
        while self.waiting(order):
            self.approve_one(order)
        while drafts := order.invoice_ids.filtered(lambda move: move.state == "draft"):
            self.post_one(order)
            self.assertLess(
                len(order.invoice_ids.filtered(lambda move: move.state == "draft")), len(drafts)
            )
        for bill in self.bill_all(order):
            self.post_it(bill)
        self.assert_books(order)

    # What holds whatever happens.

    def assert_same(self, order, value, expected):
        self.assertFalse(
            order.currency_id.compare_amounts(value, expected), f"{value} instead of {expected}"
        )

    def assert_books(self, order):
        """The ledger holds what the order says; no milestone too much; every entry balances."""
        gone = order.retention_released + order.retention_forfeited
        self.assert_same(order, self.held_in_books(order), order.retention_held - gone)
        self.assert_same(order, order.retention_open, order.retention_held - gone)
        self.assert_same(order, order._get_unreconciled_retention(), order.retention_open)
        self.assertLessEqual(order.advance_recovered, order.advance_paid)
        for move in order.invoice_ids:
            self.assertGreaterEqual(move.amount_total, 0, move.invoice_line_ids.mapped("name"))
        for milestone in order.milestone_ids:
            above = milestone.retention_held - milestone.retention_amount
            self.assertGreaterEqual(
                order.currency_id.compare_amounts(milestone.retention_held, 0), 0
            )
            self.assertLessEqual(order.currency_id.compare_amounts(above, 0), 0)
        for move in order.invoice_ids:
            for field in ("balance", "amount_currency"):
                total = sum(move.line_ids.mapped(field))
                self.assertTrue(move.company_currency_id.is_zero(total), (move.name, field, total))
            # The ledger has, to the coin, what the lines of the bill say. Odoo rounds prices that
            # include taxes to another total, on its own orders and on advances typed by hand.
            if not self.rounds_included_taxes(order, move) and not self.pays_advance(move):
                self.assert_total_is_of_lines(order, move)

    def rounds_included_taxes(self, order, move):
        own = sum(order.order_line.mapped("price_subtotal"))
        if order.currency_id.compare_amounts(order.amount_untaxed, own):
            return True
        is_global = order.company_id.tax_calculation_rounding_method == "round_globally"
        return is_global and any(move.invoice_line_ids.tax_ids.mapped("price_include"))

    def assert_total_is_of_lines(self, order, move):
        lines = move.invoice_line_ids.mapped("price_subtotal")
        self.assert_same(order, move.amount_untaxed, sum(lines))

    def assert_billed_in_full(self, order):
        """What is approved, billed and posted is the order, to the coin; it is received in full."""
        planned = order.order_line - order._get_advance_lines()
        lines = order.invoice_ids.invoice_line_ids.filtered(
            lambda line: line.purchase_line_id in planned
        )
        self.assert_same(
            order,
            sum(line.price_subtotal * line.move_id._get_billing_sign() for line in lines),
            sum(order.order_line.mapped("price_subtotal")),
        )
        # Where nothing costs anything, there is nothing to bill, but for what was paid in advance.
        self.assertEqual(order.invoice_status, "invoiced" if order.invoice_ids else "no")
        for line in planned:
            self.assertEqual(line.qty_received, line.product_qty)
            self.assertEqual(line.qty_to_invoice, 0)
            if not line._is_free():
                self.assertEqual(line.qty_invoiced, line.product_qty)
            receipts = line.milestone_receipt_ids
            self.assert_same(order, sum(receipts.mapped("amount")), line.price_subtotal)
        self.assert_same(
            order, order.retention_held, sum(order.milestone_ids.mapped("retention_amount"))
        )

    def assert_released_in_full(self, order):
        """Nothing is held any more, and the tax is the order's but for a coin per bill and tax."""
        moves = order.invoice_ids
        self.assertEqual(order.retention_open, 0)
        self.assert_same(order, self.held_in_books(order), 0)
        self.assertTrue(all(order.retention_line_ids.mapped("reconciled")))
        if order.retention_forfeited or order.advance_paid != order.advance_recovered:
            return
        tax = sum(move.amount_tax * move._get_billing_sign() for move in moves)
        if self.company.tax_calculation_rounding_method == "round_per_line":
            coins = 1 + sum(len(line.tax_ids) for line in moves.invoice_line_ids)
        else:
            coins = 1 + sum(len(move.line_ids.tax_line_id) for move in moves)
        self.assertLessEqual(
            order.currency_id.round(abs(tax - order.amount_tax)),
            order.currency_id.round(coins * order.currency_id.rounding),
            (tax, order.amount_tax),
        )
