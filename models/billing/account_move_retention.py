"""Lines on a retention account that no order owns: typed by hand, or copied by other modules."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list


class AccountMove(models.Model):
    """What a bill of an order books as retention is the order's retention, or is not posted."""

    _inherit = "account.move"

    @api.depends("invoice_line_ids.account_id")
    def _compute_retention_differs(self):
        result = super()._compute_retention_differs()
        for move in self.filtered(lambda move: move.state == "draft"):
            # sudo: account.move - the account says whose retention a line is, not the user's rights
            bill = move.sudo()
            if len(bill._get_milestone_orders()) > 1 and bill._get_foreign_retention_lines():
                move.retention_differs = True
        return result

    def _get_foreign_retention_lines(self):
        """Return the lines of this bill on retention accounts that are no order's retention."""
        lines = self.invoice_line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "liability_current"
                and not line.retention_order_id
                and not line.purchase_line_id
            )
        )
        accounts = lines.account_id._filter_retention() if lines else lines.account_id
        return lines.filtered(lambda line: line.account_id in accounts)

    def _get_retention_lines(self, order):
        # On a draft of one order, also those that posting takes over.
        lines = super()._get_retention_lines(order)
        if self.state == "draft" and self._get_milestone_orders() == order:
            lines |= self._get_foreign_retention_lines()
        return lines

    def _write_retention(self):
        # sudo: account.move - purchase users cannot delete lines of bills
        for move in self.sudo():
            if len(move._get_milestone_orders()) > 1:
                # Nobody can say whose these are.
                foreign = move._get_foreign_retention_lines()
                move.write({"invoice_line_ids": [Command.delete(line.id) for line in foreign]})
        return super()._write_retention()

    def _check_before_posting(self):
        for move in self:
            move._take_over_retention()
        return super()._check_before_posting()

    def _take_over_retention(self):
        """Make the lines on retention accounts the retention of the order of this bill."""
        orders = self._get_milestone_orders()
        if not orders and not self.line_ids.retention_release_id:
            return
        foreign = self._get_foreign_retention_lines()
        if foreign and len(orders) != 1:
            raise UserError(
                self.env._(
                    "%(lines)s: booked on the retention account, but not as the retention of one "
                    "order. Press “Update Retention”, or choose another account.",
                    lines=format_list(self.env, foreign.mapped("display_name")),
                )
            )
        if foreign:
            foreign._write_guarded({"retention_order_id": orders.id})
