from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class PurchaseMilestoneApprovalRule(models.Model):
    """Who has to approve milestones from an amount on, and how many of them."""

    _name = "purchase.milestone.approval.rule"
    _description = "Approval Rule of Purchase Milestones"
    _inherit = ["purchase.milestone.turn.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="The rule holds for this company and its branches.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id", export_string_translation=False)
    amount_from = fields.Monetary(
        string="From Amount",
        help="The rule applies to milestones of this amount or more, in the company's currency. "
        "Amounts in other currencies are converted at the date of the order.",
    )
    approver_ids = fields.Many2many(
        comodel_name="res.users",
        relation="purchase_milestone_approval_rule_user_rel",
        column1="rule_id",
        column2="user_id",
        string="Approvers",
        required=True,
    )
    required = fields.Integer(
        string="Approvals Required",
        default=1,
        required=True,
        help="How many of the approvers have to approve.",
    )

    _amount_from_positive = models.Constraint(
        "CHECK(amount_from >= 0)", "The amount of an approval rule cannot be negative."
    )
    _required_positive = models.Constraint(
        "CHECK(required >= 1)", "An approval rule requires at least one approval."
    )

    @api.constrains("approver_ids", "required")
    def _check_approvers(self):
        for rule in self:
            approvers = rule.approver_ids
            approvers._check_may_approve()
            if len(approvers) < rule.required:
                raise ValidationError(
                    self.env._(
                        "Rule “%(rule)s” requires %(required)s approvals, but has %(count)s "
                        "approvers. Add approvers, or require fewer approvals.",
                        rule=rule.name,
                        required=rule.required,
                        count=len(approvers),
                    )
                )

    def _fits(self, milestone):
        """Return whether this rule applies to the milestone.

        A milestone that is completed in parts counts as a whole: no part escapes a rule.
        """
        return (
            self.company_id in milestone.company_id.parent_ids
            and self.currency_id.compare_amounts(milestone.rule_amount, self.amount_from) >= 0
        )

    def _get_needs_domain(self):
        """Return the domain of the milestones that still need approvals by this rule."""
        given = self.env["purchase.milestone.approval"]._search_in_force(
            Domain("rule_id", "=", self.id)
        )
        given.groupby = SQL("milestone_id")
        given.having = SQL("COUNT(*) >= %s", self.required)
        return (
            Domain("company_id", "child_of", self.company_id.id)
            & Domain("rule_amount", ">=", self.amount_from)
            & Domain("id", "not in", SQL("(%s)", given.select("milestone_id")))
        )
