"""What may not be done to the lines of an order that is billed by its milestones."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list

RECEIVED_FIELDS = {"qty_received", "qty_received_manual", "qty_received_method"}


class PurchaseOrderLine(models.Model):
    """No line leaves its order once something has happened to it; an accepted order is complete."""

    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        default_order_id = self.default_get(["order_id"]).get("order_id")
        orders = self.env["purchase.order"].browse(
            {vals.get("order_id", default_order_id) for vals in vals_list} - {None, False}
        )
        with orders._keeping_accepted_plan():
            lines = super().create(vals_list)
            # Whatever the values or the context's defaults said.
            # sudo: purchase.order - the caller may not see milestones
            planned = lines._billed_by_milestones() | lines.filtered(
                lambda line: line.order_id.sudo()._bills_by_milestones()
            )
            for name in ("qty_received_method", "qty_received"):
                self.env.add_to_compute(self._fields[name], planned)
        return lines

    def write(self, vals):
        orders = self.order_id
        if "order_id" in vals:
            target = orders.browse(vals["order_id"])
            self._check_may_leave(target)
            orders |= target
        with orders._keeping_accepted_plan():
            self._check_received(vals)
            return super().write(vals)

    def _check_received(self, vals):
        names = vals.keys() & RECEIVED_FIELDS
        if not vals.get("qty_received_manual"):
            names -= {"qty_received_manual"}  # Odoo empties it where nothing is entered by hand.
        # sudo: purchase.order - the caller may not see milestones
        by_milestones = self._billed_by_milestones().filtered(
            lambda line: (
                line.order_id.sudo().milestone_ids
                and any(line[name] != vals[name] for name in names)
            )
        )
        if by_milestones:
            raise UserError(
                self.env._(
                    "What is received of %(order)s follows from its approved milestones and "
                    "cannot be entered.",
                    order=by_milestones.order_id[:1].name,
                )
            )

    def _check_may_leave(self, target):
        """Refuse to move lines to ``target`` of which something is approved, received or billed."""
        # sudo: purchase.order.line - whoever moves a line need not read bills and approvals
        moved = self.sudo().filtered(lambda line: line.order_id != target)
        # sudo: purchase.order - whoever moves a line need not see milestones
        target = target.sudo()
        kept = moved.filtered(
            lambda line: (
                (line.order_id | target).filtered(lambda o: o._bills_by_milestones())
                and (line.milestone_receipt_ids or line.qty_received or line.invoice_lines)
            )
        )
        if kept:
            raise UserError(
                self.env._(
                    "Something of these lines has been approved, received or billed, so they stay "
                    "on their order: %(lines)s. Change the quantity or the price of the line, and "
                    "add a new one to the other order.",
                    lines=format_list(self.env, kept.mapped("name")),
                )
            )
