"""What bills have taken of a milestone, and the button that makes one."""

from odoo import api, fields, models

from ...tools.checks import check_obstacles
from ...tools.fields import MonetaryTotal
from .account_move import PAID_STATES


class PurchaseMilestone(models.Model):
    """A milestone that is billed: how much of it, on which bills, and whether they are paid."""

    _inherit = "purchase.milestone"

    milestone_billing = fields.Selection(related="order_id.milestone_billing")
    receipt_ids = fields.One2many(
        comodel_name="purchase.milestone.receipt",
        inverse_name="milestone_id",
        string="Taken of the Order's Lines",
        readonly=True,
        copy=False,
    )
    amount_billed = MonetaryTotal(
        string="Billed",
        compute="_compute_billing",
        store=True,
        help="Untaxed, on bills that are not cancelled, retention included.",
    )
    amount_paid = MonetaryTotal(
        string="Paid",
        compute="_compute_billing",
        store=True,
        help="Untaxed, on bills that are paid, retention included.",
    )
    billing_state = fields.Selection(
        selection=[
            ("nothing", "Nothing to Bill"),
            ("to_bill", "To Bill"),
            ("billed", "Billed"),
            ("paid", "Paid"),
        ],
        string="Billing Status",
        compute="_compute_billing",
        store=True,
        index=True,
        help="Follows from the order's bills, which take its milestones in the order of their "
        "approval.",
    )
    bill_count = fields.Integer(string="Bills", compute="_compute_bill_count", compute_sudo=True)

    @api.depends(
        "state",
        "amount_closed",
        "order_id.milestone_billing",
        "order_id.order_line.invoice_lines.price_subtotal",
        "order_id.order_line.invoice_lines.parent_state",
        "order_id.order_line.invoice_lines.move_id.move_type",
        "order_id.order_line.invoice_lines.move_id.payment_state",
    )
    def _compute_billing(self):
        for order, milestones in self.grouped("order_id").items():
            shares = order._origin._attribute_bills() if order._bills_by_milestones() else {}
            for milestone in milestones:
                bills = shares.get(milestone._origin, {})
                paid = {m: part for m, part in bills.items() if m.payment_state in PAID_STATES}
                milestone.amount_billed = sum(bills.values())
                milestone.amount_paid = sum(paid.values())
                milestone.billing_state = milestone._get_billing_state(milestone._origin in shares)

    def _get_billing_state(self, is_billable):
        currency = self.currency_id
        amount = self._get_effective_amount()
        if not is_billable or currency.is_zero(amount):
            return "nothing"
        if currency.compare_amounts(self.amount_billed, amount) < 0:
            return "to_bill"
        return "billed" if currency.compare_amounts(self.amount_paid, amount) < 0 else "paid"

    @api.depends("amount_billed")
    def _compute_bill_count(self):
        for milestone in self:
            milestone.bill_count = len(milestone._get_bills())

    def _get_bills(self):
        """Return the bills that have taken of these milestones, or release their retention."""
        bills = self.release_line_ids.release_id.bill_id
        for order, milestones in self.grouped("order_id").items():
            if order._bills_by_milestones():
                for bill, owners in order._get_milestones_by_bill().items():
                    if owners & milestones:
                        bills |= bill
        return bills

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_create_bill(self):
        """Create a draft bill per order, for what of these milestones is approved and not billed.

        :raise UserError: a milestone is not approved, or billed, or its order bills otherwise
        """
        self.check_access("read")
        # sudo: purchase.milestone - the caller may not read the order's bills
        check_obstacles(self.sudo(), lambda milestone: milestone._get_billing_obstacle())
        bills = self.order_id._create_milestone_bills(self)
        return self.order_id.action_view_invoice(bills)

    def _get_billing_obstacle(self):
        """Return why this milestone cannot be billed, or None."""
        if not self.order_id._bills_by_milestones():
            return self.env._("its order is not billed by milestones. Create the bill there.")
        if self.state != "approved":
            return self.env._("it is not approved.")
        if self.billing_state != "to_bill":
            return self.env._("nothing of it is left to bill.")
        return None

    def action_view_bills(self):
        """Open the vendor bills of these milestones."""
        self.check_access("read")
        # sudo: account.move - the bills are checked below
        bills = self.sudo()._get_bills().with_env(self.env)
        bills.check_access("read")
        return self.order_id.action_view_invoice(bills)

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _record_receipts(self):
        """Record what these newly approved milestones take of the lines of their orders."""
        for order, milestones in self.grouped("order_id").items():
            if order._bills_by_milestones():
                self.env["purchase.milestone.receipt"]._create_receipts(
                    order._prepare_receipts(milestones)
                )

    def _get_kept_figures(self, transition):
        # Where Odoo bills by quantities, no step of a milestone changes what is or can be billed.
        orders = self.order_id.filtered(lambda order: not order._bills_by_milestones())
        return [
            *super()._get_kept_figures(transition),
            (orders.milestone_ids, ("amount_billed", "amount_paid", "billing_state")),
            (orders.order_line, ("qty_invoiced", "qty_to_invoice")),
            (orders, ("invoice_status",)),
        ]

    def _after_approve(self):
        result = super()._after_approve()
        self._record_receipts()
        return result

    def _after_revoke(self):
        result = super()._after_revoke()
        self.receipt_ids.unlink()
        return result

    def _get_revocation_obstacle(self):
        if self.order_id._is_certainly_billed(self):
            return self.env._("it is billed. Cancel or credit its bill first.")
        return super()._get_revocation_obstacle()

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "receipt_ids": []}

    @api.model
    def _get_computed_fields(self):
        return super()._get_computed_fields() | {"amount_billed", "amount_paid", "billing_state"}

    @api.depends(
        "order_id.milestone_billing",
        "order_id.retention_line_ids.amount_currency",
        "order_id.retention_line_ids.parent_state",
        "order_id.order_line.invoice_lines.price_subtotal",
        "order_id.order_line.invoice_lines.parent_state",
        "release_line_ids.amount",
        "release_line_ids.release_id.state",
        "release_line_ids.release_id.outcome",
    )
    def _compute_retention_held(self):
        return super()._compute_retention_held()
