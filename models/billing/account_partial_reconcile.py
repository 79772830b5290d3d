from odoo import api, models


class AccountPartialReconcile(models.Model):
    """Taxes that become due by payment: their bases, which Odoo notes on the account of each line.

    Those of retention are noted on the account of the cost, where the company has none for all.
    On the retention account they would stay open, and belong to no order.
    """

    _inherit = "account.partial.reconcile"

    @api.model
    def _prepare_cash_basis_base_line_vals(self, base_line, balance, amount_currency):
        values = super()._prepare_cash_basis_base_line_vals(base_line, balance, amount_currency)
        if base_line.retention_order_id and values["account_id"] == base_line.account_id.id:
            values["account_id"] = base_line._get_cost_account().id
        return values
