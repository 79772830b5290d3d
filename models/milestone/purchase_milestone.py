from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.checks import FROZEN_STATES
from ...tools.fields import CurrencyTotal

NAME_LIMIT = 500
AMOUNT_TYPES = [
    ("fixed", "Fixed"),
    ("percent", "Percent"),
    ("balance", "Balance"),
]


class PurchaseMilestone(models.Model):
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
    currency_id = fields.Many2one(related="order_id.currency_id", store=True, precompute=True)
    partner_id = fields.Many2one(
        related="order_id.partner_id", store=True, index=True, precompute=True
    )
    order_state = fields.Selection(related="order_id.state", string="Order Status")
    milestone_enabled = fields.Boolean(related="company_id.milestone_enabled")
    order_line_ids = fields.One2many(related="order_id.order_line", string="Order Lines")

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
        "Balance: what the other milestones leave.",
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
    amount = CurrencyTotal(
        compute="_compute_amount",
        store=True,
        readonly=False,
        inverse="_inverse_typed",
        tracking=True,
    )
    date_due = fields.Date(string="Due Date", index=True, tracking=True)
    retention_percent = fields.Float(
        string="Retention %",
        digits=(16, 6),
        min_display_digits=2,
        aggregator=None,
        tracking=True,
        help="Part of the amount that is held back until the order's retention is released, "
        "0 to 100.",
    )
    retention_amount = CurrencyTotal(
        string="Retention",
        compute="_compute_retention_amount",
        store=True,
    )
    net_amount = CurrencyTotal(
        string="Net",
        compute="_compute_net_amount",
        store=True,
        help="Amount less retention.",
    )
    release_line_ids = fields.One2many(
        comodel_name="purchase.retention.release.line",
        inverse_name="milestone_id",
        readonly=True,
        copy=False,
    )
    retention_held = CurrencyTotal(
        compute="_compute_retention_released",
        store=True,
        help="Of an approved milestone; where milestones drive the bills, what these hold.",
    )
    retention_released = CurrencyTotal(
        compute="_compute_retention_released",
        store=True,
        help="What the order's releases have given back of this milestone's retention.",
    )
    retention_open = CurrencyTotal(
        compute="_compute_retention_released",
        store=True,
        help="Retention held (once the milestone is approved) and not yet released.",
    )
    milestone_billing = fields.Selection(related="order_id.milestone_billing")
    receipt_ids = fields.One2many(
        comodel_name="purchase.milestone.receipt",
        inverse_name="milestone_id",
        string="Taken of the Order's Lines",
        readonly=True,
        copy=False,
    )
    amount_billed = CurrencyTotal(
        string="Billed",
        compute="_compute_billing",
        store=True,
        help="Untaxed, on bills that are not cancelled, retention included.",
    )
    amount_paid = CurrencyTotal(
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
    state = fields.Selection(
        selection=[
            ("pending", "Pending"),
            ("started", "Started"),
            ("completed", "Completed"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
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
    document_required = fields.Boolean(
        help="The milestone must hold a document before it can be completed."
    )
    document_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        string="Documents",
        domain=[("res_model", "=", "purchase.milestone"), ("res_field", "=", False)],
    )
    document_count = fields.Integer(
        string="Documents Count", compute="_compute_document_count", compute_sudo=True
    )
    is_frozen = fields.Boolean(
        compute="_compute_is_frozen",
        help="The plan can no longer change this milestone: it is completed, approved, locked or "
        "switched off.",
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
    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent BETWEEN 0 AND 100)",
        "The retention of a milestone goes from 0 to 100 percent.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends("order_id")
    def _compute_user_id(self):
        for milestone in self:
            milestone.user_id = milestone.user_id or milestone.order_id.user_id

    @api.depends("document_ids")
    def _compute_document_count(self):
        counts = dict(
            self.env["ir.attachment"]._read_group(self._documents_domain(), ["res_id"], ["__count"])
        )
        for milestone in self:
            milestone.document_count = counts.get(milestone._origin.id, 0)

    def _documents_domain(self):
        return Domain(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self._origin.ids),
                ("res_field", "=", False),
            ]
        )

    def _open_documents(self):
        """Return the action that opens the documents of these milestones."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.ir_attachment_action_document"
        )
        return {**action, "domain": list(self._documents_domain())}

    @api.depends("state", "order_id.locked", "order_id.company_id.milestone_enabled")
    def _compute_is_frozen(self):
        for milestone in self:
            milestone.is_frozen = (
                milestone.state in FROZEN_STATES
                or milestone.order_id.locked
                or not milestone.order_id.company_id.milestone_enabled
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
    def _compute_display_name(self):
        for milestone in self:
            milestone.display_name = f"{milestone.order_id.name}: {milestone.name}"

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
                        "The description of a milestone holds at most %(limit)s characters, this "
                        "one has %(length)s. Move the details to the acceptance criteria.",
                        limit=NAME_LIMIT,
                        length=len(milestone.name),
                    )
                )

    @api.constrains("note")
    def _check_note(self):
        if any("<img" in (milestone.note or "") for milestone in self):
            raise ValidationError(
                self.env._("The acceptance criteria hold no images: attach them as documents.")
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
