from odoo import api, fields, models
from odoo.tools import SQL, float_is_zero, float_round


class PurchaseOrderLine(models.Model):
    """An order line that milestones receive and bill, in amounts that quantities follow."""

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
            # sudo: purchase.order - the caller may not see milestones
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
        """Return the receipts; for an accrual those of approvals and closings until its date."""
        # sudo: purchase.milestone.receipt - the caller may not see milestones
        receipts = self.sudo().milestone_receipt_ids
        date = fields.Date.to_date(self.env.context.get("accrual_entry_date"))
        return receipts.filtered(lambda receipt: not date or receipt._get_date() <= date)

    @api.depends_context("accrual_entry_date")
    def _compute_amount_to_invoice_at_date(self):
        # EXTENDS 'purchase': a quantity at the order's price is not what milestones bill.
        result = super()._compute_amount_to_invoice_at_date()
        for line in self._billed_by_milestones():
            line.amount_to_invoice_at_date = line._get_amount_to_bill(self._date_in_the_past())
        return result

    @api.depends(
        "qty_received_method",
        "product_qty",
        "price_subtotal",
        "milestone_receipt_ids.amount",
        "invoice_lines.price_subtotal",
        "order_id.milestone_ids.amount_billed",
    )
    def _compute_qty_invoiced(self):
        result = super()._compute_qty_invoiced()
        for order, lines in self._billed_by_milestones().grouped("order_id").items():
            if order.state == "purchase":
                # Services are billed on ordered quantities by default. Here approved means
                # received, and only an amount can be billed.
                # sudo: account.move - a buyer may not read all bills of the order
                has_amount = order.sudo()._has_amount_to_bill()
                for line in lines.filtered(lambda line: line._has_odoos_quantity_to_bill()):
                    line.qty_to_invoice = has_amount and line.qty_received - line.qty_invoiced
        return result

    def _has_odoos_quantity_to_bill(self):
        """Return whether the quantity to bill is what Odoo alone makes of this line.

        Another addon may say that nothing more is to be billed; then that holds.
        """
        on_order = self.product_id.purchase_method == "purchase"
        quantity = (self.product_qty if on_order else self.qty_received) - self.qty_invoiced
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return float_is_zero(self.qty_to_invoice - quantity, precision_digits=digits)

    def _prepare_qty_invoiced(self):
        quantities = super()._prepare_qty_invoiced()
        for line in self._billed_by_milestones():
            if not line._is_free():
                # sudo: account.move - a buyer may not read all bills of the order
                quantities[line] = line.sudo()._get_billed_quantity()
        return quantities

    def _is_free(self):
        """Return whether the line and what milestones have taken of it are worth nothing."""
        # sudo: purchase.milestone.receipt - the caller may not see milestones
        amounts = [self.price_subtotal, *self.sudo().milestone_receipt_ids.mapped("amount")]
        return not any(amounts)

    def _get_billed_quantity(self):
        """Return the quantity that goes with the untaxed amount on the bills of this line.

        The amount decides, whatever quantities the bills say. Of a line of 1 x 100,000, of which
        40,000 is approved and received as 0.4, a bill of "1 x 30,000" takes 0.3, and a bill of the
        whole 40,000 exactly what is received. What is billed beyond takes of the rest of the line.
        """
        billed = self._get_billed_amount(self._get_invoice_lines())
        receipts = self._get_receipts_at_date()
        received = sum(receipts.mapped("amount"))
        quantity = sum(receipts.mapped("quantity"))
        if self._is_coin(billed - received):
            return quantity
        left = self.price_subtotal - received
        if received and 0 < billed / received < 1 or not left:
            result = quantity * billed / received if received else 0
        else:
            result = quantity + (self.product_qty - quantity) * (billed - received) / left
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        unit = 10**-digits if self.product_qty >= 0 else -(10**-digits)
        result = float_round(result, precision_digits=digits)
        if billed and float_is_zero(result, precision_digits=digits):
            result = unit
        if float_is_zero(result - quantity, precision_digits=digits):
            # What is not billed to the coin leaves a quantity to bill, or takes one too much.
            below = (billed - received) * (self.price_subtotal or received) < 0
            result += -unit if below else unit
        return result

    def _billed_by_milestones(self):
        return self.filtered(lambda line: line.qty_received_method == "milestones")

    # ------------------------------------------------------------------
    # What comes on a bill
    # ------------------------------------------------------------------

    def _get_left_to_receive(self):
        """Return ``(quantity, untaxed amount)`` that no approved milestone has taken yet."""
        # sudo: purchase.milestone.receipt - the caller may not see milestones
        receipts = self.sudo().milestone_receipt_ids
        return (
            self.product_qty - sum(receipts.mapped("quantity")),
            self.currency_id.round(self.price_subtotal - sum(receipts.mapped("amount"))),
        )

    def _get_amount_to_bill(self, at_date=False):
        """Return the untaxed amount that is approved and on no bill yet, drafts included.

        :param at_date: by the date of an accrual: of what was approved and dated until then
        """
        # sudo: account.move - a buyer may not read all bills of the order
        line = self.sudo()
        receipts = line._get_receipts_at_date() if at_date else line.milestone_receipt_ids
        bill_lines = line._get_invoice_lines() if at_date else line.invoice_lines
        billed = line._get_billed_amount(bill_lines)
        amount = line.currency_id.round(sum(receipts.mapped("amount")) - billed)
        return 0 if line._is_coin(amount) else amount

    def _get_billed_amount(self, bill_lines):
        """Return the untaxed amount of those of ``bill_lines`` whose bill is not cancelled."""
        return sum(
            line.price_subtotal * line.move_id._get_billing_sign()
            for line in bill_lines
            if line.parent_state != "cancel"
        )

    def _get_unbilled_amount(self):
        """Return the untaxed amount of the line that is on no bill, approved or not."""
        # sudo: account.move - a buyer may not read all bills of the order
        line = self.sudo()
        billed = line._get_billed_amount(line.invoice_lines)
        return line.currency_id.round(line.price_subtotal - billed)

    def _is_coin(self, amount):
        """Return whether ``amount`` is zero, or what prices that include taxes cannot hit.

        All that milestones have taken of a line at once is no such rest, however small it is.
        """
        coins = len(self.invoice_lines) if self._has_included_tax() else 0
        # sudo: purchase.milestone.receipt - the caller may not see milestones
        receipts = [abs(receipt.amount) for receipt in self.sudo().milestone_receipt_ids]
        least = min(filter(None, receipts), default=float("inf"))
        return abs(amount) < min(self.currency_id.rounding * (coins + 0.5), least)

    def _prepare_account_move_line(self, move=False):
        values = super()._prepare_account_move_line(move)
        if self._billed_by_milestones():
            values.update(self._prepare_milestone_price(self._get_amount_to_bill(), move))
        return values

    def _prepare_milestone_price(self, amount, move=False):
        """Return the quantity and the price with which a bill's line has that untaxed amount."""
        refund = move and move.move_type == "in_refund"
        quantity = self._get_quantity_to_bill(amount)
        price = self._get_price_for(quantity, amount)
        if move and move.currency_id != self.currency_id:
            price = self.currency_id._convert(
                price, move.currency_id, self.company_id, move.date, round=False
            )
        values = {"quantity": -quantity if refund else quantity, "price_unit": price}
        if self.discount >= 100 and amount:
            values["discount"] = 0
        return values

    def _get_quantity_to_bill(self, amount):
        """Return the part of the quantity to bill that goes with ``amount``: a unit at least."""
        to_bill = self._get_amount_to_bill()
        quantity = self.qty_received - self.qty_invoiced
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if to_bill and self.currency_id.compare_amounts(amount, to_bill):
            quantity *= amount / to_bill
        quantity = float_round(quantity, precision_digits=digits)
        if amount and float_is_zero(quantity, precision_digits=digits):
            quantity = 10**-digits
        return quantity

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
