"""What may not be written on an order because of its milestones."""

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.checks import filter_changed


class PurchaseOrder(models.Model):
    """Guards of an order with milestones."""

    _inherit = "purchase.order"

    @api.model
    def _get_milestone_totals(self):
        """Return the names of the fields that the plan owns."""
        return {"milestone_amount", "milestone_unallocated", "milestone_progress", "milestone_base"}

    def _check_milestone_guards(self, vals):
        """Raise if ``vals`` cannot be written on these orders because of their milestones."""
        if vals.keys() & self._get_milestone_totals():
            raise UserError(
                self.env._("The totals of the milestones are computed and cannot be changed.")
            )
        # sudo: purchase.order - milestones guard an order also against those who do not see them
        orders = self.sudo()
        if vals.get("state", "purchase") != "purchase":
            orders._check_none_approved(
                self.env._("Revoke the approval before the order is cancelled or set back:")
            )
        if "partner_id" in vals:
            filter_changed(orders, vals, {"partner_id"})._check_none_approved(
                self.env._("The vendor cannot be changed after a milestone has been approved:")
            )

    def _check_none_approved(self, sentence):
        self._check_no_milestone(lambda milestone: milestone.state == "approved", sentence)

    def _check_no_milestone(self, predicate, sentence):
        """Raise UserError with the sentence and the milestones that fulfil the predicate."""
        # sudo: purchase.milestone - see `_check_milestone_guards`
        milestones = self.sudo().milestone_ids.filtered(predicate)
        milestones._check_none(milestones, sentence)
