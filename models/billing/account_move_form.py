"""Odoo's form of a bill, for buyers who make bills and have no right to payments."""

from odoo import models


class AccountMove(models.Model):
    """A bill that opens for who can read it, whether or not he can read payments."""

    _inherit = "account.move"

    def _compute_payment_count(self):
        # Odoo's form asks for it, and refuses the whole bill to who cannot read payments.
        if self.env["account.payment"].has_access("read"):
            return super()._compute_payment_count()
        self.payment_count = 0
        return None
