from odoo import api, fields, models

from .purchase_milestone import AMOUNT_TYPES


class PurchaseMilestoneTemplateLine(models.Model):
    """A milestone of a template."""

    _name = "purchase.milestone.template.line"
    _description = "Purchase Milestone Template Line"
    _order = "sequence, id"

    template_id = fields.Many2one(
        comodel_name="purchase.milestone.template",
        required=True,
        index=True,
        ondelete="cascade",
        export_string_translation=False,
    )
    currency_id = fields.Many2one(
        related="template_id.currency_id", export_string_translation=False
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Description", required=True, translate=True)
    note = fields.Html(string="Scope and Acceptance Criteria", translate=True, sanitize_style=True)
    amount_type = fields.Selection(
        selection=AMOUNT_TYPES,
        default="percent",
        required=True,
    )
    percentage = fields.Float(
        digits=(16, 6), min_display_digits=2, help="Of the order's untaxed total, 0 to 100."
    )
    amount = fields.Monetary(help="In the template's currency.")
    due_days = fields.Integer(string="Due After (Days)")
    due_basis = fields.Selection(
        selection=[("order", "Order date"), ("previous", "Previous milestone")],
        string="Counted From",
        default="order",
        required=True,
    )
    document_required = fields.Boolean()

    _percentage_range = models.Constraint(
        "CHECK(percentage BETWEEN 0 AND 100)",
        "The percentage of a milestone goes from 0 to 100.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "The amount of a milestone is zero or more."
    )
    _due_days_positive = models.Constraint(
        "CHECK(due_days >= 0)", "The days until a milestone is due are zero or more."
    )

    @api.constrains("amount_type", "percentage", "template_id")
    def _check_template(self):
        self.template_id._check_lines()

    def _prepare_milestone_values(self, order, due, sequence):
        """Return the values of this line's milestone on ``order``, due on that date."""
        self.ensure_one()
        values = {
            "order_id": order.id,
            "sequence": sequence,
            "name": self.name,
            "note": self.note,
            "amount_type": self.amount_type,
            "date_due": due,
            "document_required": self.document_required,
        }
        if self.amount_type == "percent":
            values["percentage"] = self.percentage
        if self.amount_type == "fixed":
            values["amount"] = self.currency_id._convert(
                self.amount, order.currency_id, order.company_id, order._get_plan_date()
            )
        return values

    def _prepare_values_from(self, milestone):
        """Return the values of a line that makes such a milestone again."""
        start = milestone.order_id._get_plan_date()
        due = milestone.date_due or start
        figures = milestone._get_whole_figures()
        return {
            "sequence": milestone.sequence,
            "name": milestone.name,
            "note": milestone.note,
            "amount_type": milestone.amount_type,
            "percentage": figures["percentage"] if milestone.amount_type == "percent" else 0,
            "amount": figures["amount"] if milestone.amount_type == "fixed" else 0,
            "due_days": max((due - start).days, 0),
            "document_required": milestone.document_required,
        }
