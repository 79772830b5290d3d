from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare
from odoo.tools.misc import formatLang


class PurchaseMilestoneTemplate(models.Model):
    """A plan of milestones that can be applied to orders."""

    _name = "purchase.milestone.template"
    _description = "Purchase Milestone Template"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        help="Empty: all companies can use it.",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the fixed amounts; they are converted at the order's date.",
    )
    line_ids = fields.One2many(
        comodel_name="purchase.milestone.template.line",
        inverse_name="template_id",
        string="Milestones",
        copy=True,
    )

    percentage_total = fields.Float(
        string="Percentages in All",
        compute="_compute_percentage_total",
        digits=(16, 6),
        min_display_digits=2,
    )

    @api.depends("line_ids.amount_type", "line_ids.percentage")
    def _compute_percentage_total(self):
        for template in self:
            percent = template.line_ids.filtered(lambda line: line.amount_type == "percent")
            template.percentage_total = sum(percent.mapped("percentage"))

    @api.constrains("line_ids")
    def _check_lines(self):
        for template in self:
            total = template.percentage_total
            if float_compare(total, 100, precision_digits=6) > 0:
                raise ValidationError(
                    self.env._(
                        "The percentages of “%(template)s” sum to %(total)s. Keep them at 100 "
                        "or below.",
                        template=template.name,
                        total=formatLang(self.env, total, digits=2),
                    )
                )
            if len(template.line_ids.filtered(lambda line: line.amount_type == "balance")) > 1:
                raise ValidationError(
                    self.env._(
                        "“%(template)s” can have one balance milestone, not several.",
                        template=template.name,
                    )
                )

    def _prepare_milestones_values(self, order):
        """Return the values of the milestones that this template gives ``order``."""
        self.ensure_one()
        previous = order_date = order._get_plan_date()
        values = []
        for line in self.line_ids.sorted():
            due = fields.Date.add(
                order_date if line.due_basis == "order" else previous, days=line.due_days
            )
            values.append(line._prepare_milestone_values(order, due, 10 * (len(values) + 1)))
            previous = due
        return values
