"""The life cycle of a milestone: one table, one method that runs it."""

from typing import NamedTuple

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_list

from ...tools.checks import (
    APPROVER,
    BUYER,
    FROZEN_STATES,
    check_obstacles,
    check_reason,
    check_right,
    serialize_on,
)
from .purchase_milestone_guard import INITIAL_STATE


class Transition(NamedTuple):
    """One row of the life cycle.

    ``stamps`` says what the transition writes: ``now``, ``user``, ``reason``, or False to clear.
    ``decides`` marks what changes the order's approved value: it is serialized on the order.
    """

    sources: tuple
    target: str
    group: str
    stamps: dict
    decides: bool = False
    needs_reason: bool = False


TRANSITIONS = {
    "start": Transition(("pending",), "started", BUYER, {"date_started": "now"}),
    "reset": Transition(("started",), "pending", BUYER, {"date_started": False}),
    "complete": Transition(
        ("started",),
        "completed",
        BUYER,
        {"date_completed": "now", "completed_by_id": "user"},
    ),
    "approve": Transition(
        ("completed",),
        "approved",
        APPROVER,
        {"date_approved": "now", "approved_by_id": "user"},
        decides=True,
    ),
    "reject": Transition(
        ("completed",),
        "rejected",
        APPROVER,
        {"rejection_reason": "reason"},
        decides=True,
        needs_reason=True,
    ),
    "rework": Transition(
        ("rejected",),
        "started",
        BUYER,
        {"date_completed": False, "completed_by_id": False},
    ),
    "revoke": Transition(
        ("approved",),
        "completed",
        APPROVER,
        {"date_approved": False, "approved_by_id": False},
        decides=True,
        needs_reason=True,
    ),
}


