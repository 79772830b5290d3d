"""The bills that are made of approved milestones: what is approved and not billed."""

from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_is_zero, format_list

from ...tools.checks import serialize_on
from .purchase_order_attribution import Bill


class PurchaseOrder(models.Model):
    """Create Bill, which bills amounts of milestones where Odoo bills quantities."""

    _inherit = "purchase.order"

    def action_create_invoice(self, attachment_ids=False):
        """Create draft bills; of milestones one for each order, never merged.

        :param attachment_ids: documents of the one vendor's bill
        """
        # sudo: purchase.milestone - read once for all: Odoo makes one bill after the other
        planned = self.sudo().filtered("milestone_ids")
        by_milestones = planned.filtered(lambda order: order._bills_by_milestones()).with_env(
            self.env
        )
        if not by_milestones:
            return super().action_create_invoice(attachment_ids)
        others = self - by_milestones
        bills = self.env["account.move"]
        if others:
            before = others.invoice_ids
            super(PurchaseOrder, others).action_create_invoice(attachment_ids)
            bills += others.invoice_ids - before
        uploads = self.env["ir.attachment"].browse(attachment_ids or [])
        if uploads and not others and bills._find_decoded(uploads):
            bills += by_milestones._create_uploaded_bill(uploads)
        else:
            bills += by_milestones._create_milestone_bills()
            if not others and uploads:
                bills._attach_uploads(uploads)
        return self.action_view_invoice(bills)

    def _create_uploaded_bill(self, attachments):
        """Create the draft bill of an e-bill that was uploaded on its order: with its own amounts.

        Where nothing can be read of the document, it bills what is approved and not billed.
        """
        self.ensure_one()
        self.check_access("write")
        self.company_id._check_milestones_enabled()
        order = self.with_company(self.company_id)
        bill = self.env["account.move"].create(order._prepare_invoice())
        bill._attach_uploads(attachments)
        if not bill.line_ids.purchase_line_id:
            bill._add_purchase_order_lines(order.order_line)
        return bill

    def _create_milestone_bills(self, chosen=None):
        """Create a draft bill for each order, for exactly what is approved and not billed.

        :param chosen: bill these milestones alone
        :raise UserError: an order has nothing to bill
        """
        self.check_access("write")
        self.company_id._check_milestones_enabled()
        serialize_on(self)
        bills = (
            self.env["account.move"]
            ._with_retention()
            .create([order._prepare_milestone_bill(chosen) for order in self])
        )
        bills.filtered(lambda bill: bill.amount_total < 0).action_switch_move_type()
        return bills.with_env(self.env)

    def _prepare_milestone_bill(self, chosen):
        order = self.with_company(self.company_id)
        to_bill = order._get_to_bill(chosen)
        lines = order._prepare_milestone_bill_lines(to_bill, chosen)
        if not any(line["display_type"] == "product" for line in lines):
            raise order._nothing_to_bill()
        # sudo: account.move - a buyer may not read all bills of the order
        order.sudo()._check_worth(to_bill)
        # Whose a bill is stays so, whichever of the bills is posted first.
        # sudo: purchase.milestone - see above
        milestones = order.sudo().milestone_ids.filtered(lambda m: m.billing_state == "to_bill")
        if chosen:
            milestones &= chosen
        # sudo: account.move - see above
        lines += order.sudo()._prepare_planned_retention(to_bill, milestones)
        return {
            **order._prepare_invoice(),
            "invoice_line_ids": [Command.create(line) for line in lines],
            "milestone_choice_ids": [Command.set(milestones.ids)],
        }

    def _nothing_to_bill(self):
        """Return the error that no bill can be made of these orders now."""
        return UserError(
            self.env._(
                "There is nothing to bill on %(orders)s: what is approved is billed. Approve a "
                "milestone first.",
                orders=format_list(self.env, self.mapped("name")),
            )
        )

    def _check_worth(self, to_bill):
        """Refuse a bill that would exceed what the lines that milestones bill are worth."""
        billed = Bill(None, sum(to_bill.values()), None, None)
        excess = self._get_beyond_worth([*self._get_milestone_bills(), billed])
        if to_bill and excess:
            raise UserError(
                self.env._(
                    "More of %(order)s is approved than its lines are worth: the bill would exceed "
                    "them by %(excess)s. Close the rest of a milestone, revoke its approval, or "
                    "raise the order.",
                    order=self.name,
                    excess=self.currency_id.format(excess),
                )
            )

    def _has_amount_to_bill(self):
        """Return whether more is approved than bills, drafts included, have taken altogether.

        One line may have been billed beyond what was approved of it, and another one less.
        """
        amounts = [line._get_amount_to_bill() for line in self._get_lines_billed_by_milestones()]
        return self.currency_id.compare_amounts(sum(amounts), 0) > 0

    def _get_to_bill(self, chosen=None):
        """Return ``{line: untaxed amount}`` of what milestones bill and have not yet.

        Lines for free go with the bill that takes all that is left.

        :param chosen: of these milestones alone
        """
        lines = self._get_lines_billed_by_milestones()
        # The quantities can be zero because another addon says that nothing more is to be billed.
        # sudo: account.move - a buyer may not read all bills of the order
        if not any(lines.mapped("qty_to_invoice")) or not self.sudo()._has_amount_to_bill():
            return {}
        # sudo: account.move - see above
        kept = self.sudo()._get_kept_amounts(chosen) if chosen else {}
        to_bill = {}
        for line in lines:
            amount = self.currency_id.round(line._get_amount_to_bill() - kept.get(line, 0))
            if amount or line._is_free() and line.qty_to_invoice and not kept:
                to_bill[line] = amount
        return to_bill

    def _get_rest_to_bill(self):
        """Return ``{line: untaxed amount}`` that is on no bill, approved or not."""
        rest = {
            line: line._get_unbilled_amount() for line in self._get_lines_billed_by_milestones()
        }
        return rest if self.currency_id.compare_amounts(sum(rest.values()), 0) > 0 else {}

    def _get_total_of(self, amounts):
        """Return what ``{order line: untaxed amount}`` comes to, taxes included."""
        AccountTax = self.env["account.tax"]
        base_lines = [
            {
                **line._prepare_base_line_for_taxes_computation(),
                **line._prepare_milestone_price(amount),
            }
            for line, amount in amounts.items()
            if amount
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, self.company_id)
        totals = AccountTax._get_tax_totals_summary(base_lines, self.currency_id, self.company_id)
        return totals["total_amount_currency"]

    def _get_kept_amounts(self, chosen):
        """Return ``{line: amount}`` that approved milestones not chosen still have to bill."""
        kept = defaultdict(float)
        for milestone, bills in self._attribute_bills().items():
            amount = milestone._get_effective_amount()
            left = amount - sum(bills.values())
            if milestone not in chosen and not self.currency_id.is_zero(left):
                for receipt in milestone.receipt_ids:
                    part = receipt.amount * left / amount
                    kept[receipt.order_line_id] += self.currency_id.round(part)
        return kept

    def _prepare_milestone_bill_lines(self, to_bill, chosen):
        """Return values of the bill's lines; with ``chosen`` milestones of their lines alone."""
        section, lines = None, []
        for line in self.order_line:
            if line.display_type in ("line_section", "line_subsection"):
                section = line
                continue
            if chosen and line not in to_bill:
                continue
            values = self._prepare_line_of(line, to_bill)
            if values and section:
                lines.append(section._prepare_account_move_line())
                section = None
            if values:
                lines.append(values)
        lines = self._use_prices_of_order(self._name_milestones(lines, chosen))
        return [{**values, "sequence": 10 + index} for index, values in enumerate(lines)]

    def _prepare_line_of(self, line, to_bill):
        """Return values of what a bill takes of one order line, or None."""
        values = line._prepare_account_move_line()
        if line._billed_by_milestones():
            if line not in to_bill:
                return None
            return {**values, **line._prepare_milestone_price(to_bill[line])}
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if line.display_type or not float_is_zero(values["quantity"], precision_digits=digits):
            return values
        return None
