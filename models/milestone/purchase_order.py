from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import (
    APPROVER,
    BUYER,
    COPY_UNDER_WAY,
    DELETED_BY_US,
    INTERNAL,
    RELEASE_OFFICER,
)
from ...tools.fields import MonetaryTotal
from .purchase_order_plan import CONFIRMED_STATES

READS_BILLS = (BUYER, "account.group_account_invoice", "account.group_account_readonly")


class PurchaseOrder(models.Model):
    """An order that is delivered in milestones."""

    _inherit = "purchase.order"

    milestone_ids = fields.One2many(
        comodel_name="purchase.milestone",
        inverse_name="order_id",
        string="Milestones",
        copy=True,
        groups=INTERNAL,
    )
    milestone_count = fields.Integer(
        compute="_compute_milestone_count", groups=INTERNAL, export_string_translation=False
    )
    milestone_enabled = fields.Boolean(
        related="company_id.milestone_enabled", groups=INTERNAL, export_string_translation=False
    )
    milestone_document_count = fields.Integer(
        string="Documents",
        compute="_compute_milestone_document_count",
        compute_sudo=True,
        groups=INTERNAL,
        help="Documents of the milestones.",
    )
    milestone_base = MonetaryTotal(
        string="Milestone Base",
        compute="_compute_milestone_base",
        store=True,
        groups=INTERNAL,
        help="What percentages and balances are taken of: the untaxed total, or, where milestones "
        "drive the bills, the lines that they bill.",
    )
    milestone_amount = MonetaryTotal(
        string="Allocated",
        compute="_compute_milestone_totals",
        store=True,
        groups=INTERNAL,
        help="Sum of the milestones' amounts.",
    )
    milestone_unallocated = MonetaryTotal(
        string="Left to Allocate",
        compute="_compute_milestone_totals",
        store=True,
        groups=INTERNAL,
        help="What the milestones leave of the order; below zero the plan exceeds it.",
    )
    milestone_progress = fields.Float(
        string="Approved Progress",
        compute="_compute_milestone_progress",
        store=True,
        aggregator="avg",
        groups=INTERNAL,
        help="Approved amounts as a percentage of the order's untaxed total.",
    )
    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends("milestone_ids")
    def _compute_milestone_count(self):
        for order in self:
            order.milestone_count = len(order.milestone_ids)

    @api.depends("milestone_ids.document_ids")
    def _compute_milestone_document_count(self):
        for order in self:
            order.milestone_document_count = sum(order.milestone_ids.mapped("document_count"))

    @api.depends("amount_untaxed")
    def _compute_milestone_base(self):
        for order in self:
            order.milestone_base = order.amount_untaxed

    @api.depends("milestone_base", "milestone_ids.amount")
    def _compute_milestone_totals(self):
        for order in self:
            counted = [milestone._get_effective_amount() for milestone in order.milestone_ids]
            order.milestone_amount = sum(counted)
            order.milestone_unallocated = order.milestone_base - order.milestone_amount

    @api.depends("amount_untaxed", "milestone_ids.amount", "milestone_ids.state")
    def _compute_milestone_progress(self):
        for order in self:
            approved = order.milestone_ids.filtered(lambda m: m.state == "approved")
            done = sum(milestone._get_effective_amount() for milestone in approved)
            total = order.amount_untaxed
            order.milestone_progress = 100 * done / total if total else 0

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # The plan is created last, because it is checked against the order's lines.
        plans = [vals.get("milestone_ids") for vals in vals_list]
        orders = super().create(
            [
                {name: value for name, value in vals.items() if name != "milestone_ids"}
                for vals in vals_list
            ]
        )
        orders._create_plans(plans)
        if self.env.context.get("purchase_order_copy") is not COPY_UNDER_WAY:
            orders._apply_default_template()
        orders.filtered(lambda order: order.state == "purchase")._check_confirmed_plan()
        return orders

    def _create_plans(self, plans):
        """Give each of these orders its plan: the commands at its place in ``plans``, if any."""
        planned = {order.id: plan for order, plan in zip(self, plans, strict=True) if plan}
        # Checked once at the end: one context for each order would slow Odoo's environments down.
        orders = self.browse(planned)
        with orders._checking_plan():
            for order in orders._deferring_plan_check():
                order.write({"milestone_ids": planned[order.id]})

    def copy_data(self, default=None):
        """Return the values of copies, without a plan where milestones are switched off."""
        vals_list = super().copy_data(default)
        for order, vals in zip(self, vals_list, strict=True):
            # sudo: res.company - the switch counts whoever copies
            if not order.sudo().company_id.milestone_enabled:
                vals.pop("milestone_ids", None)
        return vals_list

    def copy(self, default=None):
        orders = super(PurchaseOrder, self.with_context(purchase_order_copy=COPY_UNDER_WAY)).copy(
            default
        )
        return orders.with_env(self.env)

    def write(self, vals):
        self._check_milestone_guards(vals)
        confirmed = self.filtered(lambda order: order.state == "purchase")
        parties = {order: (order.currency_id, order.company_id) for order in self}
        if "milestone_ids" in vals:
            with self._checking_plan():
                result = super(PurchaseOrder, self._deferring_plan_check()).write(vals)
        else:
            result = super().write(vals)
        if vals.get("state") in CONFIRMED_STATES:
            (self - confirmed)._check_confirmed_plan()
        if "amount_untaxed" in vals:
            self.env.add_to_compute(self._fields["amount_untaxed"], self)
        # Compared afterwards, since another vendor can bring another currency with it.
        moved = self.filtered(lambda o: (o.currency_id, o.company_id) != parties[o])
        moved._check_no_milestone(
            lambda milestone: milestone.state != "pending",
            self.env._(
                "The company and the currency cannot be changed once a milestone has started:"
            ),
        )
        # sudo: purchase.milestone - whoever may change the order moves its plan along
        moved.sudo().milestone_ids._take_over_currency()
        if vals.get("state") == "draft":
            # sudo: purchase.milestone - the status is guarded, and follows from the order's here
            self.sudo().milestone_ids._return_to_pending()
        return result

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    def unlink(self):
        # Through the ORM: an SQL cascade would leave the milestones' documents and messages.
        orders = self.with_context(purchase_milestone_delete=DELETED_BY_US)
        milestones = orders.filtered(lambda order: order.state == "cancel").milestone_ids
        milestones.filtered(lambda m: m.state != "approved")._write_guarded({"state": "pending"})
        milestones.unlink()
        return super(PurchaseOrder, orders).unlink()

    def action_merge(self):
        # Not in `_merge_alternative_po`: purchase_requisition calls it for alternatives alone.
        requests = self.filtered(lambda order: order.state in ("draft", "sent"))
        result = super().action_merge()
        for group in requests.grouped(self._prepare_grouped_data).values():
            merged = group.filtered(lambda order: order.state == "cancel")
            if merged:
                (group - merged)._take_over_plan(merged)
        return result

    def _take_over_plan(self, merged):
        """Take the plan of the requests that have been merged into this one."""
        planned = (self | merged).filtered(
            lambda order: order.milestone_ids and order.company_id.milestone_enabled
        )
        edited = planned.filtered(lambda order: not order._has_untouched_default_plan())
        if len(edited) > 1:
            raise UserError(
                self.env._(
                    "%(orders)s each have milestones of their own. Keep one plan before you merge "
                    "them.",
                    orders=format_list(self.env, edited.mapped("name")),
                )
            )
        if planned and not edited:
            self._apply_milestone_template(self.company_id._get_default_milestone_template())
        elif edited - self:
            (self & planned).milestone_ids.unlink()
            edited.milestone_ids.write({"order_id": self.id})

    def button_confirm(self):
        # sudo: purchase.milestone - read once for all: Odoo confirms one order after the other
        self.sudo().milestone_ids.mapped("amount_type")
        return super().button_confirm()

    # ------------------------------------------------------------------
    # Views
    # ------------------------------------------------------------------

    def action_view_milestone_documents(self):
        """Open the documents of these orders' milestones."""
        return self.milestone_ids._open_documents()

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """Return a view; the form is always ours for users to whom Odoo's would be refused."""
        if view_type == "form":
            view_id = self._get_approver_form_id(self.env.user) or view_id
        return super().get_view(view_id, view_type, **options)

    def get_formview_id(self, access_uid=None):
        """Return the id of the form that the user gets: ours where Odoo's would be refused."""
        user = self.env["res.users"].browse(access_uid) if access_uid else self.env.user
        return self._get_approver_form_id(user) or super().get_formview_id(access_uid=access_uid)

    def _get_approver_form_id(self, user):
        """Return the id of our read-only form, or False for users who can open Odoo's.

        Odoo's form reads bills, for which approvers and release officers need not have a right.
        """
        decides = user.has_group(APPROVER) or user.has_group(RELEASE_OFFICER)
        if not decides or any(map(user.has_group, READS_BILLS)):
            return False
        return self.env.ref("purchase_milestone.purchase_order_view_form_approver").id
