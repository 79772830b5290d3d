"""What an order has come to, and what its bills have added to it."""

from collections import defaultdict
from typing import NamedTuple

from odoo import models


class Figures(NamedTuple):
    """Amounts of an order, in its currency and untaxed, but for the tax itself."""

    done: float = 0
    retention: float = 0
    released: float = 0
    forfeited: float = 0
    recovered: float = 0
    tax: float = 0

    @property
    def net(self):
        """Return what is to be paid of it before tax. What is forfeited is retained for good."""
        return self.done - self.retention + self.released - self.recovered


class PurchaseOrder(models.Model):
    """The figures that certificates copy."""

    _inherit = "purchase.order"

    def _get_figures(self, moves, done):
        """Return the `Figures` of this order so far.

        :param moves: the posted bills that belong to it
        :param dict done: what is done by them, see `_get_done_by_milestone`
        """
        figures = Figures(
            sum(done.values()),
            self.retention_held,
            self.retention_released,
            self.retention_forfeited,
        )
        if self._bills_by_milestones():
            return figures._replace(recovered=self._get_billed_figures(moves).recovered)
        figures = figures._replace(recovered=self._get_recovered_by_odoo())
        return figures._replace(tax=self._get_planned_tax(figures))

    def _get_done_by_milestone(self, milestones, moves=None):
        """Return ``{certified milestone: untaxed amount}`` of what is done of ``milestones``.

        That is what ``moves`` have billed where milestones drive the bills, and otherwise what is
        approved.
        """
        if self._bills_by_milestones():
            return self._get_billed_by_milestone(moves)
        approved = milestones.filtered(lambda milestone: milestone.state == "approved")
        return self._sum_by_certified({m: m._get_effective_amount() for m in approved})

    def _get_billed_by_milestone(self, moves):
        """Return ``{certified milestone: untaxed amount}`` of what ``moves`` have billed.

        That is nothing where milestones do not drive the bills.
        """
        if not self._bills_by_milestones():
            return {}
        shares = self._attribute_bills(self._get_milestone_bills(moves))
        return self._sum_by_certified(
            {milestone: sum(taken.values()) for milestone, taken in shares.items()}
        )

    def _sum_by_certified(self, amounts):
        sums = defaultdict(float)
        for milestone, amount in amounts.items():
            sums[milestone._get_certified_milestone()] += amount
        return sums

    def _get_recovered_by_odoo(self):
        """Return what posted bills have recovered of advances, untaxed."""
        advances = self._get_advance_lines()
        posted = advances.invoice_lines.move_id.filtered(lambda move: move.state == "posted")
        return sum(line._get_advance_amounts(posted)[1] for line in advances)

    def _get_planned_tax(self, figures):
        """Return the tax of what is done, at the average rate of an order that Odoo bills.

        What is paid in advance is taxed with the advance.
        """
        base = figures.done - figures.recovered
        # sudo: res.company - the setting counts whoever asks
        if self.company_id.sudo().retention_tax_policy == "on_release":
            base = figures.net
        rate = self.amount_tax / self.amount_untaxed if self.amount_untaxed else 0
        return self.currency_id.round(base * rate)

    # ------------------------------------------------------------------
    # Bills
    # ------------------------------------------------------------------

    def _get_certified_bills(self):
        """Return the posted bills that bill, credit, release or forfeit something of this order."""
        if not self._bills_by_milestones():
            return self.env["account.move"]
        moves = self._get_lines_billed_by_milestones().invoice_lines.move_id
        moves |= self.retention_line_ids.move_id
        return moves.filtered(lambda move: move.state == "posted")

    def _get_billed_figures(self, moves):
        """Return the `Figures` of what ``moves`` say about this order, as they were posted."""
        by_milestones = self._get_lines_billed_by_milestones()
        advances = self._get_advance_lines()
        sums = defaultdict(float)
        for move in moves:
            factor = move._get_billing_sign()
            lines = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
            kinds = {line: self._get_kind_of(line, by_milestones, advances) for line in lines}
            own = lines.browse([line.id for line, (kind, _sign) in kinds.items() if kind])
            for line in own:
                kind, sign = kinds[line]
                sums[kind] += sign * factor * line.price_subtotal
            # Of a bill of this order alone, to the coin what it comes to, however tax was rounded.
            total = move.amount_total if own == lines else sum(own.mapped("price_total"))
            sums["tax"] += factor * (total - sum(own.mapped("price_subtotal")))
        return Figures(**sums)

    def _get_kind_of(self, line, by_milestones, advances):
        """Return which figure a line of a bill belongs to, and with which sign; or None."""
        if line.purchase_line_id in by_milestones:
            return "done", 1
        if line.retention_order_id == self and not line.retention_release_id:
            return "retention", -1
        if line.retention_release_id.order_id == self:
            # Forfeiting adds to nothing: what it takes off the price comes off the account.
            return "released", 1
        if line.purchase_line_id in advances:
            return "recovered", -1
        return None, 0
