"""What vendors, accountants and approvers do besides our buttons, in any order."""

from odoo.exceptions import UserError
from odoo.fields import Command

from .common_random import RandomBilling

PARTS = (1, 1, 0.5, 0.333, 1.2)


class RandomOwnBilling(RandomBilling):
    """Bills with amounts of their own, cuts, closings, credits for good; releases, advances."""

    def attempt(self, function, *args):
        """Do it unless it is refused; return whether it was done."""
        try:
            with self.env.cr.savepoint():
                function(*args)
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all()
            return False
        return True

    def own_bill(self, order, amounts):
        """Return a draft with "1 x amount" for each, linked to nothing."""
        taxes = order.order_line[:1].tax_ids
        return self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": order.partner_id.id,
                "currency_id": order.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Claim {index}",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(taxes.ids)],
                        }
                    )
                    for index, amount in enumerate(amounts)
                ],
            }
        )

    def assert_total_is_of_lines(self, order, move):
        # Odoo rounds a bill with prices that include taxes as a whole: lines that somebody keyed
        # can differ from it by a coin each.
        taxes = move.invoice_line_ids.tax_ids.flatten_taxes_hierarchy()
        if not any(taxes.mapped("price_include")):
            return super().assert_total_is_of_lines(order, move)
        difference = move.amount_untaxed - sum(move.invoice_line_ids.mapped("price_subtotal"))
        coins = order.currency_id.rounding * (len(move.invoice_line_ids) + 0.5)
        return self.assertLess(abs(difference), coins)

    def key_bill(self, order, number):
        """Key "1 x amount" for a line: all that is to bill of it, a part, or too much."""
        lines = order.order_line - order._get_advance_lines()
        line = lines[number % len(lines)]
        amount = line._get_amount_to_bill() * PARTS[number // 8 % len(PARTS)]
        if (amount := order.currency_id.round(amount)) > 0:
            bill = self.own_bill(order, [amount])
            bill.invoice_line_ids.tax_ids = line.tax_ids
            bill.invoice_line_ids.purchase_line_id = line

    def import_bill(self, order, number):
        """Match a bill of free amounts, as an e-bill is matched."""
        worth = order.milestone_base
        amounts = [worth * (number % 7) / 20, worth * (number % 11) / 40]
        amounts = [order.currency_id.round(amount) for amount in amounts]
        self.own_bill(order, amounts)._set_purchase_orders(order)

    def cut(self, order, number):
        """Cut or raise a line, whatever has been approved."""
        lines = order.order_line - order._get_advance_lines()
        line = lines[number % len(lines)]
        line.price_unit *= (0.5, 0.9, 0.999, 1.1)[number // 8 % 4]

    def close_some(self, order, number):
        """Close all or a part of what is left of a milestone."""
        milestone = order.milestone_ids[number % len(order.milestone_ids)]
        part = PARTS[number // 8 % len(PARTS)]
        rest = order.currency_id.round(milestone._get_unbilled_rest() * part)
        milestone.action_close_rest("Agreed", None if part == 1 else rest)

    def reopen_some(self, order, number):
        """Reopen a milestone."""
        order.milestone_ids[number % len(order.milestone_ids)].action_reopen_rest("Agreed")

    def credit_some(self, order, number):
        """Credit a part of a posted bill, for good or not, and post that."""
        bills = order.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "in_invoice"
        )
        if bills:
            bill = bills.sorted("id")[number % len(bills)]
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=bill.ids)
                .create({"journal_id": bill.journal_id.id, "closes_milestones": number & 1})
            )
            wizard.refund_moves()
            credit = wizard.new_move_ids
            for line in credit.invoice_line_ids.filtered("purchase_line_id"):
                line.price_unit *= PARTS[number // 8 % 4]
            self.post_it(credit)

    def reset_one(self, order, number):
        """Reset any posted bill or credit note to draft."""
        moves = order.invoice_ids.filtered(lambda move: move.state == "posted").sorted("id")
        if moves:
            moves[number % len(moves)].button_draft()

    def run_steps(self, order, steps):
        actions = {
            "approve": self.approve_one,
            "change": self.cut,
            "bill": self.bill_what_can_be,
            "bill_chosen": self.bill_chosen,
            "post": self.post_one,
            "credit": self.credit_some,
            "key": self.key_bill,
            "import": self.import_bill,
            "close": self.close_some,
            "reopen": self.reopen_some,
            "reset": self.reset_one,
            "release": self.release_some,
            "advance": self.advance_some,
        }
        for name, number in steps:
            before = self.figures(order)
            self.attempt(actions[name], order, number)
            self.assert_figures(order, before)
            self.assert_books(order)

    def bill_what_can_be(self, order, number=0):
        order.action_create_invoice()

    def close_down(self, order):
        """Approve, post and bill what can be, drop the other drafts and close the rest."""
        while self.waiting(order) and self.attempt(self.approve_one, order):
            pass
        for draft in order.invoice_ids.filtered(lambda move: move.state == "draft").sorted("id"):
            if not self.attempt(self.post_it, draft):
                draft.button_cancel()
        if self.attempt(self.bill_what_can_be, order):
            for bill in order.invoice_ids.filtered(lambda move: move.state == "draft"):
                self.post_it(bill)
        to_close = order.milestone_ids.filtered(lambda m: m.billing_state == "to_bill")
        if to_close:
            to_close.action_close_rest("Nothing more is billed")

    # What holds whatever happens.

    def figures(self, order):
        """Return what is billed by posted bills, what is approved, and what the order is worth."""
        lines = order.order_line - order._get_advance_lines()
        posted = lines.invoice_lines.filtered(lambda line: line.parent_state == "posted")
        return (
            sum(line.price_subtotal * line.move_id._get_billing_sign() for line in posted),
            sum(lines.milestone_receipt_ids.mapped("amount")),
            sum(lines.mapped("price_subtotal")),
        )

    def assert_figures(self, order, before):
        billed, approved, worth = self.figures(order)
        tolerance = order._get_tolerance()
        self.assertLessEqual(billed, approved + tolerance)
        if billed > before[0]:
            self.assertLessEqual(billed, worth + tolerance)
        effective = order.milestone_ids.filtered(lambda m: m.state == "approved")
        self.assert_same(order, approved, sum(m._get_effective_amount() for m in effective))
        self.assertEqual(order.invoice_status == "to invoice", order._has_amount_to_bill())
        for milestone in order.milestone_ids:
            self.assertGreaterEqual(milestone.amount_closed, 0)
            self.assertGreaterEqual(milestone.retention_amount, 0)

    def assert_nothing_to_bill(self, order):
        """Nothing to bill in money is nothing to bill in quantities, and no milestone waits."""
        self.assertFalse(order._has_amount_to_bill())
        self.assertEqual(set(order.order_line.mapped("qty_to_invoice")) - {0}, set())
        self.assertNotIn("to_bill", order.milestone_ids.mapped("billing_state"))
        with self.refused("nothing to bill"):
            order.action_create_invoice()
