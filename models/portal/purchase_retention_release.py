from odoo import models


class PurchaseRetentionRelease(models.Model):
    """A release answers the vendor who asked for it."""

    _inherit = "purchase.retention.release"

    def _execute(self):
        result = super()._execute()
        if self.outcome == "pay":
            self.order_id._close_retention_requests()
        return result
