from difflib import SequenceMatcher

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import frozendict

from ...tools.checks import INTERNAL, MADE_BY_US, filter_changed

# Milestones and releases own these: our own methods alone write them.
GUARDED_FIELDS = {"retention_order_id", "retention_release_id"}
# What a posted bill has done with an order's milestones.
BILLED_FIELDS = {
    *("account_id", "quantity", "price_unit", "discount", "tax_ids"),
    *("amount_currency", "balance", "debit", "credit", "currency_id", "move_id"),
}


class AccountMoveLine(models.Model):
    """A line of a bill that bills an order line of milestones, or that is retention."""

    _inherit = "account.move.line"

    retention_order_id = fields.Many2one(
        comodel_name="purchase.order",
        string="Retention Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=INTERNAL,
        help="The order whose retention this line withholds, gives back or releases.",
    )
    retention_release_id = fields.Many2one(
        comodel_name="purchase.retention.release",
        string="Release of Retention",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=INTERNAL,
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        return {name: value for name, value in values.items() if name not in GUARDED_FIELDS}

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("purchase_retention") is not MADE_BY_US:
            vals_list = [
                {name: value for name, value in vals.items() if name not in GUARDED_FIELDS}
                for vals in vals_list
            ]
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.parent_state == "posted")._check_not_billed_by_milestones()
        return lines

    def write(self, vals):
        if vals.keys() & GUARDED_FIELDS:
            raise UserError(
                self.env._(
                    "The order whose retention a line holds cannot be changed directly. Press "
                    "“Update Retention” on the draft bill, or have a release made."
                )
            )
        posted = self.filtered(lambda line: line.parent_state == "posted")
        if posted and "purchase_line_id" in vals:
            posted._check_not_billed_by_milestones()
            result = super().write(vals)
            posted._check_not_billed_by_milestones()
            return result
        if posted and vals.keys() & BILLED_FIELDS:
            posted._check_billed_values(vals)
        return super().write(vals)

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        # Odoo's own check lets pass whoever puts a word into the context.
        posted = self.filtered(lambda line: line.parent_state == "posted")
        self._check_unchanged(
            posted.filtered("retention_order_id") | posted._get_billed_by_milestones()
        )

    @api.constrains("purchase_line_id")
    def _check_order_company(self):
        """Refuse lines of another company's order: its milestones would count as billed."""
        for line in self._get_billed_by_milestones():
            # sudo: purchase.order.line - who enters bills may not read orders
            company = line.sudo().purchase_line_id.company_id
            if company != line.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(line)s” is of an order of %(company)s: bill it there.",
                        line=line.name,
                        company=company.name,
                    )
                )

    def _check_billed_values(self, vals):
        """Refuse other amounts on posted lines that milestones have billed or withheld."""
        changed = filter_changed(self, vals, BILLED_FIELDS)
        self._check_unchanged(
            changed.filtered("retention_order_id") | changed._get_billed_by_milestones()
        )

    def _check_not_billed_by_milestones(self):
        """Refuse posted lines of an order that milestones bill: retention would be missing."""
        self._check_unchanged(self._get_billed_by_milestones())

    def _get_billed_by_milestones(self):
        # sudo: purchase.order.line - who enters bills may not read orders
        return self.filtered(
            lambda line: line.sudo().purchase_line_id.qty_received_method == "milestones"
        )

    def _check_unchanged(self, lines):
        if lines:
            raise UserError(
                self.env._(
                    "Lines of a posted bill cannot be matched to an order that is billed by "
                    "milestones, nor changed, nor taken away from it: reset the bill to draft "
                    "first."
                )
            )

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------

    def _link_to_order_lines(self, order_lines):
        """Link each of these lines to the one of ``order_lines`` that it most likely bills.

        Their quantities and prices stay. What counts, in this order: the product, the taxes, an
        amount that is exactly or at most what is left to bill, and how alike the names are.
        """
        left = {line: line._get_unbilled_amount() for line in order_lines}
        for line in self:
            amount = line.price_subtotal * line.move_id._get_billing_sign()
            likeness = {
                order_line: line._get_likeness(order_line, amount, rest)
                for order_line, rest in left.items()
            }
            found = max(order_lines, key=likeness.get)
            left[found] -= amount
            line.purchase_line_id = found

    def _get_likeness(self, order_line, amount, left):
        """Return how likely it is that this line bills ``order_line``, to be compared.

        :param float amount: of this line, untaxed
        :param float left: what is left to bill of the order line
        """
        rest = order_line.currency_id.compare_amounts(left, amount)
        return (
            self.product_id == order_line.product_id,
            self.tax_ids._origin == order_line.tax_ids,
            not rest,
            rest > 0,
            SequenceMatcher(None, self.name or "", order_line.name or "").ratio(),
        )

    # ------------------------------------------------------------------
    # Copies, and what Odoo computes
    # ------------------------------------------------------------------

    def copy_data(self, default=None):
        # A bill's copy withholds and releases nothing: the ORM leaves out lines without values.
        vals_list = super().copy_data(default)
        if self.env.context.get("purchase_retention") is MADE_BY_US:
            return vals_list
        return [
            {} if line.retention_order_id else vals
            for line, vals in zip(self, vals_list, strict=True)
        ]

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account': a credit note gives back what the bill withheld.
        result = super()._copy_data_extend_business_fields(values)
        values["retention_order_id"] = self.retention_order_id.id
        values["retention_release_id"] = self.retention_release_id.id
        return result

    # Retention is a debt, no cost, and its account and taxes are those it was withheld with: what
    # Odoo computes of a line's product and partner is for the others.

    def _compute_account_id(self):
        return super(AccountMoveLine, self._without_retention())._compute_account_id()

    def _compute_tax_ids(self):
        return super(AccountMoveLine, self._without_retention())._compute_tax_ids()

    def _compute_analytic_distribution(self):
        return super(AccountMoveLine, self._without_retention())._compute_analytic_distribution()

    def _validate_analytic_distribution(self):
        return super(AccountMoveLine, self._without_retention())._validate_analytic_distribution()

    def _compute_epd_needed(self):
        # EXTENDS 'account': an early payment discount lessens the taxes of the retained part too.
        # Its lines belong to the cost, not to what is owed to the vendor.
        result = super()._compute_epd_needed()
        for line in self.filtered(lambda line: line.retention_order_id and line.epd_needed):
            account = line._get_cost_account()
            line.epd_needed = {
                frozendict({**key, "account_id": account.id}): values
                for key, values in line.epd_needed.items()
            }
        return result

    def _get_cost_account(self):
        """Return the account of the order's cost that this retention is withheld of."""
        # sudo: purchase.order - who enters bills may not read orders
        order = self.sudo().retention_order_id
        lines = self.move_id.invoice_line_ids | order.order_line.invoice_lines
        costs = lines.filtered(lambda line: not line.retention_order_id and line.account_id)
        same = costs.filtered(lambda line: line.tax_ids == self.tax_ids)
        return (same or costs)[:1].account_id or self.account_id

    def _without_retention(self):
        return self.filtered(
            lambda line: not line.retention_order_id and not line.retention_release_id
        )
