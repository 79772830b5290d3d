from odoo import models
from odoo.fields import Command


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """Reverse bills. A new bill withholds as the reversed one did, for the same milestones."""
        wizard = self.with_context(**self.move_ids._with_retention().env.context)
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify)

    def _modify_default_reverse_values(self, origin_move):
        return {
            **super()._modify_default_reverse_values(origin_move),
            "milestone_choice_ids": [Command.set(origin_move.milestone_choice_ids.ids)],
        }
