from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.checks import FROZEN_STATES
from ...tools.fields import MonetaryTotal

NAME_LIMIT = 500
AMOUNT_TYPES = [
    ("fixed", "Fixed"),
    ("percent", "Percent"),
    ("balance", "Balance"),
]


class PurchaseMilestone(models.Model):
    """A phase of a purchase order, with an amount and a due date."""

    _name = "purchase.milestone"
    _description = "Purchase Milestone"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
    ]
    _mail_post_access = "read"
    _access_through = "order_id"
    _order = "sequence, id"

    order_id = fields.Many2one(
        comodel_name="purchase.order",
        string="Purchase Order",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="order_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="order_id.currency_id", store=True, precompute=True, export_string_translation=False
    )
    partner_id = fields.Many2one(
        related="order_id.partner_id", store=True, index=True, precompute=True, tracking=False
    )
    order_state = fields.Selection(
        related="order_id.state",
        string="Order Status",
        tracking=False,
        export_string_translation=False,
    )
    milestone_enabled = fields.Boolean(
        related="company_id.milestone_enabled", export_string_translation=False
    )
    order_line_ids = fields.One2many(
        related="order_id.order_line", string="Order Lines", export_string_translation=False
    )

    sequence = fields.Integer(default=10)
    name = fields.Char(string="Description", required=True, tracking=True)
    note = fields.Html(string="Scope and Acceptance Criteria", sanitize_style=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    amount_type = fields.Selection(
        selection=AMOUNT_TYPES,
        default="percent",
        required=True,
        tracking=True,
        help="Fixed: a typed amount.\n"
        "Percent: of the order's untaxed total.\n"
        "Balance: what the other milestones leave of the order.",
    )
    percentage = fields.Float(
        compute="_compute_percentage",
        store=True,
        readonly=False,
        inverse="_inverse_typed",
        digits=(16, 6),
        min_display_digits=2,
        aggregator=None,
        tracking=True,
        help="Share of the order's untaxed total, 0 to 100. "
        "On fixed and balance milestones it shows their share.",
    )
    amount = MonetaryTotal(
        compute="_compute_amount",
        store=True,
        readonly=False,
        inverse="_inverse_typed",
        tracking=True,
    )
    date_due = fields.Date(string="Due Date", index=True, tracking=True)
    state = fields.Selection(
        selection=[
            ("pending", "Pending"),
            ("started", "Started"),
            ("completed", "Completed"),
            ("rejected", "Rejected"),
            ("approved", "Approved"),
        ],
        string="Status",
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    date_started = fields.Datetime(string="Started On", readonly=True, copy=False)
    date_completed = fields.Datetime(string="Completed On", readonly=True, copy=False)
    date_approved = fields.Datetime(string="Approved On", readonly=True, copy=False)
    completed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    rejection_reason = fields.Text(readonly=True, copy=False)
    is_frozen = fields.Boolean(
        compute="_compute_is_frozen",
        help="The milestone cannot be edited: it is completed or approved, its order is locked, or "
        "milestones are switched off.",
        export_string_translation=False,
    )
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue",
        search="_search_is_overdue",
        string="Overdue",
        help="The order is confirmed, the due date has passed and the milestone is not approved.",
    )

    _percentage_range = models.Constraint(
        "CHECK(amount_type != 'percent' OR percentage BETWEEN 0 AND 100)",
        "The percentage of a milestone goes from 0 to 100.",
    )
    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends("order_id")
    def _compute_user_id(self):
        for milestone in self:
            milestone.user_id = milestone.user_id or milestone.order_id.user_id

    @api.depends(
        "amount_type",
        "percentage",
        "state",
        "sequence",
        "order_id.milestone_base",
        "order_id.currency_id",
        "order_id.milestone_ids.amount_type",
        "order_id.milestone_ids.state",
        "order_id.milestone_ids.sequence",
        "order_id.milestone_ids.percentage",
        "order_id.milestone_ids.part_of_id",
    )
    def _compute_amount(self):
        for milestone, amount in self._plan_values("_get_milestone_amounts"):
            milestone.amount = amount

    def _get_effective_amount(self):
        """Return what counts of the amount: for the plan, for bills and for retention."""
        return self.amount

    @api.depends(
        "amount_type", "amount", "order_id.milestone_base", "order_id.milestone_ids.amount"
    )
    def _compute_percentage(self):
        # From the plan and never from `amount`: either field may be computed inside the other.
        for milestone, amount in self._plan_values("_get_milestone_amounts"):
            base = milestone.order_id._get_milestone_base()
            if milestone.amount_type == "percent":
                milestone.percentage = milestone.percentage
            else:
                milestone.percentage = 100 * amount / base if base else 0

    @api.model
    def _get_amount_figures(self):
        """Return the names of the stored fields that are computed from the amount."""
        return []

    @api.model
    def _get_frozen_figures(self):
        """Return the names of the stored figures that completed and approved milestones keep."""
        return ["percentage", "amount"]

    @api.model
    def _get_plan_figures(self):
        """Return the names of what one row of a plan shows and another row can move."""
        return ["percentage", "amount", *self._get_amount_figures()]

    def _plan_values(self, method_name):
        """Yield ``(milestone, value)`` for ``self`` from the orders' method of that name."""
        for order, milestones in self.grouped("order_id").items():
            # In a form, the edited milestone replaces the stored one.
            plan = (order.milestone_ids - milestones._origin) | milestones
            values = getattr(order, method_name)(plan)
            for milestone in milestones:
                yield milestone, values[milestone]

    def _inverse_typed(self):
        """Typing an amount counts for fixed milestones, a percentage for percent ones."""
        fixed = self.filtered(lambda milestone: milestone.amount_type == "fixed")
        percent = self.filtered(lambda milestone: milestone.amount_type == "percent")
        self.env.add_to_compute(self._fields["amount"], self - fixed)
        self.env.add_to_compute(self._fields["percentage"], self - percent)

    def _take_over_currency(self):
        """Round the amounts to the currency that their order has now.

        They are set to 0 first: where the rounded amount equals the old one at the old precision,
        Odoo would not write it.
        """
        typed = self.filtered(lambda milestone: milestone.amount_type == "fixed")
        amounts = {milestone: milestone.currency_id.round(milestone.amount) for milestone in typed}
        self._write_guarded(dict.fromkeys(self._get_amount_figures(), 0))
        self._write_guarded({"amount": 0})
        for milestone, amount in amounts.items():
            milestone._write_guarded({"amount": amount})

    @api.depends("state", "order_id.locked", "order_id.company_id.milestone_enabled")
    def _compute_is_frozen(self):
        for milestone in self:
            order = milestone.order_id
            # A new milestone can be described before its order is chosen.
            milestone.is_frozen = milestone.state in FROZEN_STATES or (
                bool(order) and (order.locked or not order.company_id.milestone_enabled)
            )

    @api.depends("date_due", "state", "order_id.state")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for milestone in self:
            milestone.is_overdue = (
                milestone.order_state == "purchase"
                and milestone.state != "approved"
                and bool(milestone.date_due)
                and milestone.date_due < today
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain(
            [
                ("order_id.state", "=", "purchase"),
                ("state", "!=", "approved"),
                ("date_due", "<", fields.Date.context_today(self)),
            ]
        )
        return Domain.OR([overdue] * (True in value) + [~overdue] * (False in value))

    @api.depends("name", "order_id.name")
    @api.depends_context("purchase_milestone_of_order")
    def _compute_display_name(self):
        # Opened from its order, a milestone does not repeat the order's name in the breadcrumb.
        alone = self.env.context.get("purchase_milestone_of_order")
        for milestone in self:
            order = "" if alone else milestone.order_id.name
            milestone.display_name = ": ".join(filter(None, [order, milestone.name]))

    @api.model
    def get_import_templates(self):
        """Return the file that Odoo's import offers for a start."""
        return [
            {
                "label": self.env._("Import Template for Purchase Milestones"),
                "template": "/purchase_milestone/static/csv/purchase_milestone_import_template.csv",
            }
        ]

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("name")
    def _check_name(self):
        for milestone in self:
            if len(milestone.name or "") > NAME_LIMIT:
                raise ValidationError(
                    self.env._(
                        "The description of a milestone can have %(limit)s characters at most, and "
                        "this one has %(length)s. Move the details to the acceptance criteria.",
                        limit=NAME_LIMIT,
                        length=len(milestone.name),
                    )
                )

    @api.constrains("note")
    def _check_note(self):
        if any("<img" in (milestone.note or "") for milestone in self):
            raise ValidationError(
                self.env._("The acceptance criteria cannot hold images. Attach them as documents.")
            )

    @api.constrains("amount")
    def _check_amount(self):
        for milestone in self:
            if milestone.amount < 0:
                raise ValidationError(
                    self.env._(
                        "The amount of milestone “%(name)s” is negative. Enter zero or more.",
                        name=milestone.name,
                    )
                )
