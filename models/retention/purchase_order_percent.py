"""The percentage that new milestones of an order hold back."""

from odoo import api, fields, models

from ...tools.checks import INTERNAL


class PurchaseOrder(models.Model):
    """An order says what its new milestones hold back, by default what its company says."""

    _inherit = "purchase.order"

    retention_percent = fields.Float(
        string="Retention of New Milestones %",
        compute="_compute_retention_percent",
        store=True,
        readonly=False,
        precompute=True,
        digits=(16, 6),
        min_display_digits=2,
        groups=INTERNAL,
        help="Milestones that are added get this percentage, 0 to 100. It can be changed on each.",
    )

    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent BETWEEN 0 AND 100)",
        "The retention of a milestone goes from 0 to 100 percent.",
    )

    @api.depends("company_id")
    def _compute_retention_percent(self):
        for order in self:
            order.retention_percent = order.retention_percent or order._get_default_retention()

    def _get_default_retention(self):
        """Return the percentage with which the company's new orders start."""
        # sudo: res.company - the setting counts whoever creates the order
        return self.company_id.sudo().retention_percent
