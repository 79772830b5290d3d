"""The vendor bill that pays released retention out, or the credit note that forfeits it."""

import textwrap

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list

from ...tools.checks import check_obstacles
from ...tools.prorate import prorate


class PurchaseRetentionRelease(models.Model):
    """Where milestones drive the bills, a release is done once its bill is posted."""

    _inherit = "purchase.retention.release"

    bill_id = fields.Many2one(
        comodel_name="account.move",
        string="Release Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Pays out what is released, or credits what is forfeited. Once it is posted, the "
        "release is done.",
    )
    status = fields.Selection(
        selection_add=[("waiting", "Waiting for Its Bill"), ("done",)],
        ondelete={"waiting": "set draft"},
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

    @api.depends("bill_id")
    def _compute_status(self):
        result = super()._compute_status()
        for release in self:
            if release._is_reserved():
                release.status = "waiting"
        return result

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
        return self._log_on_order(self._get_event("billed"))

    def _get_event(self, state):
        if state != "billed":
            return super()._get_event(state)
        if self.outcome == "pay":
            return self.env._("Bill made for the release of retention")
        return self.env._("Credit note made for the forfeiture of retention")

    def _undo(self):
        return self._drop_bill() if self.bill_id else super()._undo()

    def _get_bill_type(self):
        return "in_invoice" if self.outcome == "pay" else "in_refund"

    def _create_bill(self):
        """Make the draft that releases or forfeits; it reserves the amount until it is posted."""
        self.ensure_one()
        order = self.order_id.with_company(self.company_id)
        move_type = self._get_bill_type()
        amounts = prorate(self.amount, self._get_retention_to_release(), self.currency_id)
        lines = self._prepare_bill_lines({key: part for key, part in amounts.items() if part})
        bill = (
            self.env["account.move"]
            ._with_retention()
            .create(
                {
                    **order.with_context(default_move_type=move_type)._prepare_invoice(),
                    **self._prepare_bill_reference(),
                    "invoice_line_ids": [Command.create(line) for line in lines],
                }
            )
        )
        self._write_guarded({"bill_id": bill.id})
        bill._message_log(
            body=self.env._(
                "%(event)s: %(release)s, %(order)s. %(reason)s",
                event=self._get_event("billed"),
                release=self.name,
                order=order.name,
                reason=self.reason,
            )
        )
        return bill.with_env(self.env)

    def _prepare_bill_reference(self):
        """Return the values by which accounting knows the release: number, order and reason."""
        reason = textwrap.shorten(self.reason, 80, placeholder="…")
        return {
            "invoice_origin": f"{self.order_id.name}, {self.name}",
            "ref": f"{self.name}: {reason}",
        }

    def _prepare_bill_lines(self, amounts):
        """Return values of the lines that take ``{(account, taxes): amount}`` off the account."""
        name = self.env._("Retention released: %(order)s", order=self.order_id.name)
        if self.outcome == "forfeit":
            name = self.env._("Retention forfeited: %(order)s", order=self.order_id.name)
        return self.order_id._prepare_retention_lines(
            {key: -amount for key, amount in amounts.items()},
            self._get_bill_type(),
            name=name,
            retention_release_id=self.id,
        )

    def _get_retention_to_release(self):
        """Return ``{(account, taxes): amount}`` open on each account and not reserved by drafts."""
        order = self.order_id
        posted = order.retention_line_ids.filtered(lambda line: line.parent_state == "posted")
        amounts = order._get_open_retention(posted)
        for account, lines in posted.grouped("account_id").items():
            held = -sum(lines.mapped("amount_currency"))
            left = max(order._get_unreconciled_retention(account), 0)
            if self.currency_id.compare_amounts(left, held) < 0:
                # Other entries have settled a part: they do not say of which taxes.
                for key in [key for key in amounts if key[0] == account]:
                    amounts[key] *= left / held
        reserved = order.retention_line_ids.filtered(
            lambda line: line.retention_release_id._is_reserved() and line.parent_state == "draft"
        )
        for line in reserved:
            if (line.account_id, line.tax_ids) in amounts:
                amounts[line.account_id, line.tax_ids] -= abs(line.price_subtotal)
        return amounts

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
            withheld = release._get_withholding_lines()
            lines = release._get_lines_on(move)
            if (
                move.currency_id != release.currency_id
                or release.currency_id.compare_amounts(release._get_amount_on(move), release.amount)
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
            if move == release.bill_id:
                check_obstacles(release, lambda r: r._get_settled_obstacle())

    def _get_lines_on(self, move):
        """Return the lines of ``move`` that take this release off the retention account."""
        return move.line_ids.filtered(
            lambda line: line.retention_release_id == self and line.retention_order_id
        )

    def _get_amount_on(self, move):
        """Return what ``move`` takes off the retention account, or gives back to it."""
        return sum(self._get_lines_on(move).mapped("price_subtotal"))

    def _is_open_for(self, move):
        """Return whether ``move`` is the bill that it waits for, or credits the one that it had."""
        if move.move_type != self._get_bill_type():
            return self.state == "done"
        return self.state == "draft" and self.bill_id == move

    # ------------------------------------------------------------------
    # Against the account
    # ------------------------------------------------------------------

    def _get_release_obstacle(self):
        return super()._get_release_obstacle() or self._get_settled_obstacle()

    def _get_settled_obstacle(self):
        """Return which entries have settled what this releases, if it is not open any more."""
        order, currency = self.order_id, self.currency_id
        if not order._bills_by_milestones():
            return None
        others = order.retention_reserved - (self.amount if self._is_reserved() else 0)
        left = order._get_unreconciled_retention() - others
        if currency.compare_amounts(self.amount, left) <= 0:
            return None
        return self.env._(
            "of %(amount)s, only %(left)s is still open on the retention account: the rest has "
            "been settled by %(entries)s. Undo that first: reset it to draft, or reverse it.",
            amount=currency.format(self.amount),
            left=currency.format(max(left, 0)),
            entries=format_list(self.env, order._get_settling_entries().mapped("display_name")),
        )

    def _check_unposting(self):
        """Refuse to take one half back of a bill and the credit note that cancelled its release."""
        if self.filtered(lambda release: release.state == "cancelled"):
            raise UserError(
                self.env._(
                    "This belongs to a cancelled release of retention, and has to stay posted. "
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
            credited = release._is_credited()
            if not bill or bill.state == "cancel" or credited:
                state, event = "cancelled", release._get_event("cancelled")
            elif bill.state == "posted":
                state, event = "done", release._get_event("done")
            else:
                state, event = "draft", self.env._("Release waits for its bill again")
            if state != release.state:
                release._write_guarded({"state": state})
                release._log_on_order(event)

    def _is_credited(self):
        """Return whether the bill or credit note of this release has been reversed."""
        return bool(
            self.order_id.retention_line_ids.filtered(
                lambda line: (
                    line.retention_release_id == self
                    and line.move_id.move_type != self._get_bill_type()
                    and line.parent_state == "posted"
                )
            )
        )

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
