"""What a vendor delivers for a milestone on the portal."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

PERCENTAGE_DIGITS = 2
# The colours of the badges on the portal.
COLOURS = {
    "submitted": "info",
    "withdrawn": "secondary",
    "returned": "danger",
    "accepted": "success",
}


class PurchaseMilestoneSubmission(models.Model):
    """A delivery that a vendor reports: the responsible accepts it or returns it.

    It is never a status of the milestone. Nobody has the right to create, change or delete one:
    the methods of the life cycle do, after checks of their own.
    """

    _name = "purchase.milestone.submission"
    _description = "Delivery Reported by a Vendor"
    _access_through = "milestone_id"
    _order = "milestone_id, number desc"

    milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    order_id = fields.Many2one(
        related="milestone_id.order_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="milestone_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="milestone_id.partner_id", string="Vendor")
    number = fields.Integer(
        required=True, readonly=True, aggregator=None, help="Counts the deliveries of a milestone."
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Delivered By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    date = fields.Datetime(
        string="Delivered On", required=True, readonly=True, default=fields.Datetime.now
    )
    percentage = fields.Float(
        default=100,
        required=True,
        readonly=True,
        digits=(16, PERCENTAGE_DIGITS),
        aggregator=None,
        help="How much of the milestone is delivered, above 0 and up to 100.",
    )
    note = fields.Text(readonly=True)
    state = fields.Selection(
        selection=[
            ("submitted", "Submitted"),
            ("withdrawn", "Withdrawn"),
            ("returned", "Returned"),
            ("accepted", "Accepted"),
        ],
        string="Status",
        default="submitted",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Text(readonly=True, help="Why the delivery was returned to the vendor.")
    decided_by_id = fields.Many2one(comodel_name="res.users", readonly=True, ondelete="restrict")
    date_decided = fields.Datetime(string="Decided On", readonly=True)
    attachment_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        string="Documents",
        readonly=True,
        domain=[("res_model", "=", "purchase.milestone.submission"), ("res_field", "=", False)],
    )

    _percentage_range = models.Constraint(
        "CHECK(percentage > 0 AND percentage <= 100)",
        "A delivery is more than 0 and at most 100 percent of its milestone.",
    )
    _one_open = models.UniqueIndex(
        "(milestone_id) WHERE state = 'submitted'",
        "A delivery of this milestone is already waiting to be checked.",
    )
    _number_unique = models.UniqueIndex(
        "(milestone_id, number)", "This delivery has already been received."
    )

    @api.depends("milestone_id", "number")
    def _compute_display_name(self):
        for submission in self:
            submission.display_name = self.env._(
                "%(milestone)s (delivery %(number)s)",
                milestone=submission.milestone_id.display_name,
                number=submission.number,
            )

    @api.constrains("note")
    def _check_note(self):
        for submission in self:
            if len(submission.note or "") > 5000:
                raise ValidationError(self.env._("The note can have 5,000 characters at most."))

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    def write(self, vals):
        guarded = vals.keys() & self._fields.keys() - {"attachment_ids"}
        if guarded:
            raise UserError(
                self.env._(
                    "A delivery that a vendor reported cannot be changed. Accept it, or return it "
                    "with a reason."
                )
            )
        return super().write(vals)

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    # ------------------------------------------------------------------
    # What the vendor sees
    # ------------------------------------------------------------------

    def _get_portal_values(self):
        """Return what the vendor sees of this delivery. On sudo records."""
        self.ensure_one()
        return {
            "number": self.number,
            "state": self.state,
            "state_label": dict(self._fields["state"]._description_selection(self.env))[self.state],
            "state_colour": COLOURS[self.state],
            "date": self.date,
            "delivered_by": self.user_id.name,
            "percentage": self.percentage,
            "note": self.note,
            "reason": self.reason,
        }
