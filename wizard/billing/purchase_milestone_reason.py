from odoo import api, fields, models


class PurchaseMilestoneReason(models.TransientModel):
    _inherit = "purchase.milestone.reason"

    operation = fields.Selection(
        selection_add=[("close_rest", "Close Rest"), ("reopen_rest", "Reopen Rest")],
        ondelete={"close_rest": "cascade", "reopen_rest": "cascade"},
    )
    currency_id = fields.Many2one(related="milestone_ids.currency_id")
    amount = fields.Monetary(
        string="Amount to Close",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Untaxed. By default all that is left to bill; of several milestones, zero closes "
        "all that is left of each.",
    )

    @api.depends("milestone_ids", "operation")
    def _compute_amount(self):
        for wizard in self:
            milestones = wizard.milestone_ids._origin._filtered_access("read")
            closes_one = wizard.operation == "close_rest" and len(milestones) == 1
            # sudo: purchase.milestone - approvers do not read the bills of a milestone
            wizard.amount = milestones.sudo()._get_unbilled_rest() if closes_one else 0

    def action_confirm(self):
        """Also close or reopen what is left to bill of milestones, for the given reason."""
        self.ensure_one()
        if self.operation == "close_rest":
            return self.milestone_ids.action_close_rest(self.reason, self.amount or None)
        if self.operation == "reopen_rest":
            return self.milestone_ids.action_reopen_rest(self.reason)
        return super().action_confirm()
