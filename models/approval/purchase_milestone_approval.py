from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...tools.checks import MADE_BY_US


class PurchaseMilestoneApproval(models.Model):
    """One approval of a milestone by one person; only the life cycle makes and clears it."""

    _name = "purchase.milestone.approval"
    _description = "Approval of a Purchase Milestone"
    _order = "id"
    _rec_name = "user_id"
    _access_through = "milestone_id"

    milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="milestone_id.company_id", store=True, index=True, precompute=True
    )
    rule_id = fields.Many2one(
        comodel_name="purchase.milestone.approval.rule",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Approved By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    on_behalf_of_id = fields.Many2one(comodel_name="res.users", readonly=True, ondelete="restrict")
    is_substitute = fields.Boolean(
        string="Instead of the Approvers",
        readonly=True,
        help="Nobody was left who may approve the milestone by the rule.",
    )
    date = fields.Datetime(string="Approved On", required=True, readonly=True)
    is_cleared = fields.Boolean(
        string="Does Not Count",
        readonly=True,
        help="The milestone was rejected, or its approval revoked, after this approval.",
    )
    evidence = fields.Json(
        readonly=True,
        help="The documents at the time of the approval, each with its size and SHA-256.",
        export_string_translation=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_made_by_us()
        return super().create(vals_list)

    def write(self, vals):
        self._check_made_by_us()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_us(self):
        self._check_made_by_us()

    def _check_made_by_us(self):
        if self.env.context.get("purchase_milestone_approval") is not MADE_BY_US:
            raise AccessError(
                self.env._(
                    "Approvals cannot be created, changed or deleted. Use the buttons of the "
                    "milestone (Approve, Reject, Revoke Approval)."
                )
            )

    def _clear(self):
        """Keep these approvals out of the count."""
        self.with_context(purchase_milestone_approval=MADE_BY_US).write({"is_cleared": True})

    @api.model
    def _search_in_force(self, domain):
        """Return a query of those approvals of waiting milestones that count."""
        # sudo: purchase.milestone.approval - they count whoever may read them
        in_force = Domain([("is_cleared", "=", False), ("milestone_id.state", "=", "completed")])
        return self.sudo()._search(in_force & domain)

    def _get_people(self):
        """Return the users whom these approvals stand for, and who gave them."""
        return self.user_id | self.on_behalf_of_id
