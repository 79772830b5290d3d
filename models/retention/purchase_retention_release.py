from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.checks import DELETED_BY_US
from ...tools.fields import MonetaryTotal

# The server owns these, whatever the values, the context's or a user's own defaults say.
INITIAL_VALUES = {"name": False, "state": "draft", "user_id": False, "line_ids": []}
COMPUTED_FIELDS = ("company_id", "currency_id", "status")
OUTCOMES = [("pay", "Pay out"), ("forfeit", "Forfeit")]


class PurchaseRetentionRelease(models.Model):
    """What a release officer decides on the retention of an order: to pay it out, or to keep it."""

    _name = "purchase.retention.release"
    _description = "Release of Retention"
    _order = "date desc, id desc"
    _access_through = "order_id"
    _rec_names_search = ["name", "order_id"]

    name = fields.Char(
        string="Number", readonly=True, copy=False, index="trigram", help="Given by the company."
    )
    order_id = fields.Many2one(
        comodel_name="purchase.order",
        string="Purchase Order",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(
        related="order_id.currency_id", store=True, export_string_translation=False
    )
    retention_held = fields.Monetary(related="order_id.retention_held", string="Held")
    retention_released = fields.Monetary(
        related="order_id.retention_released", string="Released So Far"
    )
    retention_forfeited = fields.Monetary(
        related="order_id.retention_forfeited", string="Forfeited So Far"
    )
    retention_open = fields.Monetary(related="order_id.retention_open", string="Open")
    date_retention_due = fields.Date(related="order_id.date_retention_due", string="Due On")
    retention_due = fields.Monetary(
        compute="_compute_retention_due",
        string="Due",
        help="What the contract allows to be released on the date of this release.",
    )
    outcome = fields.Selection(
        selection=OUTCOMES,
        default="pay",
        required=True,
        help="Pay out: the vendor gets the amount.\n"
        "Forfeit: the amount is kept for good, for example because of defects.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    percentage = fields.Float(
        string="Up to (%)",
        digits=(16, 6),
        min_display_digits=2,
        aggregator=None,
        help="Another way to enter the amount: up to this part of what is held in all, 0 to 100, "
        "less what has been released already. What is forfeited is not held any more.",
    )
    amount = MonetaryTotal(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="By default all that is open.",
    )
    reason = fields.Text()
    early = fields.Boolean(
        string="Early Release", help="Before the contract makes the amount due, on purpose."
    )
    state = fields.Selection(
        selection=[("draft", "Draft"), ("done", "Done"), ("cancelled", "Cancelled")],
        string="Decision",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    status = fields.Selection(
        selection=[("draft", "Draft"), ("done", "Done"), ("cancelled", "Cancelled")],
        compute="_compute_status",
        store=True,
        help="What the release waits for, or how it ended.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Decided By",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    line_ids = fields.One2many(
        comodel_name="purchase.retention.release.line",
        inverse_name="release_id",
        string="Shares",
        readonly=True,
        copy=False,
    )

    _percentage_range = models.Constraint(
        "CHECK(percentage BETWEEN 0 AND 100)", "The percentage of a release goes from 0 to 100."
    )

    @api.depends("order_id", "outcome", "percentage")
    def _compute_amount(self):
        for release in self.filtered(lambda release: release.state in (False, "draft")):
            order = release.order_id
            if order and release.percentage:
                release.amount = order._get_retention_up_to(release.percentage, release.outcome)
            else:
                release.amount = release.amount or order._get_retention_available()

    @api.depends("state")
    def _compute_status(self):
        for release in self:
            release.status = release.state

    @api.depends("name", "order_id")
    def _compute_display_name(self):
        # Releases of the version before have no number.
        for release in self:
            release.display_name = release.name or release.order_id.display_name

    @api.depends("order_id.retention_open", "date")
    def _compute_retention_due(self):
        for release in self:
            order = release.order_id
            release.retention_due = (
                order._get_retention_due(release.date) if order and release.date else 0
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_one_entry(vals)
        releases = super().create([{**vals, **self._get_initial_values()} for vals in vals_list])
        releases.order_id.check_access("read")
        releases.company_id._check_milestones_enabled()
        # Whatever the values or defaults of the caller say of it.
        self.env.add_to_compute(self._fields["status"], releases)
        for release in releases:
            release._write_guarded({"name": release._get_next_number()})
        return releases

    def _get_next_number(self):
        sequence = self.env["ir.sequence"].with_company(self.company_id)
        return sequence.next_by_code(self._name, sequence_date=self.date)

    def write(self, vals):
        if vals.keys() & {*self._get_initial_values(), *COMPUTED_FIELDS}:
            raise UserError(
                self.env._(
                    "The status, the shares and the user of a release are set by its buttons "
                    "Release and Cancel Release."
                )
            )
        if not all(release._is_open() for release in self):
            raise UserError(
                self.env._("Only drafts can be changed. Make a new release of retention instead.")
            )
        self.company_id._check_milestones_enabled()
        self._check_one_entry(vals)
        if "amount" in vals:
            vals = {**vals, "percentage": 0}
        return super().write(vals)

    def _check_one_entry(self, vals):
        if vals.get("amount") and vals.get("percentage"):
            raise ValidationError(
                self.env._("Enter either the amount or the percentage of a release, not both.")
            )

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if self.env.context.get("purchase_milestone_delete") is not DELETED_BY_US:
            self.company_id._check_milestones_enabled()
        if not all(release._is_open() for release in self):
            raise UserError(
                self.env._("Only drafts can be deleted: releases and cancellations are history.")
            )

    @api.model
    def _get_initial_values(self):
        """Return what a new release starts with, whatever the caller says."""
        return dict(INITIAL_VALUES)

    def _is_open(self):
        """Return whether this release can still be edited, confirmed or deleted."""
        return self.state == "draft" and not self._is_reserved()

    def _is_reserved(self):
        """Return whether its amount is reserved although it is not done yet."""
        return False
