"""What a milestone retains: withheld from its approval on, and what of it is released."""

from odoo import api, fields, models

from ...tools.fields import MonetaryTotal


class PurchaseMilestone(models.Model):
    """A milestone retains a part of its amount from its approval on."""

    _inherit = "purchase.milestone"

    retention_percent = fields.Float(
        string="Retention %",
        compute="_compute_retention_percent",
        store=True,
        readonly=False,
        precompute=True,
        digits=(16, 6),
        min_display_digits=2,
        aggregator=None,
        tracking=True,
        help="Part of the amount that is held back until the order's retention is released, "
        "0 to 100.",
    )
    retention_amount = MonetaryTotal(
        string="Retention",
        compute="_compute_retention_amount",
        store=True,
    )
    net_amount = MonetaryTotal(
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
        export_string_translation=False,
    )
    retention_held = MonetaryTotal(
        compute="_compute_retention_held",
        store=True,
        help="Of an approved milestone; where milestones drive the bills, what these hold.",
    )
    retention_released = MonetaryTotal(
        compute="_compute_retention_released",
        store=True,
        help="What the order's releases have given back of this milestone's retention.",
    )
    retention_forfeited = MonetaryTotal(
        compute="_compute_retention_released",
        store=True,
        help="What of this milestone's retention has been kept for good.",
    )
    retention_open = MonetaryTotal(
        compute="_compute_retention_held",
        store=True,
        help="Retention held (once the milestone is approved), neither released nor forfeited.",
    )

    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent BETWEEN 0 AND 100)",
        "The retention of a milestone goes from 0 to 100 percent.",
    )

    @api.depends("order_id")
    def _compute_retention_percent(self):
        for milestone in self:
            # sudo: purchase.order - its terms count for whoever adds a milestone
            terms = milestone.order_id.sudo()
            milestone.retention_percent = milestone.retention_percent or terms.retention_percent

    @api.depends(
        "amount",
        "retention_percent",
        "order_id.milestone_base",
        "order_id.currency_id",
        "order_id.retention_limit",
        "order_id.retention_limit_type",
        "order_id.milestone_ids.amount",
        "order_id.milestone_ids.retention_percent",
        "order_id.milestone_ids.sequence",
        "order_id.milestone_ids.state",
    )
    def _compute_retention_amount(self):
        for milestone, amount in self._plan_values("_get_retention_amounts"):
            milestone.retention_amount = amount

    @api.depends("amount", "retention_amount")
    def _compute_net_amount(self):
        for milestone in self:
            milestone.net_amount = milestone._get_effective_amount() - milestone.retention_amount

    @api.depends(
        "release_line_ids.amount",
        "release_line_ids.release_id.state",
        "release_line_ids.release_id.outcome",
    )
    def _compute_retention_released(self):
        for milestone in self:
            lines = milestone.release_line_ids
            done = lines.filtered(lambda line: line.release_id.state == "done")
            forfeited = done.filtered(lambda line: line.release_id.outcome == "forfeit")
            milestone.retention_released = sum((done - forfeited).mapped("amount"))
            milestone.retention_forfeited = sum(forfeited.mapped("amount"))

    @api.depends("retention_amount", "state", "retention_released", "retention_forfeited")
    def _compute_retention_held(self):
        for order, milestones in self.grouped("order_id").items():
            held = order._get_held_by_milestone(milestones)
            for milestone in milestones:
                gone = milestone.retention_released + milestone.retention_forfeited
                milestone.retention_held = held.get(milestone, 0)
                milestone.retention_open = milestone.retention_held - gone

    def _get_retention_available(self):
        """Return what of its retention can be released: open, and not committed to a release."""
        return self.retention_held - self._get_retention_committed()

    def _get_retention_committed(self):
        """Return what of its retention is released, forfeited, or reserved to become either."""
        lines = self.release_line_ids.filtered(
            lambda line: line.release_id.state == "done" or line.release_id._is_reserved()
        )
        return sum(lines.mapped("amount"))

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "release_line_ids": []}

    @api.model
    def _get_computed_fields(self):
        return super()._get_computed_fields() | {
            "retention_amount",
            "net_amount",
            "retention_held",
            "retention_released",
            "retention_forfeited",
            "retention_open",
        }

    @api.model
    def _get_amount_figures(self):
        return [*super()._get_amount_figures(), "retention_amount", "net_amount"]

    def _unlink_except_left_pending(self):
        # EXTENDS the check that `unlink` makes first: the shares of releases are history.
        result = super()._unlink_except_left_pending()
        # sudo: purchase.retention.release.line - a buyer may not see why he is refused
        self._check_none(
            self.filtered(lambda milestone: milestone.sudo().release_line_ids),
            self.env._("Milestones with a release of retention cannot be deleted:"),
        )
        return result

    def _prepare_part_values(self):
        return {**super()._prepare_part_values(), "retention_percent": self.retention_percent}

    # ------------------------------------------------------------------
    # Life cycle
    # ------------------------------------------------------------------

    def _before_approve(self):
        result = super()._before_approve()
        self._settle_retention()
        return result

    def _settle_retention(self):
        """Fix what these milestones retain: they come next in the order of approval."""
        for order, milestones in self.grouped("order_id").items():
            plan = milestones | order.milestone_ids
            retentions = order._get_retention_amounts(plan, approving=milestones)
            for milestone in milestones:
                if milestone.retention_amount != retentions[milestone]:
                    milestone._write_guarded({"retention_amount": retentions[milestone]})

    def _get_revocation_obstacle(self):
        if self.order_id.date_final_acceptance:
            return self.env._(
                "its order has its final acceptance. Revoke the final acceptance first."
            )
        if not self.currency_id.is_zero(self.retention_released + self.retention_forfeited):
            return self.env._(
                "its retention has been released or forfeited. Cancel the release first."
            )
        return super()._get_revocation_obstacle()
