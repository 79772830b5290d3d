"""Bills that come with amounts of their own are linked to orders, and never rewritten."""

from odoo import api, models
from odoo.fields import Domain

# As `purchase` lets pass between the total of a bill and that of an order.
TOLERANCE = 0.02


class AccountMove(models.Model):
    """A vendor bill that finds the order that it belongs to.

    Odoo replaces the lines of a matched bill by those of its order. Of an order that is billed by
    milestones the amounts on the bill are kept: its lines are linked to those of the order.
    """

    _inherit = "account.move"

    # ------------------------------------------------------------------
    # Which order
    # ------------------------------------------------------------------

    def _match_purchase_orders(self, po_references, partner_id, amount_total, from_ocr, timeout):
        # EXTENDS 'purchase': what is left to bill of such an order is an amount of its milestones.
        order_lines = self.env["purchase.order.line"]
        if orders := self._find_orders_by_reference(po_references, partner_id):
            if self._find_other_orders(po_references, partner_id) - orders:
                # Nobody can say which of its lines are whose.
                return "no_match", order_lines, None
            return "total_match", orders.order_line, None
        method, lines, bill_lines = super()._match_purchase_orders(
            po_references, partner_id, amount_total, from_ocr, timeout
        )
        # sudo: purchase.order - who imports bills may not see milestones
        others = lines.filtered(lambda line: not line.order_id.sudo()._bills_by_milestones())
        orders = self._find_orders_by_total(partner_id, amount_total)
        if others and not orders:
            return method, lines, bill_lines
        if len(orders) == 1 and not others:
            return "total_match", orders.order_line, None
        return "no_match", order_lines, None

    def _find_orders_by_reference(self, references, partner_id):
        """Return the orders billed by milestones that this bill names, with a rest to bill."""
        orders = self.env["purchase.order"]
        if references:
            domain = self._get_milestone_orders_domain(partner_id)
            orders = orders.search(domain & Domain("name", "in", references)) or orders.search(
                domain & Domain("partner_ref", "in", references)
            )
        # sudo: purchase.order - who imports bills may not see milestones
        return orders.filtered(
            lambda order: self.move_type == "in_refund" or order.sudo()._get_rest_to_bill()
        )

    def _find_other_orders(self, references, partner_id):
        """Return the orders that this bill names, whichever way they are billed, with a rest."""
        domain = Domain("name", "in", references) | Domain("partner_ref", "in", references)
        return self.env["purchase.order"].search(
            domain
            & self._get_orders_domain(partner_id)
            & Domain("invoice_status", "=", "to invoice")
        )

    def _find_orders_by_total(self, partner_id, total):
        """Return the orders of that vendor of which ``total``, taxes included, is to be billed.

        That is what is approved and not billed, or all that is not billed.
        """
        if not partner_id or not total or self.move_type != "in_invoice":
            return self.env["purchase.order"]
        orders = self.env["purchase.order"].search(
            self._get_milestone_orders_domain(partner_id)
            & Domain("amount_total", ">=", total - TOLERANCE)
            & Domain("milestone_ids.billing_state", "in", ("nothing", "to_bill"))
        )
        # sudo: purchase.order - who imports bills may not see milestones
        return orders.filtered(
            lambda order: any(
                abs(order._get_total_of(amounts) - total) <= TOLERANCE
                for amounts in (order.sudo()._get_to_bill(), order.sudo()._get_rest_to_bill())
            )
        )

    def _get_milestone_orders_domain(self, partner_id):
        by_milestones = [("milestone_billing", "=", "bill"), ("milestone_ids", "!=", False)]
        return self._get_orders_domain(partner_id) & Domain(by_milestones)

    def _get_orders_domain(self, partner_id):
        domain = Domain([("company_id", "=", self.company_id.id), ("state", "=", "purchase")])
        if partner_id:
            vendor = self.env["res.partner"].browse(partner_id).commercial_partner_id
            domain &= Domain("partner_id", "child_of", vendor.id)
        return domain

    # ------------------------------------------------------------------
    # Which lines
    # ------------------------------------------------------------------

    def _set_purchase_orders(self, purchase_orders, force_write=True):
        # EXTENDS 'purchase': the lines of such a bill are kept.
        # sudo: purchase.order - who imports bills may not see milestones
        by_milestones = purchase_orders.filtered(lambda order: order.sudo()._bills_by_milestones())
        others, result = purchase_orders - by_milestones, None
        if others:
            result = super()._set_purchase_orders(others, force_write and not by_milestones)
        for order in by_milestones:
            self._add_purchase_order_lines(order.order_line)
        if by_milestones:
            self.invoice_origin = ", ".join(by_milestones.mapped("name"))
        return result

    def _add_purchase_order_lines(self, purchase_order_lines):
        # EXTENDS 'purchase': lines that are there are linked. Without any, those of the order come
        # with what is to be billed.
        by_milestones = purchase_order_lines._billed_by_milestones()
        if not by_milestones:
            return super()._add_purchase_order_lines(purchase_order_lines)
        others = purchase_order_lines - by_milestones
        if lines := self._get_unmatched_lines(by_milestones):
            lines._link_to_order_lines(by_milestones)
            others = others.filtered(lambda line: not line.display_type)
        else:
            others += by_milestones.filtered(lambda line: line._get_amount_to_bill())
        added = purchase_order_lines & others
        if all(added.mapped("display_type")):
            return None
        return super()._add_purchase_order_lines(added)

    def _get_unmatched_lines(self, order_lines):
        """Return the lines that can be matched to ``order_lines``: without another product."""
        return self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and not line.purchase_line_id
                and not line.retention_order_id
                and line.product_id in (line.product_id.browse(), *order_lines.product_id)
            )
        )

    # onchange: Odoo does not inherit the mark, and without it an old bill would not be copied.
    @api.onchange("invoice_vendor_bill_id")
    def _onchange_invoice_vendor_bill(self):
        # EXTENDS 'account': the copy of an old bill withholds nothing, and has no line for that.
        before, source = self.invoice_line_ids, self.invoice_vendor_bill_id.invoice_line_ids
        result = super()._onchange_invoice_vendor_bill()
        if source.filtered("retention_order_id"):
            for old, new in zip(source, self.invoice_line_ids - before, strict=True):
                if old.retention_order_id:
                    self.invoice_line_ids -= new
        return result
