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
from ...tools.fields import CurrencyTotal

READS_BILLS = (BUYER, "account.group_account_invoice", "account.group_account_readonly")


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    milestone_ids = fields.One2many(
        comodel_name="purchase.milestone",
        inverse_name="order_id",
        string="Milestones",
        copy=True,
        groups=INTERNAL,
    )
    milestone_count = fields.Integer(compute="_compute_milestone_count", groups=INTERNAL)
    milestone_enabled = fields.Boolean(related="company_id.milestone_enabled", groups=INTERNAL)
    milestone_document_count = fields.Integer(
        string="Documents",
        compute="_compute_milestone_document_count",
        compute_sudo=True,
        groups=INTERNAL,
        help="Documents of the milestones.",
    )
    milestone_base = CurrencyTotal(
        string="Milestone Base",
        compute="_compute_milestone_base",
        store=True,
        groups=INTERNAL,
        help="What percentages, balances and the retention limit are of: the untaxed total, or "
        "what of it milestones bill.",
    )
    milestone_amount = CurrencyTotal(
        string="Allocated",
        compute="_compute_milestone_totals",
        store=True,
        groups=INTERNAL,
        help="Sum of the milestones' amounts.",
    )
    milestone_unallocated = CurrencyTotal(
        string="Left to Allocate",
        compute="_compute_milestone_totals",
        store=True,
        groups=INTERNAL,
        help="What the milestones leave of the order; below zero the plan exceeds it.",
    )
    milestone_progress = fields.Float(
        string="Approved Progress",
        compute="_compute_milestone_totals",
        store=True,
        aggregator="avg",
        groups=INTERNAL,
        help="Approved amounts as a percentage of the order's untaxed total.",
    )
    retention_held = CurrencyTotal(
        compute="_compute_milestone_totals",
        store=True,
        groups=INTERNAL,
        help="Retention of the approved milestones.",
    )
    retention_released = CurrencyTotal(
        compute="_compute_retention_released",
        store=True,
        groups=INTERNAL,
    )
    retention_open = CurrencyTotal(
        compute="_compute_retention_released",
        store=True,
        groups=INTERNAL,
        help="Retention held and not yet released.",
    )
    retention_reserved = CurrencyTotal(
        compute="_compute_retention_released",
        store=True,
        groups=INTERNAL,
        help="On draft bills that release it once they are posted.",
    )
    retention_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="retention_order_id",
        string="Retention Entries",
        readonly=True,
        copy=False,
        groups=INTERNAL,
    )
    retention_release_ids = fields.One2many(
        comodel_name="purchase.retention.release",
        inverse_name="order_id",
        string="Retention Releases",
        copy=False,
        groups=INTERNAL,
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

    @api.depends(
        "amount_untaxed",
        "milestone_base",
        "milestone_ids.amount",
        "milestone_ids.retention_held",
        "milestone_ids.state",
    )
    def _compute_milestone_totals(self):
        for order in self:
            approved = order.milestone_ids.filtered(lambda m: m.state == "approved")
            total = order.amount_untaxed
            order.milestone_amount = sum(order.milestone_ids.mapped("amount"))
            order.milestone_unallocated = order.milestone_base - order.milestone_amount
            order.milestone_progress = 100 * sum(approved.mapped("amount")) / total if total else 0
            order.retention_held = sum(order.milestone_ids.mapped("retention_held"))

    @api.depends(
        "milestone_ids.retention_released",
        "milestone_ids.retention_open",
        "retention_release_ids.state",
        "retention_release_ids.bill_id",
        "retention_release_ids.amount",
    )
    def _compute_retention_released(self):
        for order in self:
            reserved = order.retention_release_ids.filtered(lambda release: release._is_reserved())
            order.retention_reserved = sum(reserved.mapped("amount"))
            order.retention_released = sum(order.milestone_ids.mapped("retention_released"))
            order.retention_open = sum(order.milestone_ids.mapped("retention_open"))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # The plan comes last: it is checked against the lines, whatever order the values have.
        plans = [vals.get("milestone_ids") for vals in vals_list]
        orders = super().create(
            [
                {
                    **{name: value for name, value in vals.items() if name != "milestone_ids"},
                    "date_final_acceptance": False,
                }
                for vals in vals_list
            ]
        )
        is_copy = self.env.context.get("purchase_order_copy") is COPY_UNDER_WAY
        planned = {
            order.id: plan
            for order, plan in zip(orders, plans, strict=True)
            if plan and (order.company_id.milestone_enabled or not is_copy)
        }
        # As one edit: a context for each order would cost the square of their number.
        edited = orders.browse(planned)
        with edited._plan_edited():
            for order in edited._with_plan_edit():
                order.write({"milestone_ids": planned[order.id]})
        if not is_copy:
            orders.filtered(lambda order: not order.milestone_ids)._apply_default_template()
        orders.filtered(
            lambda order: order.state == "purchase" and order.company_id.milestone_enabled
        )._check_plan_complete()
        return orders

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
            with self._plan_edited():
                result = super(PurchaseOrder, self._with_plan_edit()).write(vals)
        else:
            result = super().write(vals)
        if vals.get("state") == "purchase":
            newly = (self - confirmed).filtered("company_id.milestone_enabled")
            newly._check_plan()
            newly._check_plan_complete()
        if "amount_untaxed" in vals:
            self.env.add_to_compute(self._fields["amount_untaxed"], self)
        # Afterwards: another vendor can bring another currency along.
        moved = self.filtered(lambda o: (o.currency_id, o.company_id) != parties[o])
        moved._refuse_milestones(
            lambda milestone: milestone.state != "pending",
            self.env._("The company and the currency stand once a milestone has started:"),
        )
        moved.sudo().milestone_ids._take_over_currency()
        if vals.get("state") == "draft":
            self.sudo().milestone_ids._return_to_pending()
        return result

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        released = self.sudo().filtered("retention_release_ids")
        if released:
            raise UserError(
                self.env._(
                    "%(orders)s cannot be deleted: their releases of retention are history.",
                    orders=format_list(self.env, released.mapped("name")),
                )
            )

    def unlink(self):
        # Through the ORM: an SQL cascade would leave the milestones' documents and messages behind.
        orders = self.with_context(purchase_milestone_delete=DELETED_BY_US)
        milestones = orders.filtered(lambda order: order.state == "cancel").milestone_ids
        milestones.filtered(lambda m: m.state != "approved")._write_guarded({"state": "pending"})
        milestones.unlink()
        orders.sudo().retention_release_ids.filtered(lambda r: r.state == "draft").unlink()
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
        if len(planned) > 1:
            raise UserError(
                self.env._(
                    "%(orders)s have milestones each. Keep one plan before you merge them.",
                    orders=format_list(self.env, planned.mapped("name")),
                )
            )
        (planned - self).milestone_ids.write({"order_id": self.id})

    # ------------------------------------------------------------------
    # Views
    # ------------------------------------------------------------------

    def action_view_milestone_documents(self):
        """Open the documents of these orders' milestones."""
        return self.milestone_ids._open_documents()

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """Return a view; as form always ours, whatever leads here, for whom Odoo's would fail."""
        if view_type == "form":
            view_id = self._get_decider_form_id(self.env.user) or view_id
        return super().get_view(view_id, view_type, **options)

    def get_formview_id(self, access_uid=None):
        """Return the id of the form that the user gets: ours for those without a purchase right."""
        user = self.env["res.users"].browse(access_uid) if access_uid else self.env.user
        return self._get_decider_form_id(user) or super().get_formview_id(access_uid=access_uid)

    def _get_decider_form_id(self, user):
        """Return our read-only form for who has a milestone right, and Odoo's form would fail.

        It reads bills, which takes a purchase or an accounting right.
        """
        decides = user.has_group(APPROVER) or user.has_group(RELEASE_OFFICER)
        if not decides or any(map(user.has_group, READS_BILLS)):
            return False
        return self.env.ref("purchase_milestone.purchase_order_view_form_approver").id
