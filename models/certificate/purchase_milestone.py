from odoo import models

from ...tools.checks import check_obstacles


class PurchaseMilestone(models.Model):
    """A milestone that stands on certificates."""

    _inherit = "purchase.milestone"

    def _get_certified_milestone(self):
        """Return the milestone under which certificates show this one: parts go with theirs."""
        return self.part_of_id or self

    def _after_revoke(self):
        result = super()._after_revoke()
        # Again, now that all of them are revoked: each may have relied on the others.
        check_obstacles(self, lambda milestone: milestone._get_certified_obstacle())
        return result

    def _get_revocation_obstacle(self):
        return super()._get_revocation_obstacle() or self._get_certified_obstacle()

    def _get_certified_obstacle(self):
        """Return which certificate needs the approval of this milestone, or None."""
        # sudo: purchase.order - the certificate counts whoever may read it
        order = self.order_id.sudo()
        last = order._get_last_certificate()
        if not last or order._bills_by_milestones():
            return None
        certified = self._get_certified_milestone()
        line = last.line_ids.filtered(lambda line: line.milestone_id == certified)
        without = order._get_done_by_milestone(order.milestone_ids - self).get(certified, 0)
        if self.currency_id.compare_amounts(without, line.amount_to_date) >= 0:
            return None
        return self.env._(
            "it is on payment certificate %(number)s. Declare the certificate void first.",
            number=last.number,
        )
