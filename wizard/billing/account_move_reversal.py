from odoo import api, fields, models
from odoo.fields import Command

from ...tools.checks import INTERNAL


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    closes_milestones = fields.Boolean(
        string="For Good",
        groups=INTERNAL,
        help="What the credit note gives back of milestones cannot be billed again.",
    )
    bills_milestones = fields.Boolean(
        compute="_compute_bills_milestones",
        groups=INTERNAL,
        export_string_translation=False,
    )

    @api.depends("move_ids")
    def _compute_bills_milestones(self):
        for wizard in self:
            # sudo: purchase.order - whoever credits a bill need not read its order
            wizard.bills_milestones = bool(wizard.move_ids.sudo()._get_milestone_orders())

    def reverse_moves(self, is_modify=False):
        """Reverse bills. A new bill withholds as the reversed one did, for the same milestones."""
        wizard = self.with_context(**self.move_ids._with_retention().env.context)
        if is_modify:
            # What is billed anew is not given up.
            wizard.closes_milestones = False
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify)

    def _prepare_default_reversal(self, move):
        return {
            **super()._prepare_default_reversal(move),
            "closes_milestones": self.closes_milestones,
        }

    def _modify_default_reverse_values(self, origin_move):
        return {
            **super()._modify_default_reverse_values(origin_move),
            "milestone_choice_ids": [Command.set(origin_move.milestone_choice_ids.ids)],
        }
