from odoo import api, fields, models


class ResCompany(models.Model):
    """What a company holds back of its milestones, unless an order says otherwise."""

    _inherit = "res.company"

    retention_percent = fields.Float(
        string="Retention of New Orders %",
        digits=(16, 6),
        min_display_digits=2,
        help="New orders start with this retention, 0 to 100. It can be changed on each, and a "
        "template has its own.",
    )

    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent BETWEEN 0 AND 100)",
        "The retention of a milestone goes from 0 to 100 percent.",
    )

    @api.model
    def _get_milestone_setting_names(self):
        return [*super()._get_milestone_setting_names(), "retention_percent"]
