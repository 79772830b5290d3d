from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

ADMINISTRATOR = "base.group_erp_manager"


class PurchaseMilestoneDeputy(models.Model):
    """Who approves milestones on behalf of an absent approver, and when."""

    _name = "purchase.milestone.deputy"
    _description = "Deputy for Approving Purchase Milestones"
    _inherit = ["purchase.milestone.turn.mixin"]
    _order = "date_from desc, id"
    _rec_name = "deputy_id"

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Absent",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
    )
    deputy_id = fields.Many2one(
        comodel_name="res.users", required=True, index=True, ondelete="cascade"
    )
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="To", required=True, help="The last day.")
    reason = fields.Char()

    _dates_in_order = models.Constraint(
        "CHECK(date_to >= date_from)", "The last day of a deputy cannot be before the first day."
    )
    _deputy_is_another = models.Constraint(
        "CHECK(deputy_id != user_id)", "Nobody can be a deputy for himself. Choose another user."
    )

    @api.constrains("deputy_id")
    def _check_deputy(self):
        self.deputy_id._check_may_approve()

    @api.constrains("user_id")
    def _check_user(self):
        # Asked of the user and never of the environment: constraints run as the superuser.
        if self.env.user.has_group(ADMINISTRATOR):
            return
        if self.user_id - self.env.user:
            raise AccessError(
                self.env._("You can only choose a deputy for yourself. Ask an administrator.")
            )

    @api.model
    def _get_in_force(self):
        """Return the deputies of today, which is the day of the user who is absent."""
        day = fields.Date.today()
        near = Domain("date_from", "<=", day + timedelta(days=1)) & Domain(
            "date_to", ">=", day - timedelta(days=1)
        )

        def holds(deputy):
            # Never the caller's own time zone: the caller can choose it.
            absent = deputy.with_context(tz=deputy.user_id.tz or "UTC")
            return deputy.date_from <= fields.Date.context_today(absent) <= deputy.date_to

        # sudo: purchase.milestone.deputy - deputies hold for everybody
        return self.sudo().search(near).filtered(holds)
