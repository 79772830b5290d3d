from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_is_zero

RECEIVED_FIELDS = {"qty_received", "qty_received_manual", "qty_received_method"}


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    def _ondelete_milestones(self):
        """Keep what was received once the addon is gone: by hand from then on."""
        names = ["qty_received_manual", "qty_received_method"]
        self.flush_recordset(["qty_received", *names])
        self.invalidate_recordset(names, flush=False)
        self.env.cr.execute(
            SQL(
                "UPDATE purchase_order_line SET qty_received_manual = qty_received,"
                " qty_received_method = 'manual' WHERE id = ANY(%s)",
                self.ids,
            )
        )

    qty_received_method = fields.Selection(
        selection_add=[("milestones", "Milestones")],
        ondelete={"milestones": _ondelete_milestones},
    )
    milestone_receipt_ids = fields.One2many(
        comodel_name="purchase.milestone.receipt",
        inverse_name="order_line_id",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )

    # ------------------------------------------------------------------
    # Received and billed
    # ------------------------------------------------------------------

    @api.depends("order_id.milestone_billing", "order_id.milestone_ids")
    def _compute_qty_received_method(self):
        result = super()._compute_qty_received_method()
        for line in self.filtered(lambda line: line.qty_received_method == "manual"):
            order = line.order_id.sudo()
            if order.milestone_billing == "bill" and order.milestone_ids:
                line.qty_received_method = "milestones"
        return result

    @api.depends("milestone_receipt_ids.quantity")
    def _compute_qty_received(self):
        return super()._compute_qty_received()

    def _prepare_qty_received(self):
        quantities = super()._prepare_qty_received()
        for line in self._billed_by_milestones():
            quantities[line] = sum(line._get_receipts_at_date().mapped("quantity"))
        return quantities

    def _get_receipts_at_date(self):
        """Return the receipts; for an accrual those of what was approved by its date."""
        receipts = self.sudo().milestone_receipt_ids
        date = fields.Date.to_date(self.env.context.get("accrual_entry_date"))
        return receipts.filtered(
            lambda receipt: (
                not date
                or fields.Date.context_today(receipt, receipt.milestone_id.date_approved) <= date
            )
        )

    @api.depends_context("accrual_entry_date")
    def _compute_amount_to_invoice_at_date(self):
        # EXTENDS 'purchase': a quantity at the order's price is not what milestones bill.
        result = super()._compute_amount_to_invoice_at_date()
        for line in self._billed_by_milestones():
            line.amount_to_invoice_at_date = line._get_amount_to_bill(self._date_in_the_past())
        return result

    @api.depends("qty_received_method")
    def _compute_qty_invoiced(self):
        result = super()._compute_qty_invoiced()
        for line in self._billed_by_milestones():
            if line.order_id.state == "purchase":
                # Services are “on ordered” by default; approved means received, whatever they are.
                line.qty_to_invoice = line.qty_received - line.qty_invoiced
        return result

    def _billed_by_milestones(self):
        return self.filtered(lambda line: line.qty_received_method == "milestones")

    # ------------------------------------------------------------------
    # What comes on a bill
    # ------------------------------------------------------------------

    def _get_left_to_receive(self):
        """Return ``(quantity, untaxed amount)`` that no approved milestone has taken yet."""
        receipts = self.sudo().milestone_receipt_ids
        return (
            self.product_qty - sum(receipts.mapped("quantity")),
            self.currency_id.round(self.price_subtotal - sum(receipts.mapped("amount"))),
        )

    def _get_amount_to_bill(self, at_date=False):
        """Return the untaxed amount that is approved and on no bill yet, drafts included.

        :param at_date: by the date of an accrual: of what was approved and dated until then
        """
        line = self.sudo()
        receipts = line._get_receipts_at_date() if at_date else line.milestone_receipt_ids
        billed = sum(
            bill_line.price_subtotal * bill_line.move_id._get_billing_sign()
            for bill_line in (line._get_invoice_lines() if at_date else line.invoice_lines)
            if bill_line.parent_state != "cancel"
        )
        return line.currency_id.round(sum(receipts.mapped("amount")) - billed)

    def _prepare_account_move_line(self, move=False):
        values = super()._prepare_account_move_line(move)
        if self._billed_by_milestones():
            values.update(
                self._prepare_milestone_price(self.qty_to_invoice, self._get_amount_to_bill(), move)
            )
        return values

    def _prepare_milestone_price(self, quantity, amount, move=False):
        """Return the values with which a bill's line has that quantity and untaxed amount."""
        refund = move and move.move_type == "in_refund"
        price = self._get_price_for(quantity, amount)
        if move and move.currency_id != self.currency_id:
            price = self.currency_id._convert(
                price, move.currency_id, self.company_id, move.date, round=False
            )
        values = {"quantity": -quantity if refund else quantity, "price_unit": price}
        if self.discount >= 100 and amount:
            values["discount"] = 0
        return values

    def _get_price_for(self, quantity, amount):
        """Return the unit price at which ``quantity`` is worth exactly ``amount`` before taxes.

        The order's own price where that needs no rounding: Odoo rounds a bill as a whole, so that
        what its lines round away would add up to coins that nobody approved.
        """
        at_price = self._get_untaxed(quantity, self.price_unit)
        # Of a price that includes taxes, all of the line comes to what was agreed, taxes included.
        is_whole = self._has_included_tax() and quantity == self.product_qty
        tolerance = self.currency_id.rounding / (1 if is_whole else 1000)
        if not quantity or float_is_zero(at_price - amount, precision_rounding=tolerance):
            return self.price_unit
        # Prices that include taxes: a line, and it starts above 0 where a tax is a fixed amount.
        start = self._get_untaxed(quantity, 0)
        slope = self._get_untaxed(quantity, 1_000_000) - start
        return 1_000_000 * (amount - start) / slope

    def _has_included_tax(self):
        return any(self.tax_ids.flatten_taxes_hierarchy().mapped("price_include"))

    def _get_untaxed(self, quantity, price):
        discount = 0 if self.discount >= 100 else self.discount
        if not self._has_included_tax():
            return quantity * price * (1 - discount / 100)
        AccountTax = self.env["account.tax"]
        base_line = {
            **self._prepare_base_line_for_taxes_computation(),
            "quantity": quantity,
            "price_unit": price,
            "discount": discount,
        }
        # Unrounded, also where the company rounds each line.
        AccountTax._add_tax_details_in_base_line(base_line, self.company_id, "round_globally")
        return base_line["tax_details"]["raw_total_excluded_currency"]

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Whatever the values or the context's defaults said.
        planned = lines._billed_by_milestones() | lines.filtered(
            lambda line: line.order_id.sudo()._bills_by_milestones()
        )
        for name in ("qty_received_method", "qty_received"):
            self.env.add_to_compute(self._fields[name], planned)
        return lines

    def write(self, vals):
        self._check_received(vals)
        return super().write(vals)

    def _check_received(self, vals):
        names = vals.keys() & RECEIVED_FIELDS
        if not vals.get("qty_received_manual"):
            names -= {"qty_received_manual"}  # Odoo empties it where nothing is entered by hand.
        driven = self._billed_by_milestones().filtered(
            lambda line: (
                line.order_id.sudo().milestone_ids
                and any(line[name] != vals[name] for name in names)
            )
        )
        if driven:
            raise UserError(
                self.env._(
                    "What is received of %(order)s follows from its approved milestones and "
                    "cannot be entered.",
                    order=driven.order_id[:1].name,
                )
            )
