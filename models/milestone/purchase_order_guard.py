"""What may not be written on an order because of its milestones."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import BUYER, check_right, filter_changed

# The plan, its milestones and the releases own these.
TOTAL_FIELDS = (
    "milestone_amount",
    "milestone_unallocated",
    "milestone_progress",
    "retention_held",
    "retention_released",
    "retention_open",
    "retention_reserved",
    "milestone_base",
    "date_retention_due",
)
# Part of the contract that approvals rest on.
LIMIT_FIELDS = {"retention_limit_type", "retention_limit", "retention_period_days"}
TERM_FIELDS = {*LIMIT_FIELDS, "retention_acceptance_percent"}


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _check_milestone_guards(self, vals):
        if vals.keys() & {"date_final_acceptance", *TOTAL_FIELDS}:
            raise UserError(
                self.env._(
                    "The totals of milestones and retention are computed, and the final acceptance "
                    "is given by its button: they cannot be written."
                )
            )
        self._check_billing_choice(vals)
        orders = self.sudo()
        if vals.get("state", "purchase") != "purchase":
            orders._refuse_if_approved(
                self.env._("Revoke the approval before the order is cancelled or set back:")
            )
        if vals.keys() & TERM_FIELDS:
            self._check_terms(vals)
        if "partner_id" in vals:
            filter_changed(orders, vals, {"partner_id"})._refuse_if_approved(
                self.env._("The vendor stands from the first approval on:")
            )

    def _check_terms(self, vals):
        if not self.env.su:
            check_right(self.env, BUYER)
        orders = self.sudo()
        filter_changed(orders, vals, TERM_FIELDS).company_id._check_milestones_enabled()
        orders._check_plan_unlocked()
        filter_changed(orders, vals, LIMIT_FIELDS)._refuse_if_approved(
            self.env._("The retention's limit and period stand from the first approval on:")
        )
        filter_changed(orders, vals, {"retention_acceptance_percent"})._refuse_accepted(
            self.env._("The part of the retention that is due at acceptance stands:")
        )

    def _refuse_accepted(self, sentence):
        accepted = self.sudo().filtered("date_final_acceptance")
        if accepted:
            raise UserError(
                self.env._(
                    "%(sentence)s these orders have their final acceptance: %(orders)s. Revoke "
                    "that first.",
                    sentence=sentence,
                    orders=format_list(self.env, accepted.mapped("name")),
                )
            )

    def _refuse_if_approved(self, sentence):
        self._refuse_milestones(lambda milestone: milestone.state == "approved", sentence)

    def _refuse_milestones(self, predicate, sentence):
        milestones = self.sudo().milestone_ids.filtered(predicate)
        milestones._raise_obstacles(milestones, sentence)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_withheld(self):
        withheld = self.sudo().filtered("retention_line_ids")
        if withheld:
            raise UserError(
                self.env._(
                    "%(orders)s cannot be deleted: there are bills with their retention, which may "
                    "be cancelled. Delete these first, or leave the orders cancelled.",
                    orders=format_list(self.env, withheld.mapped("name")),
                )
            )
