"""How retention is released, and how a release is cancelled."""

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.checks import RELEASE_OFFICER, check_obstacles, check_right, serialize_on
from ...tools.prorate import prorate


class PurchaseRetentionRelease(models.Model):
    """A release goes from draft to done, and from both to cancelled."""

    _inherit = "purchase.retention.release"

    def action_confirm(self):
        """Release or forfeit the amounts, shared over the milestones. Release officers.

        :raise UserError: a release is not ready, or asks for more than is open or due
        """
        self.check_access("read")
        check_right(self.env, RELEASE_OFFICER)
        self.company_id._check_milestones_enabled()
        # sudo: purchase.retention.release - the right has been checked; a release writes on orders
        for release in self.sudo():
            serialize_on(release.order_id)
            if release.percentage:
                # What “up to” means may have changed since it was entered.
                self.env.add_to_compute(self._fields["amount"], release)
            check_obstacles(release, lambda record: record._get_release_obstacle())
            shares = release._get_shares()
            release.line_ids._create_shares(
                [
                    {"release_id": release.id, "milestone_id": milestone.id, "amount": amount}
                    for milestone, amount in shares.items()
                ]
            )
            release._write_guarded({"user_id": self.env.uid})
            release._execute()
        return True

    def _execute(self):
        """Carry this release out."""
        self._write_guarded({"state": "done"})
        self._log_on_order(self._get_event("done"))

    def action_cancel(self):
        """Take releases back: what they released or forfeited is open again. Release officers.

        :raise UserError: a release is cancelled already, or its bill has been posted
        """
        self.check_access("read")
        check_right(self.env, RELEASE_OFFICER)
        self.company_id._check_milestones_enabled()
        # sudo: purchase.retention.release - the right has been checked; a release writes on orders
        for release in self.sudo():
            serialize_on(release.order_id)
            if release.state == "cancelled":
                raise UserError(self.env._("This release is cancelled already."))
            release._undo()
        return True

    def _undo(self):
        """Take this release back."""
        if self.state == "done":
            self._log_on_order(self._get_event("cancelled"))
        self._write_guarded({"state": "cancelled"})

    def _get_event(self, state):
        """Return what the order's history says when this release is done or cancelled."""
        if self.outcome == "pay":
            done = self.env._("Retention released")
            cancelled = self.env._("Release of retention cancelled")
        else:
            done = self.env._("Retention forfeited")
            cancelled = self.env._("Forfeiture of retention cancelled")
        return done if state == "done" else cancelled

    def _get_release_obstacle(self):
        """Return why this release cannot be done, or None."""
        order, currency = self.order_id, self.currency_id
        money = {
            "amount": currency.format(self.amount),
            "open": currency.format(order._get_retention_available()),
        }
        if not self._is_open():
            return self.env._("this release is not a draft any more. Make a new one.")
        if not (self.reason or "").strip():
            return self.env._("give a reason: it is kept in the history.")
        if self.date > fields.Date.context_today(self):
            return self.env._("the date of the release cannot lie in the future.")
        if currency.compare_amounts(self.amount, 0) <= 0:
            return self.env._("the amount of the release has to be above zero.")
        if currency.compare_amounts(self.amount, order._get_retention_available()) > 0:
            return self.env._(
                "%(amount)s is more than the %(open)s that is open. Lower the amount.", **money
            )
        due = order._get_retention_due(self.date)
        is_bound = self.outcome == "pay" and not self.early
        if is_bound and currency.compare_amounts(self.amount, due) > 0:
            return self.env._(
                "%(amount)s is more than the %(due)s that is due on that date. Lower the amount, "
                "or tick “Early Release”.",
                due=currency.format(due),
                **money,
            )
        return None

    def _get_shares(self):
        """Return ``{milestone: amount}``: in proportion to what each has open.

        By cumulative rounding, so that the parts sum to the whole and none exceeds what is open.
        """
        self.ensure_one()
        available = {
            milestone: milestone._get_retention_available()
            for milestone in self.order_id.milestone_ids.sorted()
        }
        shares = prorate(self.amount, available, self.currency_id)
        return {milestone: part for milestone, part in shares.items() if part}

    def _log_on_order(self, event):
        self.order_id._message_log(
            body=self.env._(
                "%(event)s: %(amount)s. %(reason)s",
                event=event,
                amount=self.currency_id.format(self.amount),
                reason=self.reason or "",
            )
        )
