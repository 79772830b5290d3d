"""The vendor is told when a milestone is rejected."""

from odoo import models


class PurchaseMilestone(models.Model):
    """A milestone of which the vendor is told that it has been rejected, and why."""

    _inherit = "purchase.milestone"

    def _run_transition(self, name, reason=None):
        result = super()._run_transition(name, reason)
        if name == "reject":
            # sudo: purchase.milestone - an approver may not read the order
            for milestone in self.sudo():
                milestone.order_id._mail_vendor(
                    "purchase_milestone.mail_template_milestone_rejected", milestone
                )
        return result
