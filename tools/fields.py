from odoo import fields


class MonetaryTotal(fields.Monetary):
    """An amount whose total is converted to the company's currency where several meet.

    The web client asks for that total by itself, beside a plain sum for where there is one
    currency. It has to be told “sum”: of anything else it shows nothing there.
    """

    aggregator = "sum_currency"

    def _description_aggregator(self, env):
        return super()._description_aggregator(env) and "sum"
