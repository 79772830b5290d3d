from odoo import fields, models


class PurchaseMilestoneTemplateLine(models.Model):
    """A template says what its milestones retain."""

    _inherit = "purchase.milestone.template.line"

    retention_percent = fields.Float(string="Retention %", digits=(16, 6), min_display_digits=2)

    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent BETWEEN 0 AND 100)",
        "The retention of a milestone goes from 0 to 100 percent.",
    )

    def _prepare_milestone_values(self, order, due, sequence):
        return {
            **super()._prepare_milestone_values(order, due, sequence),
            "retention_percent": self.retention_percent,
        }

    def _prepare_values_from(self, milestone):
        return {
            **super()._prepare_values_from(milestone),
            "retention_percent": milestone.retention_percent,
        }
