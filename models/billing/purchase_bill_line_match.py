from odoo import api, models
from odoo.tools import SQL


class PurchaseBillLineMatch(models.Model):
    """Purchase Matching, where lines of bills keep their amounts and retention is left aside."""

    _inherit = "purchase.bill.line.match"

    @api.model
    def _select_am_line(self):
        # EXTENDS 'purchase': retention is matched to no order line.
        return SQL(
            "%s AND aml.retention_order_id IS NULL AND aml.retention_release_id IS NULL",
            super()._select_am_line(),
        )

    def action_match_lines(self):
        # EXTENDS 'purchase': Odoo replaces lines of bills that it cannot match by product. Those
        # that are matched to an order billed by milestones are kept.
        order_lines = self.pol_id._billed_by_milestones()
        if not order_lines or not self.aml_id:
            return super().action_match_lines()
        others = self.pol_id - order_lines
        lines = self.aml_id.filtered(lambda line: line.product_id not in others.product_id)
        lines._link_to_order_lines(order_lines)
        rest = self.filtered(lambda match: match.pol_id in others or match.aml_id - lines)
        if rest.aml_id:
            super(PurchaseBillLineMatch, rest).action_match_lines()
        elif others and len(bill := lines.move_id) == 1:
            bill._add_purchase_order_lines(others)
        return True

    @api.model
    def _action_create_bill_from_po_lines(self, partner, po_lines):
        order_lines = po_lines._billed_by_milestones()
        if order_lines == po_lines and not any(line._get_amount_to_bill() for line in order_lines):
            raise order_lines.order_id._nothing_to_bill()
        return super()._action_create_bill_from_po_lines(partner, po_lines)
