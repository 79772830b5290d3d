from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.tools.misc import babel_locale_parse, get_lang

from ...tools.selection import selected_ids

# A dialog shows this many orders one by one.
PREVIEW_LIMIT = 10


class PurchaseMilestoneTemplateApply(models.TransientModel):
    _name = "purchase.milestone.template.apply"
    _description = "Apply a Milestone Template"

    order_ids = fields.Many2many(
        comodel_name="purchase.order",
        string="Purchase Orders",
        required=True,
        default=lambda self: selected_ids(self.env, "purchase.order"),
    )
    company_ids = fields.Many2many(
        comodel_name="res.company", compute="_compute_company_ids", string="Companies"
    )
    template_id = fields.Many2one(
        comodel_name="purchase.milestone.template",
        required=True,
        domain="['|', ('company_id', '=', False), ('company_id', 'in', company_ids)]",
    )
    replaces = fields.Boolean(compute="_compute_replaces", export_string_translation=False)
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("order_ids")
    def _compute_company_ids(self):
        for wizard in self:
            wizard.company_ids = wizard.order_ids.company_id

    @api.depends("order_ids")
    def _compute_replaces(self):
        for wizard in self:
            wizard.replaces = bool(wizard.order_ids.milestone_ids)

    @api.depends("order_ids", "template_id")
    def _compute_preview(self):
        self.preview = False
        for wizard in self.filtered("template_id"):
            orders = wizard.order_ids._origin
            wizard.preview = self.env["ir.qweb"]._render(
                "purchase_milestone.template_apply_preview",
                {
                    "orders": [
                        (order, order.milestone_ids, wizard._preview_plan(order))
                        for order in orders[:PREVIEW_LIMIT]
                    ],
                    "more": len(orders[PREVIEW_LIMIT:]),
                    "format_day": self._format_day,
                },
            )

    def _format_day(self, day):
        """Return a date as forms write it: with the name of the month, this year's without year."""
        if not day:
            return ""
        skeleton = "MMMd" if day.year == fields.Date.context_today(self).year else "yMMMd"
        return format_skeleton(skeleton, day, locale=babel_locale_parse(get_lang(self.env).code))

    def _preview_plan(self, order):
        """Return ``[(milestone, amount)]`` as the template would make them, nothing stored."""
        milestones = self.env["purchase.milestone"]
        plan = milestones.concat(
            *(
                milestones.new(values)
                for values in self.template_id._prepare_milestones_values(order)
            )
        )
        amounts = order._get_milestone_amounts(plan)
        return [(milestone, amounts[milestone]) for milestone in plan]

    def action_apply(self):
        """Replace the milestones of the orders by those of the template."""
        self.ensure_one()
        self.order_ids._apply_milestone_template(self.template_id)
        return True
