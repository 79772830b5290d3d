"""Putting a part back into the milestone that it was split from."""

from odoo import models

from ...tools.checks import BUYER, DELETED_BY_US, FROZEN_STATES, check_obstacles, check_right


class PurchaseMilestone(models.Model):
    """A part that is not accepted can become what it was: a share of its milestone."""

    _inherit = "purchase.milestone"

    def action_merge_back(self):
        """Put rejected or reworked parts back into what they were split from. Purchase users.

        Their documents and their history go along.

        :raise AccessError: a milestone cannot be read, or the right is missing
        :raise UserError: a milestone is no part or is completed, or what it was split from is
        """
        self.check_access("read")
        check_right(self.env, BUYER)
        self.order_id._check_plan_extensible()
        check_obstacles(self, lambda milestone: milestone._get_merge_obstacle())
        with self.order_id._checking_plan():
            for part in self.with_env(self.order_id._deferring_plan_check().env):
                part._put_back()
        return True

    def _get_merge_obstacle(self):
        """Return why this milestone cannot be put back into what it was split from, or None."""
        whole = self.part_of_id
        if not whole:
            return self.env._("it is no part of another milestone.")
        obstacle = self._get_state_obstacle(("rejected", "started", "pending"))
        if obstacle or whole.state not in FROZEN_STATES:
            return obstacle
        return self.env._(
            "“%(name)s” is completed already, so nothing can be put back into it. Rework the part "
            "and complete it again.",
            name=whole.name,
        )

    def _put_back(self):
        """Put this part back into what it was split from, with its documents and history."""
        whole, percentage, amount = self.part_of_id, self.percentage, self.amount
        body = self.env._(
            "Part put back: %(name)s, %(amount)s",
            name=self.name,
            amount=self.currency_id.format(amount),
        )
        # sudo: ir.attachment - documents go along, also those that the user cannot read
        documents = self.env["ir.attachment"].sudo().search(self._documents_domain())
        documents.write({"res_id": whole.id})
        # sudo: purchase.milestone - the history goes along, whoever wrote it
        history = self.sudo().with_context(purchase_milestone_delete=DELETED_BY_US)
        history.message_change_thread(whole)
        self._write_guarded({"state": "pending"})
        self.with_context(purchase_milestone_delete=DELETED_BY_US).unlink()
        whole._grow(percentage, amount)
        whole._message_log(body=body)
