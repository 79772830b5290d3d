from odoo import api, models
from odoo.fields import Domain


class IrRule(models.Model):
    """Record rules of an order hold for what belongs to it.

    Odoo does the same for what inherits from a record (`_inherits`). A model names the field that
    leads to its order, or to what belongs to an order, in `_access_through`.
    """

    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        """Return the domain of the model's rules and of those that hold for its order.

        Whoever creates, changes or deletes what belongs to an order changes the order.
        """
        domain = super()._compute_domain(model_name, mode)
        model = self.env[model_name]
        name = getattr(model, "_access_through", None)
        if not name:
            return domain
        order_mode = "read" if mode == "read" else "write"
        above = self._compute_domain(model._fields[name].comodel_name, order_mode)
        if above.is_true() or (above == domain and _is_of_company(above)):
            # What belongs to an order is of its company, and has a rule of its own for it.
            return domain
        within = Domain(name, "any", above)
        if not model._fields[name].required:
            within |= Domain(name, "=", False)
        return domain & within


def _is_of_company(domain):
    return all(condition.field_expr == "company_id" for condition in domain.iter_conditions())
