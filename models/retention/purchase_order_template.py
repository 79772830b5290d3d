"""Terms of retention that come with a template, and go into one."""

from odoo import models

from .purchase_order import TERM_FIELDS


class PurchaseOrder(models.Model):
    """A template gives its terms of retention to the orders on which it is applied."""

    _inherit = "purchase.order"

    def _apply_milestone_template(self, template):
        result = super()._apply_milestone_template(template)
        if template.has_retention_terms:
            terms = self.grouped(
                lambda order: tuple(template._prepare_retention_terms(order).items())
            )
            for values, orders in terms.items():
                orders.write(dict(values))
        return result

    def _apply_default_template(self):
        # What the new order says itself counts more than the company's template.
        own = {order: order._get_term_values() for order in self if order._states_terms()}
        result = super()._apply_default_template()
        for order, values in own.items():
            if order._get_term_values() != values:
                order.write(values)
        return result

    def _get_term_values(self):
        return {name: self[name] for name in sorted(TERM_FIELDS)}

    def _states_terms(self):
        """Return whether this order has terms of its own: neither none at all nor the default."""
        terms = self._get_term_values()
        if terms["retention_percent"] == self._get_default_retention():
            del terms["retention_percent"]
        return any(value for value in terms.values() if value != "none")

    def action_save_milestone_template(self):
        action = super().action_save_milestone_template()
        if self._states_terms():
            template = self.env["purchase.milestone.template"].browse(action["res_id"])
            template.write({"has_retention_terms": True, **self._get_term_values()})
        return action
