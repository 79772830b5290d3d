"""Templates on orders: apply one, save a plan as one."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list

from ...tools.checks import MANAGER, check_right, filter_changed


class PurchaseOrder(models.Model):
    """Applying templates of milestones to orders, and saving plans as templates."""

    _inherit = "purchase.order"

    def _apply_milestone_template(self, template):
        """Replace all milestones of these orders by those of the template.

        :param template: a ``purchase.milestone.template``, of the orders' company or of none
        :raise UserError: archived or foreign template, or a milestone that has left pending
        """
        template.ensure_one()
        self._check_plan_writable()
        template.check_access("read")
        self.company_id._check_milestones_enabled()
        self._check_template_applies(template)
        with self._checking_plan():
            orders = self._deferring_plan_check()
            orders.milestone_ids.unlink()
            orders.env["purchase.milestone"].create(
                [
                    values
                    for order in orders
                    for values in template._prepare_milestones_values(order)
                ]
            )
        body = self.env._("Milestone template applied: %(template)s", template=template.name)
        self._message_log_batch({order.id: body for order in self})

    def _apply_default_template(self):
        """Give those of these orders that have no milestones the template of their company."""
        enabled = self.filtered("company_id.milestone_enabled")
        for company, orders in enabled.grouped("company_id").items():
            if template := company._get_default_milestone_template():
                unplanned = orders.filtered(lambda order: not order.milestone_ids)
                unplanned._apply_milestone_template(template)

    def _has_untouched_default_plan(self):
        """Return whether this plan is still as the company's default template has made it."""
        self.ensure_one()
        template = self.company_id._get_default_milestone_template()
        plan = self.milestone_ids.sorted()
        if len(plan) != len(template.line_ids) or plan.document_ids:
            return False
        expected = template._prepare_milestones_values(self) if template else []
        return not any(
            filter_changed(milestone, {"user_id": self.user_id.id, **values}, {"user_id", *values})
            for milestone, values in zip(plan, expected, strict=True)
        )

    def _check_template_applies(self, template):
        if not template.active:
            raise UserError(
                self.env._(
                    "The template “%(template)s” is archived. Choose another one or restore it.",
                    template=template.name,
                )
            )
        # sudo: res.company - a branch applies the template of its parent company
        foreign = self.sudo().filtered(
            lambda order: (
                template.company_id and template.company_id not in order.company_id.parent_ids
            )
        )
        if foreign:
            raise UserError(
                self.env._(
                    "The template “%(template)s” belongs to another company than %(orders)s. "
                    "Choose another one.",
                    template=template.name,
                    orders=format_list(self.env, foreign.mapped("name")),
                )
            )
        cancelled = self.filtered(lambda order: order.state == "cancel")
        if cancelled:
            raise UserError(
                self.env._(
                    "These orders are cancelled: %(orders)s. Set them back to a request for "
                    "quotation first.",
                    orders=format_list(self.env, cancelled.mapped("name")),
                )
            )
        self._check_no_milestone(
            lambda milestone: milestone.state != "pending",
            self.env._(
                "A template can only replace pending milestones, and these are not pending:"
            ),
        )

    def _get_plan_date(self):
        """Return the date from which a template counts: the order's, in the user's time zone."""
        self.ensure_one()
        moment = self.date_order or fields.Datetime.now()
        return fields.Datetime.context_timestamp(self, moment).date()

    def action_apply_milestone_template(self):
        """Open the dialog that previews and applies a template."""
        self.company_id._check_milestones_enabled()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.purchase_milestone_template_apply_action"
        )
        return {**action, "context": {"default_order_ids": self.ids}}

    def action_save_milestone_template(self):
        """Make a template of this order's plan and open it. Purchase managers.

        :raise UserError: the order has no milestones
        """
        self.ensure_one()
        check_right(self.env, MANAGER)
        self.company_id._check_milestones_enabled()
        if not self.milestone_ids:
            raise UserError(
                self.env._("This order has no milestones to save as a template. Add some first.")
            )
        lines = self.env["purchase.milestone.template.line"]
        template = self.env["purchase.milestone.template"].create(
            {
                "name": self.env._("Plan of %(order)s", order=self.name),
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "line_ids": [
                    Command.create(lines._prepare_values_from(milestone))
                    for milestone, _whole in self._get_wholes()
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": template._name,
            "res_id": template.id,
            "view_mode": "form",
        }
