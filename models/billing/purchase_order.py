"""Milestones drive the bills: what is approved and not billed comes on a bill."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import BUYER, INTERNAL, check_obstacles
from ...tools.prorate import prorate
from .account_move_guard import POSTS_BILLS


class PurchaseOrder(models.Model):
    """An order whose bills follow from its milestones."""

    _inherit = "purchase.order"

    milestone_billing = fields.Selection(
        selection=[("track", "By quantities (Odoo)"), ("bill", "By milestones")],
        string="Billing",
        compute="_compute_milestone_billing",
        store=True,
        readonly=False,
        precompute=True,
        groups=INTERNAL,
        help="By quantities (Odoo): milestones are tracked, and bills are made of ordered or "
        "received quantities.\n"
        "By milestones: approved means received, bills are made of approved milestones, and "
        "their retention is withheld on the bills.",
    )

    retention_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="retention_order_id",
        string="Retention Entries",
        readonly=True,
        copy=False,
        groups=INTERNAL,
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends("company_id")
    def _compute_milestone_billing(self):
        for order in self:
            # A confirmed order keeps its billing method.
            if order.state != "purchase" or not order.milestone_billing:
                # sudo: res.company - the setting counts whoever creates the order
                order.milestone_billing = order.company_id.sudo().milestone_billing or "track"

    @api.depends("milestone_billing", "order_line.price_subtotal", "order_line.qty_received_method")
    def _compute_milestone_base(self):
        result = super()._compute_milestone_base()
        for order in self:
            if order._bills_by_milestones():
                lines = order._get_lines_billed_by_milestones()
                order.milestone_base = sum(lines.mapped("price_subtotal"))
        return result

    @api.depends("retention_release_ids.bill_id")
    def _compute_retention_released(self):
        return super()._compute_retention_released()

    @api.depends("milestone_ids.amount_closed")
    def _compute_milestone_totals(self):
        return super()._compute_milestone_totals()

    @api.depends("milestone_ids.amount_closed")
    def _compute_milestone_progress(self):
        return super()._compute_milestone_progress()

    def _bills_by_milestones(self):
        """Return whether this order's bills follow from its milestones."""
        return self.milestone_billing == "bill" and bool(self.milestone_ids)

    def _get_lines_billed_by_milestones(self):
        return self.order_line._billed_by_milestones()

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.constrains("milestone_billing", "company_id")
    def _check_milestone_billing(self):
        # sudo: purchase.order - portal users have no access to the field
        billing = self.filtered(lambda order: order.sudo().milestone_billing == "bill")
        billing.company_id._check_retention_configured()

    def _check_milestone_guards(self, vals):
        result = super()._check_milestone_guards(vals)
        if "milestone_billing" in vals:
            # sudo: purchase.order - portal users have no access to the field
            confirmed = self.sudo().filtered(
                lambda order: (
                    order.state == "purchase"
                    and order.milestone_billing != vals["milestone_billing"]
                )
            )
            if confirmed:
                raise UserError(
                    self.env._(
                        "The billing method cannot be changed once the order is confirmed: "
                        "%(orders)s.",
                        orders=format_list(self.env, confirmed.mapped("name")),
                    )
                )
        return result

    def _check_confirmed_plan(self):
        result = super()._check_confirmed_plan()
        # sudo: purchase.order - whoever confirms may not see milestones
        orders = self.sudo().filtered(
            lambda order: order.company_id.milestone_enabled and order._bills_by_milestones()
        )
        check_obstacles(
            orders,
            lambda order: order._get_plan_gap_obstacle() or order._get_planned_tax_obstacle(),
        )
        return result

    def _check_plan_extensible(self):
        result = super()._check_plan_extensible()
        # sudo: purchase.order - a buyer may not see the bills
        check_obstacles(self.sudo(), lambda order: order._get_late_plan_obstacle())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_withheld(self):
        # sudo: account.move.line - a buyer may not see them
        withheld = self.sudo().filtered("retention_line_ids")
        if withheld:
            raise UserError(
                self.env._(
                    "%(orders)s cannot be deleted, because bills hold their retention (cancelled "
                    "bills count). Delete these bills first, or leave the orders cancelled.",
                    orders=format_list(self.env, withheld.mapped("name")),
                )
            )

    def _get_plan_gap_obstacle(self):
        currency = self.currency_id
        if not currency.compare_amounts(self.milestone_amount, self.milestone_base):
            return None
        return self.env._(
            "its milestones bill %(planned)s, but the lines that they bill are worth %(base)s. "
            "Make both the same.",
            planned=currency.format(self.milestone_amount),
            base=currency.format(self.milestone_base),
        )

    def _get_late_plan_obstacle(self):
        """Return why a confirmed order without milestones cannot get its first one, or None."""
        if self.state != "purchase" or self.milestone_billing != "bill" or self.milestone_ids:
            return None
        touched = self.order_line.filtered(
            lambda line: (
                line.qty_invoiced or line.qty_received_method == "manual" and line.qty_received
            )
        )
        if not touched:
            return None
        return self.env._("something of it has been received or billed without milestones.")

    def _has_milestones_for_user(self):
        # EXTENDS milestone/: those that can be billed wait for accountants and buyers.
        return super()._has_milestones_for_user() or (
            self._bills_by_milestones()
            and self.invoice_status == "to invoice"
            and any(map(self.env.user.has_group, (BUYER, POSTS_BILLS)))
        )

    # ------------------------------------------------------------------
    # What approving takes of the lines
    # ------------------------------------------------------------------

    def _prepare_receipts(self, milestones):
        """Return values of receipts: what ``milestones``, one after the other, take of the lines.

        Each takes its amount, shared over what the lines have left. The one that takes all that
        is left closes every line.
        """
        currency = self.currency_id
        left = {
            line: line._get_left_to_receive() for line in self._get_lines_billed_by_milestones()
        }
        values = []
        for milestone in milestones:
            amounts = {line: amount for line, (_quantity, amount) in left.items()}
            if currency.compare_amounts(milestone.amount, sum(amounts.values())):
                amounts = prorate(milestone.amount, amounts, currency)
                amounts = {line: amount for line, amount in amounts.items() if amount}
            for line, amount in amounts.items():
                quantity_left, amount_left = left[line]
                quantity = self.env["purchase.milestone.receipt"]._get_quantity(
                    amount, quantity_left, amount_left
                )
                left[line] = (quantity_left - quantity, currency.round(amount_left - amount))
                if quantity or amount:
                    values.append(
                        {
                            "milestone_id": milestone.id,
                            "order_line_id": line.id,
                            "quantity": quantity,
                            "amount": amount,
                        }
                    )
        return values
