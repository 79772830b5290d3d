"""Which bill has taken how much of which milestone."""

from collections import defaultdict
from typing import NamedTuple

from odoo import models


class Bill(NamedTuple):
    """What a vendor bill or credit note takes of an order: untaxed, credit notes below zero."""

    move: models.BaseModel
    amount: float
    chosen: models.BaseModel
    corrected: models.BaseModel


class PurchaseOrder(models.Model):
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

        Approved milestones in the order of their approval, except that a bill made for chosen
        milestones takes those first. A credit note first gives back what it corrects.
        """
        currency = self.currency_id
        milestones = self.milestone_ids.filtered(lambda m: m.state == "approved").sorted(
            # Their dates are of whole seconds; what they received tells which came first.
            lambda m: min(m.receipt_ids.ids, default=0)
        )
        left = {milestone: milestone._get_effective_amount() for milestone in milestones}
        shares = {milestone: {} for milestone in milestones}
        bills = self._get_milestone_bills() if bills is None else bills
        for bill, amount in _net_of_credits(bills):
            for milestone in (milestones & bill.chosen) + (milestones - bill.chosen):
                part = currency.round(min(left[milestone], amount))
                if part > 0:
                    shares[milestone][bill.move] = part
                    left[milestone] -= part
                    amount -= part
        return shares

    def _get_milestones_by_bill(self):
        """Return ``{move: milestones}``: whose a bill is, also once it has been credited."""
        milestones = self.milestone_ids.browse()
        owners = defaultdict(lambda: milestones)
        bills = self._get_milestone_bills()
        for milestone, shares in self._attribute_bills(bills).items():
            for move in shares:
                owners[move] |= milestone
        for index, bill in enumerate(bills):
            if bill.move not in owners:
                # Nothing is left of it, or it takes back: what did it change when it was made?
                before = self._attribute_bills(bills[:index])
                after = self._attribute_bills(bills[: index + 1])
                owners[bill.move] = milestones.union(
                    *(m for m in after if sum(before[m].values()) != sum(after[m].values()))
                )
        return owners

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
        excess = sum(bill.amount for bill in bills) - worth
        return self.currency_id.round(excess) if excess > self._get_tolerance() else 0

    def _get_posted_bills(self):
        moves = self._get_lines_billed_by_milestones().invoice_lines.move_id
        return moves.filtered(lambda move: move.state == "posted")

    def _get_excess(self, bills, reopened=0):
        # A coin for each line is let pass: prices that include taxes cannot hit every amount.
        approved = sum(
            self._get_lines_billed_by_milestones().milestone_receipt_ids.mapped("amount")
        )
        excess = sum(bill.amount for bill in bills) - approved - reopened
        return self.currency_id.round(excess) if excess > self._get_tolerance() else 0

    def _get_tolerance(self):
        return self.currency_id.rounding * (len(self._get_lines_billed_by_milestones()) + 0.5)


def _net_of_credits(bills):
    """Return ``(bill, amount)`` of what bills keep, less what credit notes give back.

    A credit note takes from the bill that it corrects, then from the latest.
    """
    kept = {bill.move: bill.amount for bill in bills if bill.amount >= 0}
    for credit in bills:
        if credit.amount >= 0:
            continue
        back = -credit.amount
        latest = [bill.move for bill in reversed(bills) if bill.move in kept]
        for move in [move for move in latest if move == credit.corrected] + latest:
            part = min(back, kept[move])
            kept[move] -= part
            back -= part
    return [(bill, kept[bill.move]) for bill in bills if bill.move in kept]
