from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.checks import (
    APPROVER,
    check_obstacles,
    check_reason,
    check_right,
    serialize_on,
)
from ...tools.fields import MonetaryCopy, MonetaryTotal


class PurchaseMilestoneCertificate(models.Model):
    """What is to be paid on an order at a moment, and what was certified before.

    All figures are copies of that moment. Each certificate continues the last one that is issued:
    what it calls previous is what that one called to date.
    """

    _name = "purchase.milestone.certificate"
    _description = "Payment Certificate"
    _inherit = ["mail.thread"]
    _mail_post_access = "read"
    _order = "order_id desc, number desc"
    _access_through = "order_id"

    order_id = fields.Many2one(
        comodel_name="purchase.order",
        string="Purchase Order",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        readonly=True,
        ondelete="restrict",
        export_string_translation=False,
    )
    number = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="1, 2, ... on each order. A number is never used twice.",
    )
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection(
        selection=[("issued", "Issued"), ("void", "Void")],
        string="Status",
        default="issued",
        required=True,
        readonly=True,
        index=True,
    )
    void_reason = fields.Text(string="Why It Is Void", readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="Issued By", readonly=True, ondelete="restrict"
    )
    bill_id = fields.Many2one(
        comodel_name="account.move",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The bill or credit note with which the certificate was issued.",
    )
    bill_ids = fields.Many2many(
        comodel_name="account.move",
        relation="purchase_milestone_certificate_move_rel",
        string="Bills and Credit Notes",
        readonly=True,
        help="Those that are on this certificate and on none before.",
    )
    line_ids = fields.One2many(
        comodel_name="purchase.milestone.certificate.line",
        inverse_name="certificate_id",
        string="Milestones",
        readonly=True,
    )

    amount_original = MonetaryCopy(
        string="Contract Sum as Confirmed", readonly=True, aggregator=None
    )
    amount_changes = MonetaryCopy(string="Changes", readonly=True, aggregator=None)
    amount_contract = MonetaryCopy(
        string="Contract Sum",
        readonly=True,
        aggregator=None,
        help="What the milestones are worth now, untaxed.",
    )
    amount_to_date = MonetaryCopy(
        string="To Date",
        readonly=True,
        aggregator=None,
        help="Value of the work certified so far, before retention, untaxed.",
    )
    amount_to_finish = MonetaryCopy(string="To Finish", readonly=True, aggregator=None)
    retention_to_date = MonetaryCopy(
        string="Retention",
        readonly=True,
        aggregator=None,
        help="Withheld so far, whether or not it has been released since.",
    )
    retention_released = MonetaryCopy(readonly=True, aggregator=None)
    retention_forfeited = MonetaryCopy(
        readonly=True,
        aggregator=None,
        help="Part of what is withheld that is kept for good.",
    )
    advance_recovered = MonetaryCopy(readonly=True, aggregator=None)
    amount_previous = MonetaryCopy(
        string="Earlier Certificates",
        readonly=True,
        aggregator=None,
        help="Sum of the earlier certificates, after retention and before tax.",
    )
    amount_net = MonetaryTotal(
        string="This Certificate", readonly=True, help="After retention, before tax."
    )
    amount_tax = MonetaryTotal(string="Tax", readonly=True)
    amount_payable = MonetaryTotal(string="Payable", readonly=True)
    sha256 = fields.Char(
        string="SHA-256",
        readonly=True,
        help="Of the figures of this certificate.",
    )
    is_intact = fields.Boolean(
        compute="_compute_is_intact",
        help="The figures are those with which the certificate was issued.",
    )
    is_last = fields.Boolean(
        compute="_compute_is_last",
        compute_sudo=True,
        export_string_translation=False,
        help="No later certificate of the order is issued.",
    )

    _number_unique = models.UniqueIndex(
        "(order_id, number)", "The number of a certificate is used once on each order."
    )

    @api.depends("order_id.name", "number")
    def _compute_display_name(self):
        for certificate in self:
            certificate.display_name = f"{certificate.order_id.name} / {certificate.number}"

    @api.depends("order_id.certificate_ids.state")
    def _compute_is_last(self):
        for certificate in self:
            last = certificate.order_id._get_last_certificate()
            certificate.is_last = certificate == last

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_void(self, reason=None):
        """Declare these certificates void: the next one continues those before. Approvers.

        :param str reason: why; required
        :raise UserError: a later certificate of the order is issued, or this one is void already
        """
        self.check_access("read")
        check_right(self.env, APPROVER)
        self.company_id._check_milestones_enabled()
        reason = check_reason(self.env, reason)
        # sudo: purchase.milestone.certificate - approvers have no write access
        certificates = self.sudo()
        serialize_on(certificates.order_id)
        for certificate in certificates.sorted("number", reverse=True):
            check_obstacles(certificate, lambda record: record._get_voiding_obstacle())
            certificate._void(reason)
        return True

    def _filter_issued(self):
        """Return those of these certificates that are not void."""
        return self.filtered(lambda certificate: certificate.state == "issued")

    def _get_voiding_obstacle(self):
        """Return why this certificate cannot be declared void, or None."""
        if self.state == "void":
            return self.env._("it is void already.")
        last = self.order_id._get_last_certificate()
        if self != last:
            return self.env._(
                "certificate %(last)s of the order is later. Declare that one void first.",
                last=last.number,
            )
        return None

    def _void(self, reason):
        self._write_guarded({"state": "void", "void_reason": reason})
        for certificate in self:
            certificate._message_log(body=reason)
            certificate.order_id._message_log(
                body=self.env._(
                    "Payment certificate %(number)s is void: %(reason)s",
                    number=certificate.number,
                    reason=reason,
                )
            )

    def action_send(self):
        """Open a mail to the vendor with the PDF of this certificate."""
        self.ensure_one()
        self.check_access("read")
        if self.state == "void":
            raise UserError(self.env._("A void certificate cannot be sent to the vendor."))
        template = self.env.ref(
            "purchase_milestone.mail_template_certificate", raise_if_not_found=False
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Payment Certificate"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template and template.id,
                "default_composition_mode": "comment",
                "force_email": True,
            },
        }

    def action_print(self):
        """Print these certificates: each as it was issued."""
        self.check_access("read")
        report = self.env.ref("purchase_milestone.action_report_certificate")
        return report.report_action(self, config=False)

    def _open(self):
        """Return the action that shows these certificates."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.purchase_milestone_certificate_action"
        )
        if len(self) == 1:
            return {**action, "res_id": self.id, "view_mode": "form", "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", self.ids)], "context": {}}
