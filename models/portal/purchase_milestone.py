from odoo import api, fields, models
from odoo.tools import plaintext2html

from ...tools.checks import BUYER, check_obstacles, check_reason, check_right


class PurchaseMilestone(models.Model):
    """A milestone that its vendor delivers on the portal."""

    _inherit = "purchase.milestone"

    submission_ids = fields.One2many(
        comodel_name="purchase.milestone.submission",
        inverse_name="milestone_id",
        string="Deliveries of the Vendor",
        readonly=True,
        copy=False,
    )
    open_submission_id = fields.Many2one(
        comodel_name="purchase.milestone.submission",
        string="Open Delivery",
        compute="_compute_open_submission_id",
        compute_sudo=True,
    )

    @api.depends("submission_ids.state")
    def _compute_open_submission_id(self):
        for milestone in self:
            milestone.open_submission_id = milestone.submission_ids.filtered(
                lambda submission: submission.state == "submitted"
            )[:1]

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------

    def _get_next_submission_number(self):
        self.ensure_one()
        return max(self.submission_ids.mapped("number"), default=0) + 1

    def _get_submission_obstacle(self):
        """Return why the vendor cannot deliver this milestone now, or None."""
        self.ensure_one()
        if self.open_submission_id:
            return self.env._(
                "A delivery of this milestone is already waiting to be checked. Withdraw it first "
                "to deliver again."
            )
        if self.state != "started":
            return self.env._("Only a milestone that has been started can be delivered.")
        return None

    def _get_transition_obstacle(self, name):
        obstacle = super()._get_transition_obstacle(name)
        if not obstacle and name in ("complete", "reset"):
            return self._get_open_delivery_obstacle()
        return obstacle

    def action_open_completion(self):
        """Complete this milestone, or open it where a delivery of its vendor is to be checked."""
        self.ensure_one()
        self.check_access("read")
        if self.state == "started" and self.open_submission_id:
            return self.get_formview_action()
        return super().action_open_completion()

    def _get_part_obstacle(self):
        return super()._get_part_obstacle() or self._get_open_delivery_obstacle()

    def _get_open_delivery_obstacle(self):
        """Return that the vendor has delivered and nobody has decided on it, or None."""
        if self.open_submission_id:
            return self.env._(
                "a delivery of its vendor is open. Accept it, or return it with a reason."
            )
        return None

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "submission_ids": []}

    def action_accept_submission(self):
        """Accept the open deliveries of these milestones. Purchase users.

        :raises AccessError: the right is missing
        :raises UserError: a milestone has no open delivery, or cannot be completed
        """
        self._check_right_to_decide()
        return self._get_open_submissions().action_accept()

    def action_return_submission(self, reason=None):
        """Return the open deliveries of these milestones to their vendors. Purchase users.

        :param str reason: why, told to the vendor; required
        :raises AccessError: the right is missing
        :raises UserError: no reason, or a milestone has no open delivery
        """
        self._check_right_to_decide()
        reason = check_reason(self.env, reason)
        return self._get_open_submissions().action_return(reason)

    def _check_right_to_decide(self):
        self.check_access("read")
        check_right(self.env, BUYER)
        self.company_id._check_milestones_enabled()

    def _get_open_submissions(self):
        check_obstacles(
            self,
            lambda milestone: (
                None if milestone.open_submission_id else milestone.env._("no delivery is open.")
            ),
        )
        return self.open_submission_id

    # ------------------------------------------------------------------
    # The activity of the responsible
    # ------------------------------------------------------------------

    def _ask_responsible(self, submission):
        """Give the responsible an activity for the delivery."""
        user = self._get_submission_user()
        if user:
            self.activity_schedule(
                "purchase_milestone.mail_activity_type_submission",
                user_id=user.id,
                note=plaintext2html(submission.note or ""),
            )

    def _stop_asking(self):
        result = super()._stop_asking()
        self.filtered("open_submission_id")._drop_request_to_responsible()
        return result

    def _drop_request_to_responsible(self):
        self.activity_unlink(["purchase_milestone.mail_activity_type_submission"])

    def _get_submission_user(self):
        """Return the user who decides on deliveries of this milestone, if there is one."""
        self.ensure_one()
        for user in self.user_id | self.order_id.user_id | self.order_id.create_uid:
            theirs = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            if user.active and not user.share and theirs.has_access("read"):
                return user
        return self.env["res.users"]

    # ------------------------------------------------------------------
    # Deletion
    # ------------------------------------------------------------------

    def unlink(self):
        # sudo: purchase.milestone.submission - the documents go to the order, whoever may read them
        for submission in self.sudo().submission_ids:
            submission.attachment_ids.write(
                {"res_model": "purchase.order", "res_id": submission.order_id.id}
            )
        return super().unlink()
