from odoo import api, models
from odoo.tools import SQL


class PurchaseBillLineMatch(models.Model):
    _inherit = "purchase.bill.line.match"

    @api.model
    def _select_am_line(self):
        # EXTENDS 'purchase': retention is matched to no order line.
        return SQL("%s AND aml.retention_order_id IS NULL", super()._select_am_line())
