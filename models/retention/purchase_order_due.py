"""How much of an order's retention is due, and which orders have some."""

import operator as operators

from odoo import api, fields, models

from ...tools.checks import INTERNAL

COMPARISONS = {
    ">": operators.gt,
    ">=": operators.ge,
    "<": operators.lt,
    "<=": operators.le,
    "in": lambda due, values: due in values,
}


class PurchaseOrder(models.Model):
    """What the contract allows to be released by a date."""

    _inherit = "purchase.order"

    retention_due = fields.Monetary(
        string="Retention Due Now",
        compute="_compute_retention_due",
        search="_search_retention_due",
        groups=INTERNAL,
        help="What the contract allows to be released today.",
    )

    @api.depends(
        "date_final_acceptance",
        "date_retention_due",
        "retention_acceptance_percent",
        "retention_held",
        "retention_released",
        "retention_forfeited",
        "retention_open",
        "retention_reserved",
    )
    def _compute_retention_due(self):
        today = fields.Date.context_today(self)
        for order in self:
            order.retention_due = order._get_retention_due(today)

    def _search_retention_due(self, operator, value):
        compare = COMPARISONS.get(operator)
        if not compare:
            return NotImplemented
        # Each with something left that has its acceptance: no more than are about to end.
        today = fields.Date.context_today(self)
        orders = self.search(
            [("retention_open", ">", 0), ("date_final_acceptance", "<=", today)], order="id"
        )
        found = orders.filtered(lambda order: compare(order.retention_due, value))
        if compare(0, value):
            # So are all others: of them, nothing is due.
            return [("id", "not in", (orders - found).ids)]
        return [("id", "in", found.ids)]

    def _get_retention_due(self, date):
        """Return how much of the retention may be released on ``date`` by the contract.

        Nothing before final acceptance, then the acceptance part of what is held and not forfeited,
        all of it from the due date on; each less what has been released. In the order's currency.
        """
        self.ensure_one()
        if not self.date_final_acceptance or date < self.date_final_acceptance:
            return 0
        if date >= self.date_retention_due:
            return self._get_retention_available()
        kept = self.retention_held - self.retention_forfeited
        part = kept * self.retention_acceptance_percent / 100
        currency = self.currency_id
        return currency.round(
            max(currency.round(part) - self.retention_released - self.retention_reserved, 0)
        )
