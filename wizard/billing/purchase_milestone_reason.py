from odoo import fields, models


class PurchaseMilestoneReason(models.TransientModel):
    _inherit = "purchase.milestone.reason"

    operation = fields.Selection(
        selection_add=[("close_rest", "Close Rest"), ("reopen_rest", "Reopen Rest")],
        ondelete={"close_rest": "cascade", "reopen_rest": "cascade"},
    )
    currency_id = fields.Many2one(related="milestone_ids.currency_id")
    amount = fields.Monetary(
        string="Amount to Close",
        help="Untaxed. Leave it at zero to close all that is left to bill.",
    )

    def action_confirm(self):
        """Also close or reopen what is left to bill of milestones, for the given reason."""
        self.ensure_one()
        if self.operation == "close_rest":
            return self.milestone_ids.action_close_rest(self.reason, self.amount or None)
        if self.operation == "reopen_rest":
            return self.milestone_ids.action_reopen_rest(self.reason)
        return super().action_confirm()
