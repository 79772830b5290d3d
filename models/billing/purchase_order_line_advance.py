"""Lines of an order that stand for what was paid in advance."""

from odoo import api, models


class PurchaseOrderLine(models.Model):
    """An advance is no part of the plan: it has no milestone, and bills recover it."""

    _inherit = "purchase.order.line"

    def _is_advance(self):
        """Return whether this line is a down payment, or a deposit of OCA's purchase_deposit."""
        is_deposit = "is_deposit" in self._fields and self.is_deposit
        return not self.display_type and (self.is_downpayment or is_deposit)

    @api.depends("is_downpayment")
    def _compute_qty_received_method(self):
        result = super()._compute_qty_received_method()
        for line in self.filtered(lambda line: line.qty_received_method == "milestones"):
            if line._is_advance():
                line.qty_received_method = "manual"
        return result

    @api.depends("is_downpayment", "order_id.milestone_billing", "order_id.milestone_ids")
    def _compute_qty_invoiced(self):
        result = super()._compute_qty_invoiced()
        for line in self.filtered(lambda line: line._is_advance()):
            # sudo: purchase.order - whoever orders need not see milestones
            if line.order_id.sudo()._bills_by_milestones():
                # Recovered with what comes to be billed; by itself it is nothing to bill.
                line.qty_to_invoice = 0
        return result

    def _prepare_account_move_line(self, move=False):
        values = super()._prepare_account_move_line(move)
        # sudo: purchase.order - accountants need not see milestones
        order = self.order_id.sudo()
        if self._is_advance() and order._bills_by_milestones():
            values["quantity"] = 0
            to_bill = order._get_to_bill()
            retention = order._prepare_planned_retention(to_bill, order.milestone_ids.browse())
            for recovery in order._prepare_recovery_lines(to_bill, retention):
                if recovery["purchase_line_id"] == self.id:
                    values.update(quantity=recovery["quantity"], price_unit=recovery["price_unit"])
        return values

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------

    def _get_advance_amounts(self, moves=None):
        """Return ``(paid, recovered)``, untaxed and in the order's currency.

        :param moves: those that count; by default posted bills, and drafts that recover
        """
        amounts = [amount for _quantity, amount in self._get_advance_entries(moves)]
        paid = sum(amount for amount in amounts if amount > 0)
        return paid, -sum(amount for amount in amounts if amount < 0)

    def _get_advance_left(self):
        """Return ``(quantity, untaxed amount)`` that was paid in advance and is not recovered."""
        entries = self._get_advance_entries()
        return (
            sum(quantity for quantity, _amount in entries),
            self.currency_id.round(sum(amount for _quantity, amount in entries)),
        )

    def _get_advance_entries(self, moves=None):
        """Return ``[(quantity, untaxed amount)]`` of its bill lines, below 0 what recovers."""
        entries = []
        for line in self.invoice_lines:
            move, sign = line.move_id, line.move_id._get_billing_sign()
            amount = move.currency_id._convert(
                line.price_subtotal * sign,
                self.currency_id,
                self.company_id,
                move.invoice_date or move.date or self.date_order,
            )
            counts = move.state == "posted" or (move.state == "draft" and amount < 0)
            if move in moves if moves is not None else counts:
                unit = self.product_uom_id
                quantity = line.product_uom_id._compute_quantity(line.quantity, unit)
                entries.append((quantity * sign, amount))
        return entries

    def _prepare_recovery_values(self, amount):
        """Return values of the bill line that recovers ``amount`` of what is left of this."""
        quantity_left, amount_left = self._get_advance_left()
        quantity = self.env["purchase.milestone.receipt"]._get_quantity(
            amount, quantity_left, amount_left
        )
        values = super()._prepare_account_move_line()
        paid = self.invoice_lines.filtered(lambda line: line.parent_state == "posted")
        return {
            **values,
            "quantity": -quantity,
            "price_unit": self._get_price_for(quantity, amount),
            "account_id": paid[:1].account_id.id,
        }
