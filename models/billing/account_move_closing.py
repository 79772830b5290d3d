"""Credit notes that are for good: what they give back of milestones is not billed again."""

from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import INTERNAL


class AccountMove(models.Model):
    """A credit note that says whether what it gives back will be billed again."""

    _inherit = "account.move"

    closes_milestones = fields.Boolean(
        string="For Good",
        copy=False,
        groups=INTERNAL,
        help="What this credit note gives back of milestones is closed once it is posted: it "
        "cannot be billed again.",
    )

    def write(self, vals):
        if "closes_milestones" in vals:
            # sudo: account.move - portal users have no access to the field
            posted = self.sudo().filtered(
                lambda move: (
                    move.state == "posted"
                    and move.closes_milestones != bool(vals["closes_milestones"])
                )
            )
            if posted:
                raise UserError(
                    self.env._(
                        "Whether a credit note is for good cannot be changed once it is posted: "
                        "%(names)s. Reset it to draft first.",
                        names=format_list(self.env, posted.mapped("name")),
                    )
                )
        return super().write(vals)

    def _get_closing_credits(self):
        return self.filtered(lambda move: move.move_type == "in_refund" and move.closes_milestones)

    def _close_credited(self):
        """Close what these credit notes, which have just been posted, give back."""
        for move in self._get_closing_credits():
            for order in move._get_milestone_orders():
                weights = defaultdict(float)
                order_lines = order._get_lines_billed_by_milestones()
                for line in move.invoice_line_ids.filtered("purchase_line_id"):
                    if line.purchase_line_id in order_lines:
                        weights[line.purchase_line_id] += line.price_subtotal
                closed = order._get_given_back(move)
                for milestone, amount in closed.items():
                    parts = milestone._close(amount, weights, move)
                    for order_line, part in parts.items():
                        weights[order_line] -= part
                order.milestone_ids._log_closing(closed, move._get_html_link())

    def _reopen_credited(self):
        """Take back what these credit notes, which are posted no longer, have closed."""
        for move in self._get_closing_credits():
            receipts = self.env["purchase.milestone.receipt"]
            receipts = receipts.search([("credit_note_id", "=", move.id)])
            milestones = receipts.milestone_id
            before = {milestone: milestone.amount_closed for milestone in milestones}
            milestones._reopen(receipts)
            changes = {m: m.amount_closed - amount for m, amount in before.items()}
            changes = {m: amount for m, amount in changes.items() if amount}
            milestones._log_closing(changes, move._get_html_link())
