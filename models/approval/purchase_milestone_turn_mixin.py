from odoo import api, models


class PurchaseMilestoneTurnMixin(models.AbstractModel):
    """What decides whose turn it is: when it changes, the turns are computed again."""

    _name = "purchase.milestone.turn.mixin"
    _description = "What Decides Who Approves Purchase Milestones"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["purchase.milestone"]._forget_turns()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env["purchase.milestone"]._forget_turns()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["purchase.milestone"]._forget_turns()
        return result
