from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.fields import MonetaryCopy


class PurchaseMilestoneCertificateLine(models.Model):
    """What a certificate says of one milestone, its parts included. Copies, as on paper."""

    _name = "purchase.milestone.certificate.line"
    _description = "Line of a Payment Certificate"
    _order = "certificate_id, sequence, id"
    _access_through = "certificate_id"

    certificate_id = fields.Many2one(
        comodel_name="purchase.milestone.certificate",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="certificate_id.company_id", store=True, index=True, export_string_translation=False
    )
    currency_id = fields.Many2one(
        related="certificate_id.currency_id", export_string_translation=False
    )
    sequence = fields.Integer(readonly=True, export_string_translation=False)
    # A pending milestone can be deleted after a certificate has shown it with its value.
    milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="Description", readonly=True)
    value = MonetaryCopy(readonly=True)
    amount_previous = MonetaryCopy(string="Previously", readonly=True)
    amount_now = MonetaryCopy(string="This Time", readonly=True)
    amount_to_date = MonetaryCopy(string="To Date", readonly=True)
    percentage = fields.Float(
        string="%",
        digits=(16, 2),
        readonly=True,
        aggregator=None,
        help="To date, as a percentage of the value.",
    )
    amount_to_finish = MonetaryCopy(string="To Finish", readonly=True)
    retention_amount = MonetaryCopy(
        string="Retained to Date",
        readonly=True,
        help="Withheld so far of this milestone, with what was released or forfeited since.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        if vals_list:
            raise self._part_of_certificate()
        return super().create(vals_list)

    def _create_lines(self, vals_list):
        """Create lines: the one way past `create`, for the order alone."""
        return super().create(vals_list)

    def write(self, vals):
        self.check_access("write")
        if vals:
            raise self._part_of_certificate()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        if self:
            raise self._part_of_certificate()

    def _part_of_certificate(self):
        return UserError(
            self.env._("The lines of a payment certificate cannot be changed once it is issued.")
        )
