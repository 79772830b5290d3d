from odoo import fields, models

from .purchase_order import LIMIT_TYPES, TERM_FIELDS


class PurchaseMilestoneTemplate(models.Model):
    """A template can say on which terms its orders hold retention, and not only how much."""

    _inherit = "purchase.milestone.template"

    has_retention_terms = fields.Boolean(
        string="With Retention Terms",
        help="The orders get these terms with the milestones. Otherwise they keep their own.",
    )
    retention_limit_type = fields.Selection(
        selection=LIMIT_TYPES, string="Retention Limit", default="none", required=True
    )
    retention_limit = fields.Float(
        string="Limit Value",
        digits=(16, 6),
        min_display_digits=2,
        help="A percentage of the order's untaxed total, or an amount in the template's currency.",
    )
    retention_period_days = fields.Integer(
        string="Retention Period in Days",
        help="From final acceptance until all retention is due for release.",
    )
    retention_acceptance_percent = fields.Float(
        string="Due at Acceptance %",
        digits=(16, 6),
        min_display_digits=2,
        help="Part of what is held, 0 to 100, that is due at final acceptance already.",
    )
    retention_percent = fields.Float(
        string="Retention of New Milestones %",
        digits=(16, 6),
        min_display_digits=2,
        help="Milestones that are added to the order later get this percentage, 0 to 100.",
    )

    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent BETWEEN 0 AND 100)",
        "The retention of a milestone goes from 0 to 100 percent.",
    )
    _retention_limit_range = models.Constraint(
        "CHECK(retention_limit >= 0"
        " AND (retention_limit_type != 'percent' OR retention_limit <= 100))",
        "The retention limit is zero or more, and as a percentage at most 100.",
    )
    _retention_period_positive = models.Constraint(
        "CHECK(retention_period_days BETWEEN 0 AND 36500)",
        "The retention period goes from 0 to 36,500 days.",
    )
    _retention_acceptance_range = models.Constraint(
        "CHECK(retention_acceptance_percent BETWEEN 0 AND 100)",
        "The part of the retention that is due at acceptance goes from 0 to 100 percent.",
    )

    def _prepare_retention_terms(self, order):
        """Return the values of the terms that this template gives ``order``."""
        self.ensure_one()
        values = {name: self[name] for name in sorted(TERM_FIELDS)}
        if self.retention_limit_type == "amount":
            values["retention_limit"] = self.currency_id._convert(
                self.retention_limit, order.currency_id, order.company_id, order._get_plan_date()
            )
        return values
