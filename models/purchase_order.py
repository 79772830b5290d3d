from odoo import api, fields, models
from odoo.exceptions import UserError

from .checks import APPROVER, BUYER, RELEASE_OFFICER
from .purchase_milestone_guard_mixin import DELETED_BY_US
from .purchase_order_retention_mixin import INTERNAL

# In the context it says: this create comes from `copy`. An object, so that no caller can forge it.
COPY_UNDER_WAY = object()
READS_BILLS = (BUYER, "account.group_account_invoice", "account.group_account_readonly")


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = [
        "purchase.order.guard.mixin",
        "purchase.order.plan.mixin",
        "purchase.order.retention.mixin",
        "purchase.order.template.mixin",
        "purchase.order",
    ]

    milestone_ids = fields.One2many(
        comodel_name="purchase.milestone",
        inverse_name="order_id",
        string="Milestones",
        copy=True,
        groups=INTERNAL,
    )
    milestone_count = fields.Integer(compute="_compute_milestone_count", groups=INTERNAL)
    milestone_amount = fields.Monetary(
        string="Allocated",
        compute="_compute_milestone_totals",
        store=True,
        aggregator="sum_currency",
        groups=INTERNAL,
        help="Sum of the milestones' amounts.",
    )
    milestone_unallocated = fields.Monetary(
        string="Left to Allocate",
        compute="_compute_milestone_totals",
        store=True,
        aggregator="sum_currency",
        groups=INTERNAL,
        help="Untaxed total less the milestones' amounts; below zero the plan exceeds the order.",
    )
    milestone_progress = fields.Float(
        string="Approved Progress",
        compute="_compute_milestone_totals",
        store=True,
        aggregator="avg",
        groups=INTERNAL,
        help="Approved amounts over the order's untaxed total, 0 to 100.",
    )
    retention_held = fields.Monetary(
        compute="_compute_milestone_totals",
        store=True,
        aggregator="sum_currency",
        groups=INTERNAL,
        help="Retention of the approved milestones.",
    )
    retention_released = fields.Monetary(
        compute="_compute_retention_released",
        store=True,
        aggregator="sum_currency",
        groups=INTERNAL,
    )
    retention_open = fields.Monetary(
        compute="_compute_retention_released",
        store=True,
        aggregator="sum_currency",
        groups=INTERNAL,
        help="Retention held and not yet released.",
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

    @api.depends(
        "amount_untaxed",
        "milestone_ids.amount",
        "milestone_ids.retention_amount",
        "milestone_ids.state",
    )
    def _compute_milestone_totals(self):
        for order in self:
            approved = order.milestone_ids.filtered(lambda m: m.state == "approved")
            total = order.amount_untaxed
            order.milestone_amount = sum(order.milestone_ids.mapped("amount"))
            order.milestone_unallocated = total - order.milestone_amount
            order.milestone_progress = 100 * sum(approved.mapped("amount")) / total if total else 0
            order.retention_held = sum(approved.mapped("retention_amount"))

    @api.depends("milestone_ids.retention_released", "milestone_ids.retention_open")
    def _compute_retention_released(self):
        for order in self:
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
        for order, plan in zip(orders, plans, strict=True):
            if plan:
                order.write({"milestone_ids": plan})
        if self.env.context.get("purchase_order_copy") is not COPY_UNDER_WAY:
            orders.filtered(lambda order: not order.milestone_ids)._apply_default_template()
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
            (self - confirmed)._check_plan()
        if "amount_untaxed" in vals:
            self.env.add_to_compute(self._fields["amount_untaxed"], self)
        # Afterwards: another vendor can bring another currency along.
        self.filtered(
            lambda order: (order.currency_id, order.company_id) != parties[order]
        )._refuse_milestones(
            lambda milestone: milestone.state != "pending",
            self.env._("The company and the currency stand once a milestone has started:"),
        )
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
                    orders=", ".join(released.mapped("name")),
                )
            )

    def unlink(self):
        # Through the ORM: an SQL cascade would leave the milestones' documents and messages behind.
        milestones = self.filtered(lambda order: order.state == "cancel").milestone_ids
        milestones.filtered(lambda m: m.state != "approved")._write_guarded({"state": "pending"})
        milestones.unlink()
        self.sudo().retention_release_ids.filtered(lambda r: r.state == "draft").unlink()
        orders = self.with_context(purchase_milestone_delete=DELETED_BY_US)
        return super(PurchaseOrder, orders).unlink()

    def _merge_alternative_po(self, rfqs):
        result = super()._merge_alternative_po(rfqs)
        planned = (self | rfqs).filtered("milestone_ids")
        if len(planned) > 1:
            raise UserError(
                self.env._(
                    "%(orders)s have milestones each. Keep one plan before you merge them.",
                    orders=", ".join(planned.mapped("name")),
                )
            )
        (planned - self).milestone_ids.write({"order_id": self.id})
        return result

    # ------------------------------------------------------------------
    # Views
    # ------------------------------------------------------------------

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
