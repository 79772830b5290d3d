from odoo import fields
from odoo.tools import float_repr

# No currency has more.
MOST_DECIMALS = 6


class MonetaryTotal(fields.Monetary):
    """An amount whose total is converted to the company's currency where several meet.

    The web client asks for that total by itself, beside a plain sum for where there is one
    currency. It has to be told “sum”: of anything else it shows nothing there.
    """

    aggregator = "sum_currency"

    def _description_aggregator(self, env):
        return super()._description_aggregator(env) and "sum"


class MonetaryCopy(fields.Monetary):
    """An amount that our own methods copy, rounded to its currency already.

    For each value that it inserts, Odoo makes a new record to look up the currency: for rows with
    many amounts, that takes most of the time.
    """

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        return float_repr(value or 0.0, MOST_DECIMALS)
