"""Parts in the plan of an order: what they leave to the milestone that they were split from."""

from typing import NamedTuple

from odoo import models
from odoo.tools import float_round

from ...tools.checks import FROZEN_STATES
from ...tools.prorate import prorate_rest_to_last

PERCENTAGE_DIGITS = 6


class Whole(NamedTuple):
    """A percent milestone with its parts, of which something is still open."""

    members: models.BaseModel

    @property
    def percentage(self):
        """Its share of the order."""
        shares = self.members.mapped("percentage")
        return shares[0] if len(shares) == 1 else float_round(sum(shares), PERCENTAGE_DIGITS)

    @property
    def frozen(self):
        """What its completed and approved parts are worth."""
        if len(self.members) == 1:
            return 0
        return sum(self.members.filtered(lambda m: m.state in FROZEN_STATES).mapped("amount"))

    def share(self, amount, currency):
        """Return ``{open milestone: amount}``: what the frozen parts leave of the whole."""
        if len(self.members) == 1:
            return {self.members: amount}
        still_open = self.members.filtered(lambda m: m.state not in FROZEN_STATES)
        # The parts first: what they have been split from takes the rounding rest.
        still_open = still_open.sorted(lambda m: not m.part_of_id)
        left = max(amount - self.frozen, 0)
        shares = prorate_rest_to_last(left, {m: m.percentage for m in still_open}, currency)
        *parts, last = still_open
        for part in parts:
            rest = currency.round(shares[last] + shares[part] - part._origin.amount)
            if rest >= 0 and self._is_worth(part, amount, currency):
                shares[part], shares[last] = part._origin.amount, rest
        return shares

    def _is_worth(self, part, amount, currency):
        """Return whether a part has the amount that its percentage says, of a whole of ``amount``.

        It then keeps the amount: of a large whole, six decimals are not exact to the cent.
        """
        per_percent = amount / self.percentage if self.percentage else 0
        inexact = currency.rounding + per_percent * 10**-PERCENTAGE_DIGITS
        return abs(part._origin.amount - per_percent * part.percentage) <= inexact


class PurchaseOrder(models.Model):
    """An order of which milestones are completed part by part."""

    _inherit = "purchase.order"

    def _get_open_wholes(self, plan):
        """Return ``{key: Whole}`` of the percent milestones in ``plan``, in its order."""
        percent = plan.filtered(lambda milestone: milestone.amount_type == "percent")
        wholes = percent.grouped(lambda milestone: milestone._get_whole_key())
        return {
            key: Whole(members)
            for key, members in wholes.items()
            if any(state not in FROZEN_STATES for state in members.mapped("state"))
        }

    def _share_in_full(self, left, wholes, currency):
        """Return ``{key: amount}``: the percentages, which sum to 100, share what is left for them.

        :param float left: what all fixed and frozen milestones leave of the order
        """
        wholes = dict(wholes)
        shares = {}
        while wholes:
            total = currency.round(max(left + sum(w.frozen for w in wholes.values()), 0))
            weights = {key: whole.percentage for key, whole in wholes.items()}
            shares |= prorate_rest_to_last(total, weights, currency)
            # Where the frozen parts are worth more than the whole is by now, nothing is left, and
            # the others share less.
            exceeded = [
                key
                for key, whole in wholes.items()
                if whole.frozen and currency.compare_amounts(shares[key], whole.frozen) < 0
            ]
            if not exceeded:
                break
            for key in exceeded:
                shares[key] = wholes.pop(key).frozen
        return shares

    def _get_wholes(self):
        """Return ``[(milestone, whole)]`` in the plan's order: each milestone that is no part.

        ``whole`` are its parts, and itself at the end. What is read of one is read of all at once.
        """
        together = self.milestone_ids.ids
        return [
            (
                milestone,
                (milestone.part_ids.sorted("part_number") | milestone).with_prefetch(together),
            )
            for milestone in self.milestone_ids
            if not milestone.part_of_id
        ]

    def copy_data(self, default=None):
        """Return the values of copies: their plans know no parts."""
        vals_list = super().copy_data(default)
        for order, vals in zip(self, vals_list, strict=True):
            # sudo: purchase.order - whoever copies an order copies its plan
            milestones = order.sudo().milestone_ids
            if milestones.part_of_id and "milestone_ids" in vals.keys() - (default or {}).keys():
                rows = zip(milestones.sorted("id"), vals["milestone_ids"], strict=True)
                vals["milestone_ids"] = [row for m, row in rows if not m.part_of_id]
        return vals_list
