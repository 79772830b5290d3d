from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_list

from ...tools.checks import APPROVER, MADE_BY_US


class PurchaseMilestone(models.Model):
    """Approval by rules: who has to approve a milestone, and whose turn it is."""

    _inherit = "purchase.milestone"

    approval_ids = fields.One2many(
        comodel_name="purchase.milestone.approval",
        inverse_name="milestone_id",
        string="Approvals",
        readonly=True,
        copy=False,
    )
    approvals_given = fields.Integer(compute="_compute_turn", compute_sudo=True)
    approvals_required = fields.Integer(compute="_compute_turn", compute_sudo=True)
    open_rule_id = fields.Many2one(
        comodel_name="purchase.milestone.approval.rule",
        compute="_compute_turn",
        compute_sudo=True,
        help="The rule that asks for the next approval.",
        export_string_translation=False,
    )
    waiting_for_ids = fields.Many2many(
        comodel_name="res.users",
        compute="_compute_turn",
        compute_sudo=True,
        search="_search_waiting_for_ids",
        help="Whose turn it is to approve the milestone.",
    )

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "approval_ids": []}

    # ------------------------------------------------------------------
    # Whose turn it is
    # ------------------------------------------------------------------

    @api.depends(
        "state",
        "rule_amount",
        "completed_by_id",
        "order_id.state",
        "order_id.milestone_approver_id",
        "company_id.milestone_enabled",
        "company_id.milestone_four_eyes",
        "approval_ids.is_cleared",
    )
    def _compute_turn(self):
        every_rule = self._get_rules()
        deputies = self.env["purchase.milestone.deputy"]._get_in_force()
        approvers = {
            company: company._get_users_with_right(APPROVER) for company in self.company_id
        }
        # Assigned to all of the same users at once: one by one it takes half of a list's time.
        by_users = defaultdict(list)
        for milestone in self:
            rules = milestone._get_fitting(every_rule)
            counts = milestone._count_by_rule(rules)
            given, required = sum(counts.values()), sum(rules.mapped("required"))
            if milestone.state == "approved":
                given = required = max(len(milestone._get_approvals_in_force()), 1)
            elif not rules:
                given, required = len(milestone._get_approvals_in_force()), 1
            milestone.approvals_given = given
            milestone.approvals_required = required
            milestone.open_rule_id = self._get_open_rule(counts)
            users = self.env["res.users"]
            if milestone._waits_for_decision():
                users = milestone._get_waiting_for(
                    milestone.open_rule_id, approvers[milestone.company_id], deputies
                )
            by_users[users].append(milestone)
        for users, milestones in by_users.items():
            self.browse().concat(*milestones).waiting_for_ids = users

    @api.model
    def _forget_turns(self):
        """Have it computed again whose turn it is: a rule or a deputy has changed."""
        self.env["purchase.milestone"].invalidate_model(
            [
                "approvals_given",
                "approvals_required",
                "open_rule_id",
                "waiting_for_ids",
                "nobody_left",
            ],
            flush=False,
        )

    def _waits_for_decision(self):
        """Return whether an approver can decide about this milestone now."""
        return (
            self.state == "completed" and self.order_state == "purchase" and self.milestone_enabled
        )

    @api.model
    def _get_rules(self):
        """Return all rules, whoever may read them and whatever the caller's context says."""
        # sudo: purchase.milestone.approval.rule - the rules hold for everybody
        rules = self.env["purchase.milestone.approval.rule"].sudo()
        return rules.with_context(active_test=True).search([("active", "=", True)])

    def _get_fitting(self, rules):
        """Return those of ``rules`` that hold for this milestone."""
        return rules.filtered(lambda rule: rule._fits(self))

    def _get_approvals_in_force(self):
        """Return the approvals that count: given since the last rejection or revocation."""
        return self.approval_ids.filtered(lambda approval: not approval.is_cleared)

    def _count_by_rule(self, rules):
        """Return ``{rule: approvals given}``, never more than the rule requires."""
        given = self._get_approvals_in_force().grouped("rule_id")
        return {rule: min(len(given.get(rule, ())), rule.required) for rule in rules}

    @api.model
    def _get_open_rule(self, counts):
        """Return the first rule that still needs approvals, or none.

        :param dict counts: ``{rule: approvals given}``, in the order of the rules
        """
        still_open = (rule for rule, given in counts.items() if given < rule.required)
        return next(still_open, self.env["purchase.milestone.approval.rule"])

    def _get_excluded(self):
        """Return who cannot approve: who completed it, and whoever has approved it already."""
        excluded = self._get_approvals_in_force()._get_people()
        return excluded | self.completed_by_id if self.company_id.milestone_four_eyes else excluded

    def _get_waiting_for(self, rule, approvers, deputies):
        """Return the users who are asked: a deputy stands in for whoever is absent.

        :param rule: the open rule, or none: then one approver is enough
        :param approvers: all users of the company who have the right
        :param deputies: those in force
        """
        able = approvers - self._get_excluded()
        asked = self._get_named(rule)
        if not asked & able:
            return self.env["res.users"] if rule else able
        # Nobody stands in for who completed it, and who completed it stands in for nobody.
        others = deputies.filtered(lambda deputy: deputy.user_id != self.completed_by_id)
        stand_ins = others.grouped("user_id")
        waiting = self.env["res.users"]
        for user in asked & able:
            stand_in = stand_ins[user].deputy_id if user in stand_ins else waiting.browse()
            waiting |= (stand_in & (able - self.completed_by_id)) or user
        return waiting

    def _get_named(self, rule):
        """Return those whom the open rule names; without a rule, whom the order names."""
        # sudo: purchase.order - whoever may approve need not read the order
        return rule.approver_ids if rule else self.order_id.sudo().milestone_approver_id

    # ------------------------------------------------------------------
    # Approving
    # ------------------------------------------------------------------

    def _get_stands_for(self, rule):
        """Return whom the user's approval stands for; none if it is not his turn.

        :param rule: the open rule, or none: then everybody with the right may approve
        :return: the user, or an absent approver whose deputy the user is today
        """
        user = self.env.user
        excluded = self._get_excluded()
        if user in excluded:
            return self.env["res.users"]
        named = self._get_named(rule)
        absent = self._get_absent(named - excluded) if user not in named else named.browse()
        return absent or (user if not rule else user & named)

    def _get_absent(self, approvers):
        """Return one of these approvers whose deputy the user is today, if there is one."""
        if not approvers or self.env.user == self.completed_by_id:
            return approvers.browse()
        deputies = self.env["purchase.milestone.deputy"]._get_in_force()
        absent = deputies.filtered(lambda deputy: deputy.deputy_id == self.env.user).user_id
        absent = (absent & approvers) - self.completed_by_id
        return absent.filtered(lambda other: other._may_approve())[:1]

    def _get_approval_obstacle(self):
        if obstacle := super()._get_approval_obstacle():
            return obstacle
        if self.env.user in self._get_approvals_in_force()._get_people():
            return self.env._(
                "you have approved it already, or your deputy has. Somebody else has to approve it."
            )
        rule = self.open_rule_id
        if self._get_stands_for(rule):
            return None
        if self.waiting_for_ids:
            return self.env._(
                "it is not your turn. By the rule “%(rule)s” it waits for %(users)s.",
                rule=rule.name,
                users=format_list(self.env, self.waiting_for_ids.mapped("name"), "or"),
            )
        return self.nobody_left

    def _take_decision(self, name):
        """Record the user's approval; return those that need no further one."""
        decided = super()._take_decision(name)
        if name != "approve":
            return decided
        turns = {milestone: milestone.open_rule_id for milestone in decided}
        evidence = decided._get_evidence()
        self.env["purchase.milestone.approval"].with_context(
            purchase_milestone_approval=MADE_BY_US
        ).create(
            [
                {
                    "milestone_id": milestone.id,
                    "rule_id": rule.id,
                    "user_id": self.env.uid,
                    "on_behalf_of_id": (milestone._get_stands_for(rule) - self.env.user).id,
                    "is_substitute": bool(rule) and not milestone.waiting_for_ids,
                    "date": fields.Datetime.now(),
                    "evidence": evidence[milestone],
                }
                for milestone, rule in turns.items()
            ]
        )
        waiting = decided.filtered(lambda milestone: turns[milestone] and milestone.open_rule_id)
        if waiting:
            waiting._log_approvals()
            waiting._start_turn()
        return decided - waiting

    def _start_turn(self):
        """Ask those whose turn it has become. A hook."""

    def _log_approvals(self):
        """Record in the history that these milestones have one approval more, but not the last."""
        self._message_log_batch(
            {
                milestone.id: Markup("%s%s")
                % (
                    self.env._(
                        "Approved (%(given)s of %(required)s approvals)",
                        given=milestone.approvals_given,
                        required=milestone.approvals_required,
                    ),
                    milestone._get_transition_details("approved"),
                )
                for milestone in self
            }
        )

    def _describe_step(self, state):
        unfinished = self.filtered(lambda m: m.state == "completed" and m.approvals_given)
        if not unfinished:
            return super()._describe_step(state)
        sentence = self.env._(
            "Your approval is recorded. Others have to approve too: %(milestones)s.",
            milestones=format_list(self.env, unfinished.mapped("display_name")),
        )
        others = self - unfinished
        return f"{sentence} {others._describe_step(state)}" if others else sentence

    def _get_transition_details(self, target):
        details = super()._get_transition_details(target)
        approval = self._get_approvals_in_force()[-1:]
        if target != "approved" or not approval:
            return details
        lines = []
        if approval.rule_id:
            lines.append(self.env._("Rule: %(rule)s", rule=approval.rule_id.name))
        if approval.on_behalf_of_id:
            lines.append(
                self.env._(
                    "By %(user)s on behalf of %(absent)s",
                    user=approval.user_id.name,
                    absent=approval.on_behalf_of_id.name,
                )
            )
        if approval.is_substitute:
            lines.append(
                self.env._(
                    "By %(user)s, because nobody was left who may approve it by the rule",
                    user=approval.user_id.name,
                )
            )
        lines += self._get_evidence_lines(approval.evidence)
        return Markup("").join([details, *(Markup("<br/>%s") % line for line in lines)])

    def _after_transition(self, sources):
        milestones = self.filtered(lambda milestone: milestone.state != "approved")
        milestones.filtered(lambda m: sources[m] in ("completed", "approved"))._clear_approvals()
        return super()._after_transition(sources)

    def _clear_approvals(self):
        # sudo: purchase.milestone.approval - nobody may write approvals, only the life cycle
        self.sudo()._get_approvals_in_force()._clear()
