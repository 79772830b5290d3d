"""The retention of an order as its vendor sees it: a statement, and the request for what is due."""

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.checks import RELEASE_OFFICER, serialize_on

REQUEST = "purchase_milestone.mail_activity_type_retention_request"


class PurchaseOrder(models.Model):
    """An order whose vendor asks for the retention that is due."""

    _inherit = "purchase.order"

    # ------------------------------------------------------------------
    # The request
    # ------------------------------------------------------------------

    def _request_retention(self):
        """Ask the release officers to release what is due; once, until they have decided.

        The caller has checked that the user works for the vendor, and calls this as superuser.

        :raises UserError: nothing is due, or it has been asked for
        """
        self.ensure_one()
        serialize_on(self)
        if obstacle := self._get_request_obstacle():
            raise UserError(obstacle)
        due = self.currency_id.format(self._get_retention_due_today())
        for user in self.company_id._get_users_with_right(RELEASE_OFFICER) or self.user_id:
            order = self.with_context(lang=user.lang)
            order.activity_schedule(
                REQUEST,
                user_id=user.id,
                summary=order.env._("The vendor asks for his retention"),
                note=order.env._(
                    "%(vendor)s asks for the retention of %(order)s that is due: %(amount)s.",
                    vendor=order.partner_id.display_name,
                    order=order.name,
                    amount=due,
                ),
            )
        order = self.with_context(lang=self.company_id.partner_id.lang)
        order._message_log(
            body=order.env._("The vendor asks for the retention that is due: %(due)s", due=due)
        )

    def _get_request_obstacle(self):
        """Return why the vendor cannot ask for retention now, in words for him, or None."""
        self.ensure_one()
        if self._get_retention_requests():
            return self.env._("You have asked for it already. The request is being handled.")
        if self.currency_id.compare_amounts(self._get_retention_due_today(), 0) <= 0:
            return self.env._("No retention is due today.")
        return None

    def _get_retention_requests(self):
        """Return the open activities that ask for the release of this order's retention."""
        # sudo: mail.activity - they are those of the release officers
        return self.sudo().activity_search([REQUEST])

    def _get_date_asked_for_retention(self):
        """Return the day on which the vendor asked for what has not been decided, or None."""
        requests = self._get_retention_requests()
        if not requests:
            return None
        asked = min(requests.mapped("create_date"))
        return fields.Datetime.context_timestamp(self, asked).date()

    def _close_retention_requests(self):
        """Close what the vendor asked for: a release of the order's retention is under way."""
        self._get_retention_requests().action_feedback()

    def _get_retention_due_today(self):
        return self._get_retention_due(fields.Date.context_today(self))

    # ------------------------------------------------------------------
    # The statement
    # ------------------------------------------------------------------

    def _get_retention_statement(self):
        """Return the figures of the statement: what is held, given back and kept, and when due.

        Amounts are in the order's currency. Whoever shows it has checked that it may be seen.
        """
        self.ensure_one()
        # sudo: purchase.order - vendors have no access to the retention; the caller has checked
        order = self.sudo()
        held = order.milestone_ids.filtered(lambda m: m.retention_amount or m.retention_held)
        done = order.retention_release_ids.filtered(lambda r: r.state == "done").sorted("date")
        return {
            "held": order.retention_held,
            "released": order.retention_released,
            "forfeited": order.retention_forfeited,
            "open": order.retention_open,
            "reserved": order.retention_reserved,
            "due": order._get_retention_due_today(),
            "accepted_on": order.date_final_acceptance,
            "due_on": order.date_retention_due,
            "terms": order._get_retention_terms(),
            "milestones": [
                {
                    "name": milestone.name,
                    "percent": milestone.retention_percent,
                    "retained": milestone.retention_amount,
                    "held": milestone.retention_held,
                    "released": milestone.retention_released,
                    "forfeited": milestone.retention_forfeited,
                    "open": milestone.retention_open,
                }
                for milestone in held
            ],
            "releases": [
                {
                    "date": release.date,
                    "amount": release.amount,
                    "is_forfeited": release.outcome == "forfeit",
                }
                for release in done
            ],
        }

    def _get_retention_terms(self):
        """Return sentences on when this order's retention becomes due."""
        days, percent = self.retention_period_days, self.retention_acceptance_percent
        if percent and days:
            return [
                self.env._(
                    "%(percent)g %% of what is held is due at the final acceptance.",
                    percent=percent,
                ),
                self.env._("The rest is due %(days)s days after the final acceptance.", days=days),
            ]
        if days:
            return [self.env._("It is due %(days)s days after the final acceptance.", days=days)]
        return [self.env._("It is due at the final acceptance.")]

    def _get_report_base_filename(self):
        # EXTENDS 'purchase': the name of the statement's file.
        if self.env.context.get("retention_statement"):
            return self.env._("Retention Statement %(order)s", order=self.name)
        return super()._get_report_base_filename()
