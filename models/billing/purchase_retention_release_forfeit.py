"""The credit note that keeps retention for good: the amount comes off the price."""

from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...tools.prorate import prorate


class PurchaseRetentionRelease(models.Model):
    """A forfeited amount is taken off the price of what was billed when it was withheld.

    Of 100 withheld on a bill of 1,000 + 15 %, 70 are forfeited. Was all tax on the bill, the credit
    note takes 70 and their tax of 10.50 off the price, and 70 off the retention account: 10.50
    are for the vendor to pay. Is retention taxed at its release, its 10.50 were never billed: both
    lines carry the tax, and nothing is payable.
    """

    _inherit = "purchase.retention.release"

    def _prepare_bill_lines(self, amounts):
        if self.outcome == "pay":
            return super()._prepare_bill_lines(amounts)
        price, retention = [], []
        for key, amount in amounts.items():
            _account, taxes = key
            parts = prorate(amount, self._get_price_weights(*key), self.currency_id)
            price += [self._prepare_price_line(*of, part) for of, part in parts.items() if part]
            # Taxed line by line where tax is: whatever is rounded, both sides have the same.
            for part in filter(None, parts.values()) if taxes else [amount]:
                retention += super()._prepare_bill_lines({key: part})
        return [{**line, "sequence": index} for index, line in enumerate([*price, *retention], 10)]

    def _get_price_weights(self, account, taxes):
        """Return ``{(order line, account, taxes): amount}`` of what the bills have billed.

        Of those bills that withheld retention with these taxes on this account: their lines with
        the same taxes or, if they taxed all of the price at once, all their lines.
        """
        order = self.order_id
        by_milestones = order._get_lines_billed_by_milestones()
        withheld = self._get_withholding_lines()
        weights = defaultdict(float)
        withholding = withheld.filtered(
            lambda line: line.account_id == account and line.tax_ids == taxes
        )
        by_move = withheld.grouped("move_id")
        for move in withholding.move_id:
            own = by_move[move]
            for line in move.invoice_line_ids:
                is_same = not own.tax_ids or line.tax_ids == taxes
                if line.purchase_line_id in by_milestones and is_same:
                    key = (line.purchase_line_id, line.account_id, line.tax_ids)
                    weights[key] += line.price_subtotal * move._get_billing_sign()
        weights = {key: weight for key, weight in weights.items() if weight > 0}
        if not weights:
            raise UserError(
                self.env._(
                    "No bill of %(order)s has lines from whose price the retention could be "
                    "taken. Make the credit note by hand, and have this release cancelled.",
                    order=order.name,
                )
            )
        return weights

    def _prepare_price_line(self, order_line, account, taxes, amount):
        price = amount
        if any(taxes.flatten_taxes_hierarchy().mapped("price_include")):
            discount = order_line.discount if order_line.discount < 100 else 0
            price = order_line._get_price_for(1, amount) * (1 - discount / 100)
        return {
            "name": self.env._("Retention forfeited: %(line)s", line=order_line.name),
            "display_type": "product",
            "product_id": order_line.product_id.id,
            "product_uom_id": order_line.product_uom_id.id,
            "quantity": 1,
            "price_unit": price,
            "account_id": account.id,
            "tax_ids": [Command.set(taxes.ids)],
            "analytic_distribution": order_line.analytic_distribution,
            "retention_release_id": self.id,
        }

    def _get_amount_on(self, move):
        amount = super()._get_amount_on(move)
        if self.outcome == "pay":
            return amount
        price = move.invoice_line_ids.filtered(
            lambda line: line.retention_release_id == self and not line.retention_order_id
        )
        # A credit note that takes another amount off the price than off the account is wrong.
        off_price = sum(price.mapped("price_subtotal"))
        return -amount if not self.currency_id.compare_amounts(off_price, -amount) else 0
