from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.checks import INTERNAL, check_obstacles
from ..billing.account_move_guard import BILL_TYPES

GUARDED_FIELDS = {"certificate_ids", "certificate_due"}


class AccountMove(models.Model):
    """A bill with which a payment certificate is issued, and without which it is void."""

    _inherit = "account.move"

    certificate_ids = fields.Many2many(
        comodel_name="purchase.milestone.certificate",
        relation="purchase_milestone_certificate_move_rel",
        string="Payment Certificates",
        readonly=True,
        copy=False,
        groups=INTERNAL,
    )
    # Posted since the company issues certificates. The bills before count as certified before.
    certificate_due = fields.Boolean(
        readonly=True, copy=False, groups=INTERNAL, export_string_translation=False
    )
    certificate_count = fields.Integer(
        compute="_compute_certificate_count", groups=INTERNAL, export_string_translation=False
    )

    @api.depends("certificate_ids")
    def _compute_certificate_count(self):
        for move in self:
            move.certificate_count = len(move.certificate_ids)

    @api.model_create_multi
    def create(self, vals_list):
        # Empty values, since defaults of the context would take the place of none.
        empty = dict.fromkeys(GUARDED_FIELDS, False)
        return super().create([{**vals, **empty} for vals in vals_list])

    def write(self, vals):
        if vals.keys() & GUARDED_FIELDS:
            raise UserError(
                self.env._(
                    "On which bills a payment certificate stands cannot be changed. Declare it "
                    "void and issue a new one."
                )
            )
        if vals.get("state") == "posted":
            return self._write_posted(vals)
        return super().write(vals)

    def _write_posted(self, vals):
        """Post these bills, and note on which of them certificates are due."""
        due = self.filtered(
            lambda move: move.move_type in BILL_TYPES and move.company_id._issues_certificates()
        )
        for moves, is_due in ((due, True), (self - due, False)):
            if moves:
                super(AccountMove, moves).write({**vals, "certificate_due": is_due})
        return True

    def _make_certificate_due(self):
        """Note that certificates are due on these bills, which have been posted before."""
        # sudo: account.move - approvers may not write bills
        earlier = self.sudo().filtered(lambda move: not move.certificate_due)
        return super(AccountMove, earlier).write({"certificate_due": True})

    def action_view_certificates(self):
        """Open the payment certificates on which these bills stand."""
        self.check_access("read")
        return self.certificate_ids._open()

    def _check_before_unposting(self):
        result = super()._check_before_unposting()
        issued = self.certificate_ids._filter_issued()
        check_obstacles(issued, lambda certificate: certificate._get_voiding_obstacle())
        return result

    def _after_turn(self, state):
        result = super()._after_turn(state)
        # sudo: purchase.milestone.certificate - whoever posts cannot write it
        moves = self.sudo()
        if state != "posted":
            moves._void_certificates()
        drafts = {
            order: order._prepare_after_bill(move, state)
            for move in moves
            for order in move._get_guarded_orders()
            if order._bills_by_milestones()
        }
        self.env["purchase.order"]._issue_certificates(
            {order: draft for order, draft in drafts.items() if draft}
        )
        return result

    def _void_certificates(self):
        """Declare the certificates of these bills, which have been taken back, void."""
        for move in self:
            issued = move.certificate_ids._filter_issued()
            issued._void(self.env._("%(bill)s was taken back.", bill=move.display_name))
