"""How the lines of a bill that Create Bill makes read: their descriptions and unit prices."""

from odoo import models
from odoo.tools import format_list

# A bill's line names so many milestones; the rest are on the bill's button Milestones.
NAMED_MILESTONES = 5


class PurchaseOrder(models.Model):
    """Bills with the unit prices of their order, where these come to the right amounts."""

    _inherit = "purchase.order"

    def _name_milestones(self, lines, chosen):
        """Return the values of bill lines, each with the milestones that it takes.

        :param chosen: the milestones for which the bill is made, if not for the whole order
        """
        # sudo: purchase.milestone - who bills the order tells the vendor what for
        order_lines = {line.id: line for line in self.sudo().order_line}
        named = []
        for values in lines:
            line = order_lines.get(values.get("purchase_line_id"), self.order_line.browse())
            milestones = line.milestone_receipt_ids.milestone_id.filtered(
                lambda milestone: milestone.billing_state == "to_bill"
            )
            if chosen:
                milestones &= chosen
            if milestones:
                names = milestones.sorted()[:NAMED_MILESTONES].mapped("name")
                more = ["…"] if len(milestones) > NAMED_MILESTONES else []
                text = format_list(self.env, [*names, *more], "unit")
                values = {**values, "name": f"{values['name']}\n{text}"}
            named.append(values)
        return named

    def _use_prices_of_order(self, lines):
        """Return the values of bill lines, with the order's own unit prices if nothing changes.

        3,333.33 x 2.7 is 8,999.991, billed as 8,999.99: that needs a price of 3,333.32963, unless
        what the lines of the bill round away comes to less than half a cent altogether, and taxes
        stay what they are. Only where no other amounts follow from the price: the entry's in the
        company's currency, or the tax that is withheld.

        :param lines: values of the lines, whose prices hit the amounts exactly
        """
        company = self.company_id
        if self.currency_id != company.currency_id or company.retention_tax_policy == "on_release":
            return lines
        plain = [self._with_price_of_order(values) for values in lines]
        rounded_away = sum(
            abs(self._get_raw_amount(new) - self._get_raw_amount(old))
            for new, old in zip(plain, lines, strict=True)
        )
        if not rounded_away or rounded_away >= self.currency_id.rounding / 2:
            return lines
        return plain if self._get_totals_of(plain) == self._get_totals_of(lines) else lines

    def _with_price_of_order(self, values):
        line = self.env["purchase.order.line"].browse(values.get("purchase_line_id"))
        if values["display_type"] != "product" or line._has_included_tax():
            return values
        plain = {**values, "price_unit": line.price_unit}
        amounts = (self._get_raw_amount(plain), self._get_raw_amount(values))
        is_same = not self.currency_id.compare_amounts(*map(self.currency_id.round, amounts))
        return plain if is_same else values

    def _get_raw_amount(self, values):
        if values["display_type"] != "product":
            return 0
        return values["quantity"] * values["price_unit"] * (1 - values["discount"] / 100)

    def _get_totals_of(self, lines):
        """Return what Odoo makes of bill lines with these values: amounts and taxes."""
        AccountTax = self.env["account.tax"]
        base_lines = []
        for values in lines:
            if values["display_type"] == "product":
                line = self.env["purchase.order.line"].browse(values["purchase_line_id"])
                figures = {key: values[key] for key in ("quantity", "price_unit", "discount")}
                base_line = line._prepare_base_line_for_taxes_computation()
                base_lines.append({**base_line, **figures})
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, self.company_id)
        return [
            (
                details["total_excluded_currency"] + details["delta_total_excluded_currency"],
                [
                    (tax["tax"], tax["base_amount_currency"], tax["tax_amount_currency"])
                    for tax in details["taxes_data"]
                ],
            )
            for details in (base_line["tax_details"] for base_line in base_lines)
        ]
