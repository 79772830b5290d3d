"""The vendor is told when a delivery is returned."""

from odoo import models


class PurchaseMilestoneSubmission(models.Model):
    """A delivery of which the vendor is told that it has been returned, and why."""

    _inherit = "purchase.milestone.submission"

    def action_return(self, reason=None):
        result = super().action_return(reason)
        # sudo: purchase.milestone.submission - the buyer may not read the vendor's users
        for submission in self.sudo():
            submission.order_id._mail_vendor(
                "purchase_milestone.mail_template_submission_returned",
                submission,
                submission.user_id.partner_id,
            )
        return result
