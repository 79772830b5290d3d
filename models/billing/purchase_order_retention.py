"""What retention the bills of an order withhold, give back and hold."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list

from ...tools.prorate import prorate
from .purchase_order_attribution import Bill


class PurchaseOrder(models.Model):
    """Where milestones drive the bills, an order holds what its posted bills have withheld."""

    _inherit = "purchase.order"

    @api.depends("retention_line_ids.move_id")
    def _compute_invoice(self):
        result = super()._compute_invoice()
        # sudo: purchase.order - portal users have no access to the billing method
        for order in self.filtered(lambda order: order.sudo().milestone_billing == "bill"):
            # sudo: account.move.line - the bills are Odoo's to hide
            releases = order.sudo().retention_line_ids.move_id
            if releases - order.invoice_ids:
                order.invoice_ids |= releases
                order.invoice_count = len(order.invoice_ids)
        return result

    # ------------------------------------------------------------------
    # What is held
    # ------------------------------------------------------------------

    def _get_withheld(self):
        """Return what posted bills have withheld, in the order's currency."""
        return self.currency_id.round(
            -sum(
                line.amount_currency
                for line in self.retention_line_ids
                if not line.retention_release_id and line.parent_state == "posted"
            )
        )

    def _get_unreconciled_retention(self, account=None):
        """Return what of it is still open, in the order's currency.

        :param account: on this account; on all if none is given
        """
        lines = self.retention_line_ids
        if account:
            lines = lines.filtered(lambda line: line.account_id == account)
        posted = lines.filtered(lambda line: line.parent_state == "posted")
        left = -sum(posted.mapped("amount_residual_currency"))
        # A bill that is reset to draft stays matched with what it settled.
        drafts = lines - posted
        for partial in drafts.matched_debit_ids | drafts.matched_credit_ids:
            if partial.credit_move_id in posted:
                left += partial.credit_amount_currency
            if partial.debit_move_id in posted:
                left -= partial.debit_amount_currency
        return self.currency_id.round(left)

    def _get_settling_entries(self):
        """Return the entries, none of this order's bills, that have settled its retention."""
        lines = self.retention_line_ids
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        others = (partials.debit_move_id | partials.credit_move_id) - lines
        return others.move_id - partials.exchange_move_id

    def _get_held_by_milestone(self, milestones):
        if not self._bills_by_milestones():
            return super()._get_held_by_milestone(milestones)
        held = self._origin._get_held_by_bills()
        return {milestone: held.get(milestone._origin, 0) for milestone in milestones}

    def _get_held_by_bills(self):
        """Return ``{milestone: amount}`` that posted bills hold, in the order of approval."""
        held = {m: m._get_retention_committed() for m in self.milestone_ids}
        left = self._get_withheld() - sum(held.values())
        due = self._get_retention_by_milestone(self._get_milestone_bills(self._get_posted_bills()))
        # What the bills of each withhold, then the rest in the order of approval.
        for limits in (due, {milestone: milestone.retention_amount for milestone in due}):
            for milestone, limit in limits.items():
                part = self.currency_id.round(min(left, limit - held[milestone]))
                if part > 0:
                    held[milestone] = self.currency_id.round(held[milestone] + part)
                    left -= part
        return held

    def _get_retention_by_milestone(self, bills):
        """Return ``{milestone: amount}`` of what ``bills`` bill, in the order of approval."""
        due = {}
        for milestone, taken in self._attribute_bills(bills).items():
            amount = milestone._get_effective_amount()
            part = sum(taken.values()) / amount if amount else 0
            due[milestone] = self.currency_id.round(milestone.retention_amount * min(part, 1))
        return due

    def _get_retention_to_hold(self, bills):
        """Return what has to be held once ``bills`` are posted, and no others.

        Of each milestone in proportion to what has been billed of it, and never less than what
        has been released of it.
        """
        due = self._get_retention_by_milestone(bills)
        return sum(max(due[milestone], milestone._get_retention_committed()) for milestone in due)

    def _get_retention_due_on(self, move, amount, chosen):
        """Return what ``move``, which bills ``amount``, has to withhold; below 0 to give back.

        Before it come the posted bills, and the drafts that are older as long as all fit into what
        is approved. Of the drafts what they have to withhold counts, not what they do.
        """
        moves = self._get_lines_billed_by_milestones().invoice_lines.move_id - move
        posted = self._get_milestone_bills(moves.filtered(lambda m: m.state == "posted"))
        older = moves.filtered(
            lambda m: m.state == "draft" and (not move._origin or m.id < move._origin.id)
        )
        drafts = self._get_milestone_bills(older)
        bill = Bill(move, amount, chosen, move.reversed_entry_id)
        if self._get_excess([*posted, *drafts, bill]):
            drafts = []
        before = self._get_retention_to_hold([*posted, *drafts])
        withheld = self._get_withheld() + before - self._get_retention_to_hold(posted)
        due = self._get_retention_to_hold([*posted, *drafts, bill]) - withheld
        # Drafts have not withheld yet: of them, nothing can be given back.
        return self.currency_id.round(max(due, -max(self._get_withheld(), 0)))

    # ------------------------------------------------------------------
    # Lines on bills
    # ------------------------------------------------------------------

    def _prepare_planned_retention(self, to_bill, chosen):
        """Return the retention lines of a vendor bill that is still to be made.

        :param dict to_bill: ``{order line: untaxed amount}``
        """
        amounts = defaultdict(float)
        for line, amount in to_bill.items():
            amounts[line.tax_ids] += amount
        move = self.env["account.move"].new({"move_type": "in_invoice"})
        return self._prepare_retention_lines(
            self._share_retention(move, amounts, chosen), "in_invoice"
        )

    def _get_expected_retention(self, move):
        """Return ``{(account, taxes): amount}`` that ``move`` withholds, below 0 to give back."""
        amounts = defaultdict(float)
        for line in move.invoice_line_ids:
            if line.purchase_line_id in self._get_lines_billed_by_milestones():
                amounts[line.tax_ids] += line.price_subtotal * move._get_billing_sign()
        return self._share_retention(move, amounts, move.milestone_choice_ids)

    def _share_retention(self, move, amounts, chosen):
        due = self._get_retention_due_on(move, sum(amounts.values()), chosen)
        if self.currency_id.is_zero(due):
            return {}
        if due < 0:
            weights = self._get_weights_to_give_back(move, amounts, due)
        else:
            company = self.company_id
            company._check_retention_configured()
            company._check_retention_account()
            account = company.retention_account_id
            if company.retention_tax_policy == "on_release":
                weights = {(account, taxes): amount for taxes, amount in amounts.items()}
            else:
                weights = {(account, self.env["account.tax"]): 1}
            self._check_retention_taxes(self.env["account.tax"].union(*amounts))
        shares = prorate(due, weights, self.currency_id)
        return {key: amount for key, amount in shares.items() if amount}

    def _get_weights_to_give_back(self, move, amounts, due):
        """Return ``{(account, taxes): weight}`` of what ``move`` gives back of the retention.

        In proportion to what it credits of each tax set, if each holds that much; otherwise to
        what they hold.
        """
        held = self._get_open_retention(move.reversed_entry_id.line_ids)
        held = held or self._get_open_retention(self.retention_line_ids)
        credited = {key: -amounts[key[1]] for key in held if amounts.get(key[1], 0) < 0}
        parts = prorate(-due, credited, self.currency_id)
        fits = parts and all(part <= held[key] for key, part in parts.items())
        return credited if fits else held

    def _get_open_retention(self, lines):
        """Return ``{(account, taxes): amount}`` that the posted ones of ``lines`` hold."""
        amounts = defaultdict(float)
        for line in lines:
            if line.retention_order_id == self and line.parent_state == "posted":
                amounts[line.account_id, line.tax_ids] -= line.amount_currency
        return {key: amount for key, amount in amounts.items() if amount}

    def _prepare_retention_lines(self, amounts, move_type, **values):
        """Return values of bill lines for ``{(account, taxes): amount withheld}``."""
        direction = 1 if move_type == "in_invoice" else -1
        return [
            {
                "name": self._get_retention_label(amount),
                "display_type": "product",
                "sequence": 1000 + index,
                "quantity": -1 if amount * direction > 0 else 1,
                "price_unit": abs(amount),
                "account_id": account.id,
                "tax_ids": [Command.set(taxes.ids)],
                "retention_order_id": self.id,
                **values,
            }
            for index, ((account, taxes), amount) in enumerate(amounts.items())
        ]

    def _get_retention_label(self, amount):
        if amount > 0:
            return self.env._("Retention withheld: %(order)s", order=self.name)
        return self.env._("Retention given back: %(order)s", order=self.name)

    def _check_retention_taxes(self, taxes):
        """Raise UserError where the company's tax policy for retention cannot keep these right."""
        obstacle = self._get_retention_tax_obstacle(taxes)
        if obstacle:
            raise UserError(
                self.env._(
                    "The retention of %(order)s cannot be withheld: %(reason)s",
                    order=self.name,
                    reason=obstacle,
                )
            )

    def _get_planned_tax_obstacle(self):
        """Return why the taxes of this order do not go with the retention of its plan, or None."""
        if not any(self.milestone_ids.mapped("retention_amount")):
            return None
        return self._get_retention_tax_obstacle(self._get_lines_billed_by_milestones().tax_ids)

    def _get_retention_tax_obstacle(self, taxes):
        """Return why the company's tax policy for retention cannot keep these right, or None."""
        taxes = taxes.flatten_taxes_hierarchy()
        if self.company_id.retention_tax_policy != "on_release":
            wrong = taxes.filtered(lambda tax: tax.tax_exigibility == "on_payment")
            reason = self.env._("become due by payment: tax retention at its release instead")
        elif wrong := taxes.filtered("price_include"):
            reason = self.env._("are included in prices: tax retention on the bill instead")
        else:
            # Without one, the tax would be booked with the line: on the retention account.
            wrong = taxes.filtered(
                lambda tax: (
                    not all(
                        line.account_id
                        for line in tax.repartition_line_ids
                        if line.repartition_type == "tax" and line.factor
                    )
                )
            )
            reason = self.env._("have no account of their own: give them one")
        if not wrong:
            return None
        return self.env._(
            "the taxes %(taxes)s %(reason)s (settings of Purchase, Milestones).",
            taxes=format_list(self.env, wrong.mapped("name")),
            reason=reason,
        )
