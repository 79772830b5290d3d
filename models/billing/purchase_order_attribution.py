"""Which bill has taken how much of which milestone."""

from collections import defaultdict
from typing import NamedTuple

from odoo import models

from ...tools.replay import Replay


class Bill(NamedTuple):
    """What a vendor bill or credit note takes of an order: untaxed, credit notes below zero."""

    move: models.BaseModel
    amount: float
    chosen: models.BaseModel
    corrected: models.BaseModel


class PurchaseOrder(models.Model):
    """An order that knows which of its bills has taken how much of which milestone."""

    _inherit = "purchase.order"

    def _is_certainly_billed(self, milestone):
        """Return whether bills, drafts included, take of ``milestone``; draft credits no more."""
        moves = self._get_lines_billed_by_milestones().invoice_lines.move_id.filtered(
            lambda move: (
                move.state == "posted" or move.state == "draft" and move.move_type != "in_refund"
            )
        )
        return bool(self._attribute_bills(self._get_milestone_bills(moves)).get(milestone))

    def _get_milestone_bills(self, moves=None):
        """Return ``[Bill]`` of what bills take of the lines that milestones drive.

        :param moves: those that count; by default all that are not cancelled
        """
        amounts = defaultdict(float)
        for line in self._get_lines_billed_by_milestones().invoice_lines:
            move = line.move_id
            if move in moves if moves is not None else move.state != "cancel":
                amounts[move] += line.price_subtotal * move._get_billing_sign()
        return [
            Bill(move, amounts[move], move.milestone_choice_ids, move.reversed_entry_id)
            for move in sorted(amounts, key=lambda move: move.id)
        ]

    def _attribute_bills(self, bills=None):
        """Return ``{milestone: {move: amount}}``: which bill has taken how much of which milestone.

        See `_replay_bills`.
        """
        return self._replay_bills(self._get_milestone_bills() if bills is None else bills).shares

    def _get_milestones_by_bill(self):
        """Return ``{move: milestones}``: whose a bill is, also once it has been credited."""
        owners = self._replay_bills(self._get_milestone_bills()).owners
        return {
            move: self.milestone_ids.filtered(owned.__contains__) for move, owned in owners.items()
        }

    def _replay_bills(self, bills):
        """Go through ``bills`` as they were made, and note what each does with the milestones.

        A bill takes of the approved milestones in the order of their approval, and first of those
        that it was made for. A credit note gives back what the bill that it corrects has taken,
        then what the latest bills have, beginning with what was taken last. What a bill could not
        take when it was made, it takes of what is left in the end.

        An example: A of 500 and B of 300 are approved. ::

            bill 1 of 600          takes 500 of A and 100 of B
            bill 2 of 200          takes 200 of B
            credit note of 150     on bill 1: gives back 100 of B and 50 of A

        Bill 1 has 450 of A, bill 2 has 200 of B. Of A 50 and of B 100 can be billed again. The
        credit note belongs to both milestones.

        :return: the `Replay`, with its shares and owners
        """
        milestones = self.milestone_ids.filtered(lambda m: m.state == "approved").sorted(
            # Their dates are of whole seconds; what they received tells which came first.
            lambda m: min(m.receipt_ids.ids, default=0)
        )
        amounts = {milestone: milestone._get_effective_amount() for milestone in milestones}
        return Replay(self.currency_id, amounts).run(bills)

    def _get_overbilled(self, move):
        """Return by how much posted bills and ``move`` would exceed what is approved, or 0."""
        posted = self._get_posted_bills()
        bills = self._get_milestone_bills(posted | move)
        if any(bill.move == move and bill.amount > 0 for bill in bills):
            return self._get_excess(bills)
        return 0

    def _get_overbilled_without(self, credit):
        """Return by how much posted bills would exceed what is approved, or 0.

        What the credit note has closed would be approved again.
        """
        receipts = self._get_lines_billed_by_milestones().milestone_receipt_ids
        closed = receipts.filtered(lambda receipt: receipt.credit_note_id == credit)
        bills = self._get_milestone_bills(self._get_posted_bills() - credit)
        return self._get_excess(bills, -sum(closed.mapped("amount")))

    def _get_given_back(self, credit):
        """Return ``{milestone: amount}`` that a posted credit note gives back."""
        posted = self._get_posted_bills()
        before = self._attribute_bills(self._get_milestone_bills(posted - credit))
        after = self._attribute_bills(self._get_milestone_bills(posted | credit))
        back = {
            milestone: self.currency_id.round(sum(taken.values()) - sum(after[milestone].values()))
            for milestone, taken in before.items()
        }
        return {milestone: amount for milestone, amount in back.items() if amount > 0}

    def _get_beyond_worth(self, bills):
        """Return by how much ``bills`` exceed the worth of the lines that milestones bill, or 0."""
        worth = sum(self._get_lines_billed_by_milestones().mapped("price_subtotal"))
        return self._get_excess_over(worth, bills)

    def _get_posted_bills(self):
        moves = self._get_lines_billed_by_milestones().invoice_lines.move_id
        return moves.filtered(lambda move: move.state == "posted")

    def _get_excess(self, bills, reopened=0):
        """Return by how much ``bills`` exceed what is approved, or 0.

        :param float reopened: what would be approved besides
        """
        receipts = self._get_lines_billed_by_milestones().milestone_receipt_ids
        return self._get_excess_over(sum(receipts.mapped("amount")) + reopened, bills)

    def _get_excess_over(self, limit, bills):
        """Return by how much ``bills`` exceed the untaxed amount ``limit``, or 0.

        A coin for each line is tolerated: prices that include taxes cannot hit every amount.
        """
        excess = sum(bill.amount for bill in bills) - limit
        return self.currency_id.round(excess) if excess > self._get_tolerance() else 0

    def _get_tolerance(self):
        return self.currency_id.rounding * (len(self._get_lines_billed_by_milestones()) + 0.5)
