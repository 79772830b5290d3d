"""Who may write what on a milestone, through whichever door the values come."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.checks import DELETED_BY_US, FROZEN_STATES, GuardedValues

# The life cycle owns these: the value that a new milestone gets, whatever the caller says.
INITIAL_STATE = {
    "state": "pending",
    "date_started": False,
    "date_completed": False,
    "date_approved": False,
    "completed_by_id": False,
    "approved_by_id": False,
    "rejection_reason": False,
}
# The plan and the order own these; a create computes them anyway, whatever the values say.
COMPUTED_FIELDS = (
    "company_id",
    "currency_id",
    "partner_id",
)
# Not part of the agreement: writable in every state (documents have a guard of their own).
ALWAYS_WRITABLE = {"user_id", "sequence", "document_ids"}
# What decides whether the plan fits its order.
PLAN_FIELDS = {"order_id", "amount_type", "percentage", "amount"}
LOCKED_WRITABLE = ALWAYS_WRITABLE - {"sequence"}


class PurchaseMilestone(models.Model):
    """Guards: who may write what on a milestone, and until when."""

    _inherit = "purchase.milestone"

    @api.model_create_multi
    def create(self, vals_list):
        default_order_id = self.default_get(["order_id"]).get("order_id")
        orders = self.env["purchase.order"].browse(
            {vals.get("order_id", default_order_id) for vals in vals_list} - {None, False}
        )
        orders._check_plan_extensible()
        vals_list = [self._round_amount({"order_id": default_order_id, **v}) for v in vals_list]
        with orders._checking_plan():
            milestones = super(
                PurchaseMilestone,
                self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True),
            ).create([{**vals, **self._get_initial_values()} for vals in vals_list])
        return milestones.with_env(self.env)

    @api.model
    def _get_initial_values(self):
        """Return what a new milestone starts with, whatever the caller says."""
        return dict(INITIAL_STATE)

    @api.model
    def _get_computed_fields(self):
        """Return the names of the fields that only the server sets."""
        return {*COMPUTED_FIELDS}

    def _round_amount(self, vals):
        """Return ``vals`` with the amount rounded as it will be stored."""
        if not vals.get("amount"):
            return vals
        order = self.env["purchase.order"].browse(vals["order_id"])
        return {**vals, "amount": order._get_plan_currency().round(float(vals["amount"]))}

    def write(self, vals):
        if isinstance(vals, GuardedValues):
            return super().write(vals)
        self._check_writable(vals)
        target = self.env["purchase.order"].browse(vals.get("order_id"))
        self._check_movable(target)
        if not vals.keys() & PLAN_FIELDS:
            return super().write(vals)
        with (self.order_id | target)._checking_plan():
            return super().write(vals)

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past the guards, for our own methods only.

        Through `write`, so that automation rules and other addons see it.
        """
        return not self or self.write(GuardedValues(vals))

    def unlink(self):
        if self.env.context.get("purchase_milestone_delete") is not DELETED_BY_US:
            self.company_id._check_milestones_enabled()
            self.order_id._check_plan_writable()
        # Checked before the documents move, since their own guard would name another reason.
        self._unlink_except_left_pending()
        # sudo: ir.attachment - documents go to the order, also those that the user cannot read
        documents = self.env["ir.attachment"].sudo().search(self._documents_domain())
        documents = documents.with_context(purchase_milestone_delete=DELETED_BY_US)
        for order_id, owned in documents.grouped(
            lambda document: self.browse(document.res_id).order_id.id
        ).items():
            owned.write({"res_model": "purchase.order", "res_id": order_id})
        self._log_deletion()
        milestones = self.with_context(purchase_milestone_delete=DELETED_BY_US)
        return super(PurchaseMilestone, milestones).unlink()

    def _log_deletion(self):
        for order, milestones in self.grouped("order_id").items():
            if order.state == "purchase":
                names = format_list(self.env, milestones.mapped("name"))
                order._message_log(body=self.env._("Milestones deleted: %(names)s", names=names))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_left_pending(self):
        self._check_none(
            self.filtered(lambda milestone: milestone.state != "pending"),
            self.env._("Only pending milestones can be deleted:"),
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_order_locked(self):
        self.order_id.check_access("write")
        self.order_id.filtered(lambda order: order.state != "cancel")._check_plan_unlocked()

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    def _check_writable(self, vals):
        """Raise unless the user may write ``vals`` on these milestones in their present status."""
        names = vals.keys() - self._mail_field_names()
        guarded = names & {*self._get_initial_values(), *self._get_computed_fields()}
        if guarded:
            raise UserError(
                self.env._(
                    "%(fields)s cannot be changed directly. The buttons of the milestone (Start, "
                    "Complete, Approve, Reject) and the figures of the order set them.",
                    fields=self._field_labels(guarded),
                )
            )
        if names:
            self.company_id._check_milestones_enabled()
        if names - ALWAYS_WRITABLE:
            self.order_id._check_plan_writable()
            self._check_none(
                self.filtered(lambda milestone: milestone.state in FROZEN_STATES),
                self.env._(
                    "%(fields)s cannot be changed once a milestone is completed. Have the "
                    "milestone rejected, or its approval revoked, first:",
                    fields=self._field_labels(names - ALWAYS_WRITABLE),
                ),
            )
        if names - LOCKED_WRITABLE:
            self.order_id._check_plan_unlocked()

    def _check_movable(self, target):
        """Raise unless these milestones may move to the order ``target``."""
        moved = self.filtered(lambda milestone: target and milestone.order_id != target)
        if not moved:
            return
        target._check_plan_extensible()
        self._check_none(
            moved.filtered(
                lambda milestone: (
                    milestone.state != "pending"
                    or milestone.company_id != target.company_id
                    or milestone.currency_id != target.currency_id
                )
            ),
            self.env._(
                "Only a pending milestone can move to another order, and only to an order of the "
                "same company and currency:"
            ),
        )

    def _mail_field_names(self):
        return {*self.env["mail.thread"]._fields, *self.env["mail.activity.mixin"]._fields}

    def _field_labels(self, names):
        labels = (field["string"] for field in self.fields_get(names, ["string"]).values())
        return format_list(self.env, sorted(labels))

    def _check_none(self, milestones, sentence):
        """Raise UserError with the sentence and a line for each milestone, if there is any."""
        if milestones:
            states = dict(self._fields["state"]._description_selection(self.env))
            # sudo: purchase.order - the name of the order, for users who only see milestones
            lines = [f"- {m.display_name} ({states[m.state]})" for m in milestones.sudo()]
            raise UserError("\n".join([sentence, *lines]))
