"""Retention that becomes due is announced to the release officers."""

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.checks import INTERNAL, RELEASE_OFFICER
from ...tools.fields import MonetaryTotal
from .mail_activity import RETENTION_DUE


class PurchaseOrder(models.Model):
    """What is asked because of an order's milestones ends with the order."""

    _inherit = "purchase.order"

    retention_announced = MonetaryTotal(
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The due retention that release officers have been told of.",
        export_string_translation=False,
    )
    date_retention_checked = fields.Date(
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The last night on which it was checked whether retention is due.",
        export_string_translation=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        own = {"retention_announced": 0, "date_retention_checked": False}
        return super().create([{**vals, **own} for vals in vals_list])

    @api.model
    def _get_milestone_totals(self):
        return super()._get_milestone_totals() | {"retention_announced", "date_retention_checked"}

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state", "purchase") != "purchase":
            # sudo: purchase.milestone - what is asked ends with the order, whoever cancels it
            self.sudo().milestone_ids._stop_asking()
        if "user_id" in vals:
            # sudo: purchase.milestone - the new buyer follows, whoever names him
            self.sudo().milestone_ids._subscribe_people()
        return result

    @api.model
    def _get_retention_domain(self, company, today):
        """Return the orders of the company of which retention can have become due, or settled."""
        unchecked = Domain("date_retention_checked", "=", False) | Domain(
            "date_retention_checked", "<", today
        )
        holding = Domain("retention_open", ">", 0) | Domain("retention_announced", ">", 0)
        return unchecked & holding & Domain([("company_id", "=", company.id)])

    def _remind_release_officers(self, today):
        """Tell the release officers which of these orders have retention to release."""
        self._write_guarded({"date_retention_checked": today})
        due = {order: order._get_retention_due(today) for order in self}
        self._close_settled_retention(due)
        new = self.filtered(
            lambda o: o.currency_id.compare_amounts(due[o], o.retention_announced) > 0
        )
        told = {}
        for company, orders in new.grouped("company_id").items():
            told.update(dict.fromkeys(orders, company._get_users_with_right(RELEASE_OFFICER)))
        activities = self.env["mail.activity"]
        for activity in activities._search_milestone_activities((RETENTION_DUE,), new):
            told[self.browse(activity.res_id)] -= activity.user_id
        activities._open_milestone_activities(
            RETENTION_DUE,
            told,
            dict.fromkeys(told, today),
            {order: order._describe_due_retention(due[order]) for order in told},
        )
        for order in new:
            order._write_guarded({"retention_announced": due[order]})

    def _describe_due_retention(self, amount):
        return self.env._(
            "%(amount)s of %(vendor)s",
            amount=self.currency_id.format(amount),
            vendor=self.partner_id.display_name,
        )

    def _close_settled_retention(self, due=None):
        """Close what is asked of release officers where nothing is due any more.

        Where less is due than was announced, more that becomes due is announced again.
        """
        today = fields.Date.context_today(self)
        for order in self.filtered("retention_announced"):
            left = due[order] if due else order._get_retention_due(today)
            if not left:
                order._close_retention_activities()
            elif order.currency_id.compare_amounts(left, order.retention_announced) < 0:
                order._write_guarded({"retention_announced": left})

    def _close_retention_activities(self):
        activities = self.env["mail.activity"]
        activities._search_milestone_activities((RETENTION_DUE,), self).unlink()
        self._write_guarded({"retention_announced": 0})
