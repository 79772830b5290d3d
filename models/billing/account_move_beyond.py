"""Bills that take more of an order line than was approved of it."""

from markupsafe import Markup

from odoo import api, fields, models

from ...tools.checks import INTERNAL


class AccountMove(models.Model):
    """A vendor bill that says which order lines it bills beyond their approval.

    An order as a whole is never billed beyond what is approved; that is refused. Milestones do not
    say which line a vendor bills first, so that a single line may be ahead of its approval.
    """

    _inherit = "account.move"

    beyond_approval = fields.Text(
        string="Billed Beyond Approval",
        compute="_compute_beyond_approval",
        groups=INTERNAL,
        help="The order lines of which posted bills and this one bill more than was approved.",
    )

    @api.depends("state", "invoice_line_ids.price_subtotal", "invoice_line_ids.purchase_line_id")
    def _compute_beyond_approval(self):
        for move in self:
            # sudo: purchase.order.line - who reads the bill need not read its orders
            lines = move.sudo()._describe_beyond_approval() if move.state == "draft" else []
            move.beyond_approval = "\n".join(lines)

    def _describe_beyond_approval(self):
        """Return a sentence for each order line that is billed beyond its approval."""
        sentences = []
        by_line = self.invoice_line_ids.grouped(lambda line: line.purchase_line_id._origin)
        for line in self.invoice_line_ids.purchase_line_id._billed_by_milestones()._origin:
            matched = by_line[line]
            posted = line.invoice_lines.filtered(
                lambda bill_line: (
                    bill_line.parent_state == "posted" and bill_line.move_id != self._origin
                )
            )
            own = line._get_billed_amount(matched)
            billed = line._get_billed_amount(posted) + own
            approved = sum(line.milestone_receipt_ids.mapped("amount"))
            if own > 0 and billed > approved and not line._is_coin(billed - approved):
                sentences.append(
                    self.env._(
                        "%(line)s: approved %(approved)s, billed %(billed)s",
                        line=line.name,
                        approved=line.currency_id.format(approved),
                        billed=line.currency_id.format(billed),
                    )
                )
        return sentences

    def _log_beyond_approval(self):
        """Write into the history of this posted bill which lines it bills beyond approval."""
        sentences = self._describe_beyond_approval()
        if sentences:
            items = Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences)
            title = self.env._("Billed beyond what was approved of these order lines:")
            self._message_log(body=Markup("%s<ul>%s</ul>") % (title, items))
