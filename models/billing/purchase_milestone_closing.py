"""Closing short: what is approved and will never be billed is given up, and can be taken back."""

from markupsafe import Markup

from odoo import api, fields, models

from ...tools.checks import (
    APPROVER,
    check_obstacles,
    check_reason,
    check_right,
    is_number,
    serialize_on,
)
from ...tools.fields import MonetaryTotal
from ...tools.prorate import prorate


class PurchaseMilestone(models.Model):
    """An approved milestone of which the vendor bills less for good.

    What is closed stands in receipts below zero, so that whatever sums receipts counts the amount
    less what is closed. To take a closing back, receipts of the same amounts are added again.
    """

    _inherit = "purchase.milestone"

    amount_closed = MonetaryTotal(
        string="Closed",
        compute="_compute_amount_closed",
        store=True,
        help="Approved, and given up: it will not be billed. Untaxed, in the order's currency.",
    )
    retention_closed = fields.Monetary(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="By how much closing has lowered the retention.",
    )

    @api.depends("receipt_ids.amount", "receipt_ids.is_closing")
    def _compute_amount_closed(self):
        for milestone in self:
            closings = milestone.receipt_ids.filtered("is_closing")
            milestone.amount_closed = -sum(closings.mapped("amount"))

    def _get_effective_amount(self):
        return super()._get_effective_amount() - self.amount_closed

    @api.depends("order_id.milestone_ids.amount_closed")
    def _compute_amount(self):
        return super()._compute_amount()

    @api.depends("amount_closed")
    def _compute_net_amount(self):
        return super()._compute_net_amount()

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "retention_closed": 0}

    @api.model
    def _get_computed_fields(self):
        return super()._get_computed_fields() | {"amount_closed"}

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_close_rest(self, reason=None, amount=None):
        """Give up what no bill has taken of these approved milestones. Approvers.

        :param str reason: why; required
        :param float amount: how much of each, untaxed in the order's currency; all by default
        :raise UserError: a milestone is not approved, or has less than that left to bill
        """
        reason, milestones = self._prepare_closing(reason)
        check_obstacles(milestones, lambda milestone: milestone._get_closing_obstacle(amount))
        closed = {}
        for milestone in milestones:
            rest = milestone._get_unbilled_rest()
            closed[milestone] = milestone.currency_id.round(rest if amount is None else amount)
            milestone._close(closed[milestone], milestone._get_closable())
        milestones._log_closing(closed, reason)
        return True

    def action_reopen_rest(self, reason=None):
        """Take back what has been closed of these milestones. Approvers.

        :param str reason: why; required
        :raise UserError: nothing of a milestone is closed, or its order is worth less by now
        """
        reason, milestones = self._prepare_closing(reason)
        check_obstacles(milestones, lambda milestone: milestone._get_reopening_obstacle())
        closed = {milestone: milestone.amount_closed for milestone in milestones}
        milestones._reopen(milestones.receipt_ids.filtered("is_closing"))
        milestones._log_closing({m: -amount for m, amount in closed.items()}, reason)
        return True

    def _prepare_closing(self, reason):
        """Return the reason and these milestones, once the caller may decide about them."""
        self.check_access("read")
        check_right(self.env, APPROVER)
        self.company_id._check_milestones_enabled()
        reason = check_reason(self.env, reason)
        # sudo: purchase.milestone - approvers have no write access
        milestones = self.sudo()
        serialize_on(milestones.order_id)
        return reason, milestones

    def _get_closing_obstacle(self, amount):
        """Return why ``amount`` of this milestone (None: the rest) cannot be closed, or None."""
        if not self.order_id._bills_by_milestones():
            return self.env._("its order is not billed by milestones.")
        if self.state != "approved":
            return self.env._("it is not approved.")
        rest = self._get_unbilled_rest()
        if self.currency_id.compare_amounts(rest, 0) <= 0:
            return self.env._("nothing of it is left to bill.")
        if amount is None:
            return None
        if not is_number(amount) or self.currency_id.compare_amounts(amount, 0) <= 0:
            return self.env._("the amount to close has to be a number above zero.")
        if self.currency_id.compare_amounts(amount, rest) > 0:
            return self.env._(
                "%(rest)s of it is left to bill, no more can be closed.",
                rest=self.currency_id.format(rest),
            )
        return None

    def _get_reopening_obstacle(self):
        """Return why what is closed of this milestone cannot be taken back, or None."""
        if not self.amount_closed:
            return self.env._("nothing of it is closed.")
        order = self.order_id
        if order.currency_id.compare_amounts(self.amount_closed, order.milestone_unallocated) > 0:
            return self.env._("its order is worth less by now. Raise the order first.")
        return None

    def _get_unbilled_rest(self):
        """Return what no bill, drafts included, has taken of this milestone, untaxed."""
        return self.currency_id.round(self._get_effective_amount() - self.amount_billed)

    # ------------------------------------------------------------------
    # What closing does
    # ------------------------------------------------------------------

    def _get_closable(self):
        """Return ``{order line: untaxed amount}`` from which a closing is taken."""
        lines = self.order_id._get_lines_billed_by_milestones()
        to_bill = {line: line._get_amount_to_bill() for line in lines}
        rest = self._get_unbilled_rest()
        if not self.currency_id.compare_amounts(sum(to_bill.values()), rest):
            return to_bill
        return {line: amount for line, amount in to_bill.items() if amount > 0}

    def _close(self, amount, weights, credit_note=None):
        """Take ``amount`` of this milestone back from the order lines.

        :param dict weights: ``{order line: untaxed amount}``, in proportion to which
        :param credit_note: the credit note that closes, if it is one
        """
        self.ensure_one()
        parts = prorate(amount, weights, self.currency_id)
        self.env["purchase.milestone.receipt"]._create_receipts(
            [
                {
                    "milestone_id": self.id,
                    "order_line_id": line.id,
                    "quantity": line._get_quantity_to_close(part),
                    "amount": -part,
                    "is_closing": True,
                    "credit_note_id": credit_note and credit_note.id,
                }
                for line, part in parts.items()
                if part
            ]
        )
        self._settle_closed_retention()
        return parts

    def _reopen(self, receipts):
        """Add to these milestones again what their closings ``receipts`` have taken."""
        sums = receipts._read_group(
            [("id", "in", receipts.ids)],
            ["milestone_id", "order_line_id", "credit_note_id"],
            ["quantity:sum", "amount:sum"],
        )
        receipts._create_receipts(
            [
                {
                    "milestone_id": milestone.id,
                    "order_line_id": line.id,
                    "quantity": -quantity,
                    "amount": -amount,
                    "is_closing": True,
                    "credit_note_id": credit_note.id,
                }
                for milestone, line, credit_note, quantity, amount in sums
                if quantity or amount
            ]
        )
        receipts.milestone_id._settle_closed_retention()

    def _settle_closed_retention(self):
        """Keep the part of the retention that goes with what is not closed.

        Never less than what has been released.
        """
        for milestone in self:
            agreed = milestone.retention_amount + milestone.retention_closed
            part = milestone._get_effective_amount() / milestone.amount if milestone.amount else 0
            kept = milestone.currency_id.round(agreed * part)
            kept = max(kept, milestone._get_retention_committed())
            closed = milestone.currency_id.round(agreed - kept)
            milestone._write_guarded({"retention_amount": kept, "retention_closed": closed})
        # What a limit leaves to the milestones that come later.
        others = self.order_id.milestone_ids - self
        self.env.add_to_compute(self._fields["retention_amount"], others)

    def _after_revoke(self):
        reopened = self.filtered("amount_closed").order_id
        result = super()._after_revoke()
        if any(self.mapped("retention_closed")):
            self._write_guarded({"retention_closed": 0})
        # What was closed counts again, and other milestones may have taken it.
        reopened._check_plan()
        return result

    def _log_closing(self, amounts, reason):
        """Write into the history of each milestone what was closed (below 0: reopened), and why."""
        bodies = {}
        for milestone, amount in amounts.items():
            figure = milestone.currency_id.format(abs(amount))
            if amount > 0:
                sentence = self.env._("Rest closed: %(amount)s", amount=figure)
            else:
                sentence = self.env._("Rest reopened: %(amount)s", amount=figure)
            bodies[milestone.id] = Markup("%s<br/>%s") % (sentence, reason)
        self._message_log_batch(bodies)
