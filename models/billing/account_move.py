from odoo import api, fields, models
from odoo.fields import Command

from ...tools.checks import INTERNAL, MADE_BY_US
from .account_move_guard import BILL_TYPES

PAID_STATES = ("paid", "in_payment", "reversed")


class AccountMove(models.Model):
    """A vendor bill that bills milestones and withholds their retention."""

    _inherit = "account.move"

    milestone_ids = fields.Many2many(
        comodel_name="purchase.milestone",
        string="Milestones",
        compute="_compute_milestone_ids",
        groups=INTERNAL,
        help="Milestones that this bill takes, in whole or in part, or whose retention it "
        "releases.",
    )
    milestone_count = fields.Integer(compute="_compute_milestone_ids", groups=INTERNAL)
    milestone_document_count = fields.Integer(compute="_compute_milestone_ids", groups=INTERNAL)
    milestone_choice_ids = fields.Many2many(
        comodel_name="purchase.milestone",
        relation="account_move_milestone_choice_rel",
        string="Made For Milestones",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The milestones that this bill was made for.",
    )
    retention_release_ids = fields.One2many(
        comodel_name="purchase.retention.release",
        inverse_name="bill_id",
        string="Releases of Retention",
        readonly=True,
        copy=False,
        groups=INTERNAL,
    )
    retention_differs = fields.Boolean(
        compute="_compute_retention_differs",
        groups=INTERNAL,
        help="The retention on this draft is another than what the milestones it bills withhold.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends("invoice_line_ids.purchase_line_id", "retention_release_ids")
    def _compute_milestone_ids(self):
        for move in self:
            # sudo: purchase.order - the milestones that may be read are chosen below
            milestones = move.sudo()._get_milestones().with_env(self.env)
            move.milestone_ids = milestones._filtered_access("read")
            move.milestone_count = len(move.milestone_ids)
            move.milestone_document_count = sum(move.milestone_ids.mapped("document_count"))

    @api.depends(
        "state",
        "invoice_line_ids.price_subtotal",
        "invoice_line_ids.purchase_line_id",
        "invoice_line_ids.tax_ids",
        "invoice_line_ids.retention_order_id",
    )
    def _compute_retention_differs(self):
        for move in self:
            draft = move.state == "draft" and move.move_type in BILL_TYPES
            # sudo: purchase.order - who reads the bill need not read its orders
            orders = move.sudo()._get_milestone_orders() if draft else ()
            # sudo: purchase.order - see above
            move.retention_differs = any(move.sudo()._has_wrong_retention(o) for o in orders)

    def _compute_is_purchase_matched(self):
        # EXTENDS 'purchase': retention lines have no order line to be matched to. No further
        # dependency: with it, uninstalling would take the field away that statement lines inherit.
        result = super()._compute_is_purchase_matched()
        # sudo: account.move.line - portal users have no access to the field
        for move in self.sudo().filtered("line_ids.retention_order_id"):
            products = move.invoice_line_ids.filtered(
                lambda line: (
                    line.display_type == "product"
                    and not line.retention_order_id
                    and not line.retention_release_id
                )
            )
            move.is_purchase_matched = all(products.mapped("purchase_line_id"))
        return result

    def _get_milestones(self):
        milestones = self.line_ids.retention_release_id.line_ids.milestone_id
        for order in self._get_milestone_orders():
            milestones |= order._get_milestones_by_bill().get(self._origin, milestones)
        return milestones

    def _get_billing_sign(self):
        """Return 1 for what bills and -1 for what credits."""
        return -1 if self.move_type == "in_refund" else 1

    def _get_milestone_orders(self):
        """Return the orders whose milestones these bills take, or whose retention they withhold."""
        by_milestones = self.invoice_line_ids.purchase_line_id._billed_by_milestones()
        retention = self.line_ids.filtered("retention_order_id")
        withheld = retention.filtered(lambda line: not line.retention_release_id)
        return by_milestones.order_id | withheld.retention_order_id

    # ------------------------------------------------------------------
    # The retention on a bill
    # ------------------------------------------------------------------

    def action_update_retention(self):
        """Write the retention that these drafts have to withhold or to give back."""
        self.check_access("write")
        self.filtered(lambda move: move.state == "draft")._write_retention()
        return True

    def _write_retention(self):
        # sudo: account.move.line - purchase users may not delete lines of bills
        for move in self.sudo():
            commands = []
            for order in move._get_milestone_orders():
                if move._has_wrong_retention(order):
                    lines = move._get_retention_lines(order)
                    commands += [Command.delete(line.id) for line in lines]
                    commands += [
                        Command.create(values)
                        for values in order._prepare_retention_lines(
                            order._get_expected_retention(move), move.move_type
                        )
                    ]
            if commands:
                move._with_retention().write({"invoice_line_ids": commands})

    def _get_retention_lines(self, order):
        return self.invoice_line_ids.filtered(
            lambda line: line.retention_order_id == order and not line.retention_release_id
        )

    def _has_wrong_retention(self, order):
        """Return whether the retention of ``order`` on this draft is not what it has to be."""
        actual = {}
        for line in self._get_retention_lines(order):
            key = (line.account_id, line.tax_ids)
            actual[key] = actual.get(key, 0) - line.price_subtotal * self._get_billing_sign()
        expected = order._get_expected_retention(self)
        return any(
            order.currency_id.compare_amounts(actual.get(key, 0), expected.get(key, 0))
            for key in {**actual, **expected}
        )

    def _with_retention(self):
        """Return these in a context that may write whose retention a line is, and the choice."""
        return self.with_context(purchase_retention=MADE_BY_US)

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        # EXTENDS 'account': what rounds the bill as a whole to coins falls on its other lines.
        base_line = super()._prepare_product_base_line_for_taxes_computation(product_line)
        if product_line.retention_order_id:
            base_line["computation_key"] = "retention"
        return base_line

    def _post(self, soft=True):
        if self.env.context.get("move_reverse_cancel"):
            # Of a bill whose retention has been released, a credit note gives back what is open.
            self._write_retention()
        posted = super()._post(soft=soft)
        # sudo: account.move.line - other bills of the order are read and reconciled
        posted.sudo()._reconcile_retention()
        return posted

    def _reconcile_retention(self):
        """Reconcile what is withheld and what is given back or released, per order and account."""
        for order in self.line_ids.retention_order_id:
            open_lines = order.retention_line_ids.filtered(
                lambda line: line.parent_state == "posted" and not line.reconciled
            )
            for lines in open_lines.grouped("account_id").values():
                balances = lines.mapped("amount_residual_currency")
                if min(balances) < 0 < max(balances):
                    # With cash-basis taxes, Odoo drops reconciliations of exchange differences that
                    # were made without this.
                    lines.with_context(add_caba_vals=True).reconcile()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        reverses = super(AccountMove, self._with_retention())._reverse_moves(
            default_values_list, cancel=cancel
        )
        if not cancel:
            reverses._write_retention()
        return reverses.with_env(self.env)

    # ------------------------------------------------------------------
    # Views
    # ------------------------------------------------------------------

    def action_view_milestones(self):
        """Open the milestones of these bills."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.purchase_milestone_action"
        )
        return {**action, "domain": [("id", "in", self.milestone_ids.ids)], "context": {}}

    def action_view_milestone_documents(self):
        """Open the documents of these bills' milestones."""
        self.check_access("read")
        return self.milestone_ids._open_documents()

    @api.model
    def _find_decoded(self, attachments):
        """Return whether Odoo can read the amounts of one of these documents."""
        files = self._to_files_data(attachments)
        decoders = [
            self._get_edi_decoder(file, new=True)
            for file in files + self._unwrap_attachments(files)
        ]
        return any(decoder and decoder.get("priority") for decoder in decoders)

    def _attach_uploads(self, attachments):
        """Attach uploaded documents to this one bill, as Odoo does with bills it makes."""
        self.ensure_one()
        self.with_context(skip_is_manually_modified=True)._extend_with_attachments(
            self._to_files_data(attachments), new=True
        )
        self.message_post(attachment_ids=attachments.ids)
        attachments.write({"res_model": self._name, "res_id": self.id})
