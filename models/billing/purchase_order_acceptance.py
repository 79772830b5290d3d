"""An order that is billed by its milestones is accepted as a whole."""

from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError


class PurchaseOrder(models.Model):
    """Final acceptance leaves no part of the order without a milestone, then or later."""

    _inherit = "purchase.order"

    @api.depends("milestone_unallocated", "milestone_billing", "milestone_ids.amount_closed")
    def _compute_can_be_accepted(self):
        return super()._compute_can_be_accepted()

    def _get_acceptance_obstacle(self):
        return super()._get_acceptance_obstacle() or self._get_unplanned_obstacle()

    def _get_unplanned_obstacle(self):
        currency = self.currency_id
        # What has been closed was planned, and is given up.
        unplanned = self.milestone_unallocated - sum(self.milestone_ids.mapped("amount_closed"))
        if not self._bills_by_milestones() or currency.compare_amounts(unplanned, 0) <= 0:
            return None
        return self.env._(
            "%(amount)s of it is in no milestone, and could not be billed afterwards. Add a "
            "milestone for it, or lower the order.",
            amount=currency.format(unplanned),
        )

    @contextmanager
    def _keeping_accepted_plan(self):
        """Around a change of lines: refuse to leave a part of an accepted order unplanned."""
        # sudo: purchase.order - whoever changes lines need not read the retention
        accepted = self.sudo().filtered(
            lambda order: order.date_final_acceptance and order._bills_by_milestones()
        )
        before = {order: max(order.milestone_unallocated, 0) for order in accepted}
        yield
        for order in accepted:
            currency = order.currency_id
            more = order.milestone_unallocated - before[order]
            if currency.compare_amounts(more, 0) > 0:
                raise UserError(
                    self.env._(
                        "%(order)s has its final acceptance, so that no milestone can be added "
                        "for %(amount)s more. Order it separately, or have the final acceptance "
                        "revoked first.",
                        order=order.name,
                        amount=currency.format(more),
                    )
                )
