"""The vendor bill that pays released retention out."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...tools.prorate import prorate


class PurchaseRetentionRelease(models.Model):
    _inherit = "purchase.retention.release"

    bill_id = fields.Many2one(
        comodel_name="account.move",
        string="Release Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Pays out what is released; once it is posted, the release is done.",
    )
    is_billed = fields.Boolean(
        string="Waiting For Its Bill",
        compute="_compute_is_billed",
        compute_sudo=True,
        help="The amount is reserved until the bill is posted.",
    )

    @api.depends("state", "bill_id")
    def _compute_is_billed(self):
        for release in self:
            release.is_billed = release._is_reserved()

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "bill_id": False}

    def _is_reserved(self):
        # By its draft bill, until that is posted.
        return super()._is_reserved() or (self.state == "draft" and bool(self.bill_id))

    def _execute(self):
        if not self.order_id._bills_by_milestones():
            return super()._execute()
        self._create_bill()
        return self._log_on_order(self.env._("Bill made for the release of retention"))

    def _undo(self):
        return self._drop_bill() if self.bill_id else super()._undo()

    def _create_bill(self):
        """Make the draft bill that releases; it reserves the amount until it is posted."""
        self.ensure_one()
        order = self.order_id.with_company(self.company_id)
        open_lines = order.retention_line_ids.filtered(lambda line: line.parent_state == "posted")
        amounts = prorate(self.amount, self._less_reserved(open_lines), self.currency_id)
        released = {key: -amount for key, amount in amounts.items() if amount}
        lines = order._prepare_retention_lines(
            released,
            "in_invoice",
            name=self.env._("Retention released: %(order)s", order=order.name),
            retention_release_id=self.id,
        )
        bill = (
            self.env["account.move"]
            ._with_retention()
            .create(
                {
                    **order._prepare_invoice(),
                    "invoice_line_ids": [Command.create(line) for line in lines],
                }
            )
        )
        self._write_guarded({"bill_id": bill.id})
        return bill.with_env(self.env)

    def _less_reserved(self, lines):
        """Return ``{(account, taxes): amount}`` open in the books and not reserved by drafts."""
        weights = self.order_id._get_open_retention(lines)
        reserved = self.order_id.retention_line_ids.filtered(
            lambda line: line.retention_release_id._is_reserved() and line.parent_state == "draft"
        )
        for line in reserved:
            if (line.account_id, line.tax_ids) in weights:
                weights[line.account_id, line.tax_ids] -= line.price_subtotal
        return weights

    def _check_bill(self, move):
        """Refuse to post ``move`` unless it releases, or takes back, what was decided."""
        for release in self:
            if not release._is_open_for(move):
                raise UserError(
                    self.env._(
                        "The release of retention on %(order)s, which this belongs to, is "
                        "cancelled or not done yet. Cancel this draft; have a new release made.",
                        order=release.order_id.name,
                    )
                )
            lines = move.line_ids.filtered(lambda line, r=release: line.retention_release_id == r)
            total = sum(lines.mapped("price_subtotal"))
            withheld = release._get_withholding_lines()
            if (
                move.currency_id != release.currency_id
                or release.currency_id.compare_amounts(total, release.amount)
                or _kinds(lines) - _kinds(withheld)
            ):
                raise UserError(
                    self.env._(
                        "The retention on this bill is not the %(amount)s of the release on "
                        "%(order)s. Have the release cancelled and make a new one.",
                        amount=release.currency_id.format(release.amount),
                        order=release.order_id.name,
                    )
                )

    def _is_open_for(self, move):
        """Return whether ``move`` is the bill that it waits for, or credits the one that it had."""
        if move.move_type == "in_refund":
            return self.state == "done"
        return self.state == "draft" and self.bill_id == move

    def _check_unposting(self):
        """Refuse to take one half back of a bill and the credit note that cancelled its release."""
        if self.filtered(lambda release: release.state == "cancelled"):
            raise UserError(
                self.env._(
                    "This belongs to a release of retention that is cancelled, and stays posted. "
                    "Have a new release made."
                )
            )

    def _get_withholding_lines(self):
        return self.order_id.retention_line_ids.filtered(
            lambda line: not line.retention_release_id and line.parent_state == "posted"
        )

    def _follow_bill(self):
        """Take the status from the bill: done once posted, cancelled once gone or credited."""
        for release in self.exists().filtered(lambda release: release.state != "cancelled"):
            bill = release.bill_id
            credited = release.order_id.retention_line_ids.filtered(
                lambda line, r=release: (
                    line.retention_release_id == r
                    and line.move_id.move_type == "in_refund"
                    and line.parent_state == "posted"
                )
            )
            if not bill or bill.state == "cancel" or credited:
                state, event = "cancelled", self.env._("Release of retention cancelled")
            elif bill.state == "posted":
                state, event = "done", self.env._("Retention released")
            else:
                state, event = "draft", self.env._("Release waits for its bill again")
            if state != release.state:
                release._write_guarded({"state": state})
                release._log_on_order(event)

    def _drop_bill(self):
        """Delete the draft bill of a release that is taken back."""
        bill = self.bill_id
        if bill.state == "posted":
            raise UserError(
                self.env._(
                    "This release has been posted: have its bill %(bill)s reversed.",
                    bill=bill.name,
                )
            )
        if bill.posted_before:
            bill.button_cancel()
        else:
            bill.unlink()


def _kinds(lines):
    return {(line.account_id, line.tax_ids) for line in lines}
