"""Advances: Odoo's down payments on an order, recovered from the bills of its milestones."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import float_round

from ...tools.checks import BUYER, INTERNAL, check_right, filter_changed
from ...tools.fields import MonetaryTotal

RECOVERY_FIELDS = {"advance_recovery_percent", "advance_recovery_from"}


class PurchaseOrder(models.Model):
    """What has been paid in advance comes back with the bills, by the terms of the contract.

    1,000,000 with an advance of 100,000, of which each bill recovers 25 % once more than 10 % of
    the order is billed: bills of 80,000, 60,000, 200,000 and 150,000 recover 0, 15,000, 50,000 and,
    since no more is left, 35,000.
    """

    _inherit = "purchase.order"

    advance_recovery_percent = fields.Float(
        string="Recovery of Advances %",
        digits=(16, 6),
        min_display_digits=2,
        default=100,
        groups=INTERNAL,
        help="Part of each bill, before retention, that is kept to recover what was paid in "
        "advance, 0 to 100. The bill of the last milestone recovers the rest.",
    )
    advance_recovery_from = fields.Float(
        string="Recovery Once Billed %",
        digits=(16, 6),
        min_display_digits=2,
        groups=INTERNAL,
        help="Recovery begins with the bill with which more than this part of the order is billed, "
        "0 to 100.",
    )
    advance_paid = MonetaryTotal(
        string="Paid in Advance",
        compute="_compute_advances",
        compute_sudo=True,
        groups=INTERNAL,
        help="Untaxed, on posted bills.",
    )
    advance_recovered = MonetaryTotal(
        string="Recovered",
        compute="_compute_advances",
        compute_sudo=True,
        groups=INTERNAL,
        help="Untaxed, on bills that are not cancelled.",
    )

    _advance_recovery_range = models.Constraint(
        "CHECK(advance_recovery_percent BETWEEN 0 AND 100"
        " AND advance_recovery_from BETWEEN 0 AND 100)",
        "The recovery of advances goes from 0 to 100 percent.",
    )

    @api.depends(
        "order_line.is_downpayment",
        "order_line.invoice_lines.price_subtotal",
        "order_line.invoice_lines.parent_state",
    )
    def _compute_advances(self):
        for order in self:
            amounts = [line._get_advance_amounts() for line in order._get_advance_lines()]
            order.advance_paid = sum(paid for paid, _recovered in amounts)
            order.advance_recovered = sum(recovered for _paid, recovered in amounts)

    def _get_advance_lines(self):
        return self.order_line.filtered(lambda line: line._is_advance())

    # ------------------------------------------------------------------
    # Bills
    # ------------------------------------------------------------------

    def _prepare_line_of(self, line, to_bill):
        # What a bill recovers follows from the rest of it.
        return None if line._is_advance() else super()._prepare_line_of(line, to_bill)

    def _prepare_milestone_bill(self, chosen):
        values = super()._prepare_milestone_bill(chosen)
        # sudo: purchase.order - whoever creates the bill need not see all bills before it
        order = self.with_company(self.company_id).sudo()
        lines = [line for _command, _id, line in values["invoice_line_ids"]]
        recovery = order._prepare_recovery_lines(
            order._get_to_bill(chosen),
            [line for line in lines if line.get("retention_order_id")],
        )
        values["invoice_line_ids"] += [Command.create(line) for line in recovery]
        return values

    def _prepare_recovery_lines(self, to_bill, retention_lines):
        """Return values of the lines with which a bill recovers advances, the oldest first.

        :param dict to_bill: ``{order line: untaxed amount}`` that the bill takes
        :param list retention_lines: values of the lines with which it withholds retention
        """
        if not self._get_advance_lines():
            return []
        retention = defaultdict(float)
        for line in retention_lines:
            taxes = self.env["account.tax"].browse(line["tax_ids"][0][2])
            retention[taxes] -= line["quantity"] * line["price_unit"]
        recovery = self._get_recovery(to_bill, sum(retention.values()))
        if not recovery:
            return []
        parts = self._allot_recovery(recovery)
        total = self._get_total((line.tax_ids, part) for line, part in parts.items())
        worth = self._get_total((line.tax_ids, amount) for line, amount in to_bill.items())
        worth -= self._get_total(retention.items())
        if self.currency_id.compare_amounts(total, worth) > 0:
            # The advance is taxed higher than what the bill bills.
            fitting = max(recovery * worth / total, 0)
            rounding = self.currency_id.rounding
            parts = self._allot_recovery(
                float_round(fitting, precision_rounding=rounding, rounding_method="DOWN")
            )
        lines = [line._prepare_recovery_values(part) for line, part in parts.items()]
        return [{**values, "sequence": 900 + index} for index, values in enumerate(lines)]

    def _allot_recovery(self, amount):
        """Return ``{advance line: part}``: what ``amount`` recovers of each, the oldest first."""
        parts = {}
        for line in self._get_advance_lines():
            part = self.currency_id.round(min(amount, line._get_advance_left()[1]))
            if part > 0:
                parts[line] = part
                amount -= part
        return parts

    def _get_total(self, amounts):
        """Return the sum of ``[(taxes, untaxed amount)]``, taxes included."""
        by_taxes = defaultdict(float)
        for taxes, amount in amounts:
            by_taxes[taxes] += amount
        return sum(
            taxes.compute_all(amount, self.currency_id, handle_price_include=False)[
                "total_included"
            ]
            for taxes, amount in by_taxes.items()
        )

    def _get_recovery(self, to_bill, retention):
        """Return what a bill of ``to_bill`` recovers, untaxed: never more than it is worth."""
        currency = self.currency_id
        gross = sum(to_bill.values())
        left = sum(line._get_advance_left()[1] for line in self._get_advance_lines())
        if gross <= 0 or left <= 0:
            return 0
        if self._takes_last_milestone(gross):
            wanted = left
        elif self._is_recovered_with(gross):
            wanted = currency.round(gross * self.advance_recovery_percent / 100)
        else:
            return 0
        return max(currency.round(min(wanted, left, gross - retention)), 0)

    def _is_recovered_with(self, gross):
        """Return whether a bill of ``gross`` brings what is billed above the contract's threshold.

        The bill that passes the threshold recovers already, and of all its amount.
        """
        billed = sum(bill.amount for bill in self._get_milestone_bills()) + gross
        threshold = self.milestone_base * self.advance_recovery_from / 100
        return self.currency_id.compare_amounts(billed, threshold) > 0

    def _takes_last_milestone(self, gross):
        """Return whether nothing of the plan is left once ``gross`` is billed."""
        approved = all(milestone.state == "approved" for milestone in self.milestone_ids)
        left = sum(self._get_to_bill().values())
        return approved and self.currency_id.compare_amounts(gross, left) >= 0

    def _get_recovery_excess(self, moves):
        """Return by how much ``moves`` recover more than they have paid in advance, or 0."""
        amounts = [line._get_advance_amounts(moves) for line in self._get_advance_lines()]
        return self.currency_id.round(max(sum(back - paid for paid, back in amounts), 0))

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    def _check_milestone_guards(self, vals):
        result = super()._check_milestone_guards(vals)
        if vals.keys() & RECOVERY_FIELDS:
            if not self.env.su:
                check_right(self.env, BUYER)
            # sudo: purchase.order - the lock counts for whoever writes
            changed = filter_changed(self.sudo(), vals, RECOVERY_FIELDS)
            changed.company_id._check_milestones_enabled()
            changed._check_plan_unlocked()
        return result
