"""Going through bills one after the other: which has taken how much of which milestone."""

from collections import defaultdict


class Replay:
    """What bills have taken of milestones, while one after the other is looked at.

    ``shares`` is ``{milestone: {move: amount}}``, ``owners`` is ``{move: milestones}``: also of a
    bill that has been credited, and of credit notes.
    """

    def __init__(self, currency, amounts):
        """Start with nothing billed.

        :param currency: that of all amounts
        :param dict amounts: ``{milestone: amount}`` in the order in which they are taken
        """
        self.currency = currency
        self.left = dict(amounts)
        self.shares = {milestone: {} for milestone in amounts}
        self.owners = defaultdict(set)
        # What each bill has taken of no milestone yet, and each credit note given back of none.
        self.waiting = {}

    def run(self, bills):
        """Look at ``bills`` in their order, then at what had to wait."""
        for bill in bills:
            self._look_at(bill, bill.amount)
        for bill, amount in list(self.waiting.items()):
            if amount < 0:
                self._look_at(bill, amount)
        for bill, amount in list(self.waiting.items()):
            if amount > 0:
                self._look_at(bill, amount)
        return self

    def _look_at(self, bill, amount):
        if amount >= 0:
            self.waiting[bill] = self._take(bill, amount)
        else:
            self.waiting[bill] = -self._give_back(bill, -amount)

    def _take(self, bill, amount):
        """Take ``amount`` of what the milestones have left; return what is missing."""
        for milestone in self._in_order_of(bill):
            part = self.currency.round(min(self.left[milestone], amount))
            if part > 0:
                self._move(bill.move, milestone, part)
                self.owners[bill.move].add(milestone)
                amount = self.currency.round(amount - part)
        return amount

    def _give_back(self, credit, amount):
        """Give ``amount`` back of the bill that is corrected, then of the latest."""
        bills = [bill for bill in self.waiting if bill.amount >= 0]
        corrected = [bill for bill in bills if bill.move == credit.corrected]
        for bill in [*corrected, *reversed(bills)]:
            part = min(self.waiting[bill], amount)
            self.waiting[bill] -= part
            amount = self.currency.round(amount - part)
            for milestone in reversed(self._in_order_of(bill)):
                part = min(self.shares[milestone].get(bill.move, 0), amount)
                if part > 0:
                    self._move(bill.move, milestone, -part)
                    self.owners[credit.move].add(milestone)
                    amount = self.currency.round(amount - part)
        return amount

    def _in_order_of(self, bill):
        """Return the milestones that the bill was made for, then the others."""
        return sorted(self.left, key=lambda milestone: milestone not in bill.chosen)

    def _move(self, move, milestone, part):
        shares = self.shares[milestone]
        shares[move] = self.currency.round(shares.get(move, 0) + part)
        self.left[milestone] = self.currency.round(self.left[milestone] - part)
        if not shares[move]:
            del shares[move]