class PurchaseMilestone(models.Model):
    """The life cycle of a milestone."""

    _inherit = "purchase.milestone"

    # ------------------------------------------------------------------
    # Actions: each takes a selection, all or nothing, and returns True
    # ------------------------------------------------------------------

    def action_start(self):
        """Pending -> started. Purchase users."""
        return self._run_transition("start")

    def action_reset(self):
        """Started -> pending. Purchase users."""
        return self._run_transition("reset")

    def action_complete(self):
        """Started -> completed; a required document must be there. Purchase users."""
        return self._run_transition("complete")

    def action_approve(self):
        """Completed -> approved, freezing the retention. Approvers; not one's own completion."""
        return self._run_transition("approve")

    def action_reject(self, reason=None):
        """Completed -> rejected. Approvers.

        :param str reason: why; required
        """
        return self._run_transition("reject", reason)

    def action_rework(self):
        """Rejected -> started. Purchase users."""
        return self._run_transition("rework")

    def action_revoke(self, reason=None):
        """Approved -> completed. Approvers.

        :param str reason: why; required
        """
        return self._run_transition("revoke", reason)

    # ------------------------------------------------------------------
    # Machinery
    # ------------------------------------------------------------------

    def _run_transition(self, name, reason=None):
        """Take all of ``self`` through the transition called ``name``, or none.

        :raise AccessError: a record cannot be read, or the right is missing
        :raise UserError: no reason where one is needed, or a milestone is in the way
        """
        transition = TRANSITIONS[name]
        self.check_access("read")
        check_right(self.env, transition.group)
        self.company_id._check_milestones_enabled()
        if transition.needs_reason:
            reason = check_reason(self.env, reason)
        # sudo: purchase.milestone - approvers have no write access, and the right is checked above
        milestones = self.sudo().sorted(lambda milestone: (milestone.sequence, milestone.id))
        # Pending computations belong to the state before: the next state may freeze the amounts.
        milestones._recompute_recordset(self._get_plan_figures())
        if transition.decides:
            serialize_on(milestones.order_id)
        check_obstacles(milestones, lambda milestone: milestone._get_transition_obstacle(name))
        milestones = milestones._take_decision(name)
        if not milestones:
            return True
        sources = {milestone: milestone.state for milestone in milestones}
        if name == "approve":
            milestones._before_approve()
        values = {"state": transition.target, **self._prepare_stamps(transition, reason)}
        with milestones._keeping_figures(transition):
            milestones._write_guarded(values)
        if name == "approve":
            milestones._after_approve()
        if name == "revoke":
            milestones._after_revoke()
        milestones._after_transition(sources)
        milestones._log_transition(sources, transition.target, reason)
        return True

    def _keeping_figures(self, transition):
        """Return a context in which figures that the transition keeps are not computed again.

        Odoo would compute all that depends on the status: a third of the time of an approval.
        """
        return self.env.protecting(
            [
                ([records._fields[name] for name in names], records)
                for records, names in self._get_kept_figures(transition)
            ]
        )

    def _get_kept_figures(self, transition):
        """Return ``(records, names of stored fields)`` of what the transition keeps. A hook.

        From one frozen status to another no amount of a plan moves, and an approved milestone
        keeps its figures.
        """
        kept = []
        if {*transition.sources, transition.target} <= set(FROZEN_STATES):
            orders = self.order_id
            kept.append((orders, ("milestone_amount", "milestone_unallocated")))
            kept.append((orders.milestone_ids, self._get_frozen_figures()))
        if transition.target == "approved":
            kept.append((self, self._get_plan_figures()))
        return kept

    def _take_decision(self, name):
        """Return those of these milestones whose status the step changes now. A hook.

        :param str name: of the transition
        """
        return self

    def _get_transition_details(self, target):
        """Return what the history says of a step beside the new status, as markup. A hook."""
        return ""

    def _before_approve(self):
        """Do what has to precede the approval of these milestones. A hook."""

    def _after_approve(self):
        """Do what follows from the approval of these milestones. A hook."""

    def _after_revoke(self):
        """Undo what followed from the approval of these milestones. A hook."""

    def _after_transition(self, sources):
        """Do what follows from a change of status. A hook.

        :param dict sources: ``{milestone: status before}`` of these milestones
        """

    def _get_transition_obstacle(self, name):
        """Return why this milestone cannot take the transition, or None."""
        self.ensure_one()
        if obstacle := self._get_state_obstacle(TRANSITIONS[name].sources):
            return obstacle
        obstacles = {
            "complete": self._get_completion_obstacle,
            "approve": self._get_approval_obstacle,
            "reject": self._get_rejection_obstacle,
            "revoke": self._get_revocation_obstacle,
        }
        return obstacles[name]() if name in obstacles else None

    def _get_state_obstacle(self, wanted):
        """Return why a step from one of the states ``wanted`` cannot be taken, or None."""
        if self.order_state != "purchase":
            return self.env._("its order is not confirmed.")
        if self.state in wanted:
            return None
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "it is %(state)s, but has to be %(wanted)s for this step.",
            state=states[self.state],
            wanted=format_list(self.env, [states[state] for state in wanted], "or"),
        )

    def _get_completion_obstacle(self):
        if self.document_required and not self.document_count:
            return self.env._("it needs a document. Attach the evidence first.")
        return None

    def _get_approval_obstacle(self):
        if self.company_id.milestone_four_eyes and self.completed_by_id == self.env.user:
            return self.env._("you completed it yourself. Somebody else has to approve it.")
        if self.order_id._get_plan_excess():
            return self.env._("the plan exceeds the order's untaxed total. Correct the plan first.")
        return None

    def _get_rejection_obstacle(self):
        if self.amount_type == "balance" and self.order_id._get_open_balances():
            return self.env._(
                "the order has another open balance milestone. Change the type of that one first."
            )
        return None

    def _get_revocation_obstacle(self):
        """Return why the approval of this milestone cannot be revoked, or None."""
        return

    def _return_to_pending(self):
        """Set these milestones back to pending: their order is a request for quotation again."""
        left = self.filtered(lambda milestone: milestone.state != "pending")
        sources = {milestone: milestone.state for milestone in left}
        left._write_guarded(INITIAL_STATE)
        left._after_transition(sources)
        left._log_transition(sources, "pending")

    def _prepare_stamps(self, transition, reason):
        values = {"now": fields.Datetime.now(), "user": self.env.uid, "reason": reason}
        return {
            name: values[stamp] if stamp else False for name, stamp in transition.stamps.items()
        }

    def _log_transition(self, sources, target, reason=None):
        states = dict(self._fields["state"]._description_selection(self.env))
        explained = Markup("<br/>%s") % reason if reason else ""
        self._message_log_batch(
            {
                milestone.id: Markup("%s%s%s")
                % (
                    self.env._("%(old)s → %(new)s", old=states[source], new=states[target]),
                    explained,
                    milestone._get_transition_details(target),
                )
                for milestone, source in sources.items()
            }
        )
