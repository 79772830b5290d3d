from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    retention_order_id = fields.Many2one(
        comodel_name="purchase.order",
        string="Retention Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The order whose retention this line withholds, gives back or releases.",
    )
    retention_release_id = fields.Many2one(
        comodel_name="purchase.retention.release",
        string="Release of Retention",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.parent_state == "posted")._refuse_driven()
        return lines

    def write(self, vals):
        posted = self.filtered(lambda line: line.parent_state == "posted")
        if posted and vals.keys() & {"retention_order_id", "retention_release_id"}:
            posted._refuse_change(posted)
        if posted and "purchase_line_id" in vals:
            posted._refuse_driven()
            result = super().write(vals)
            posted._refuse_driven()
            return result
        return super().write(vals)

    def _refuse_driven(self):
        """Refuse posted lines of an order that milestones bill: retention would be missing."""
        self._refuse_change(
            self.filtered(
                lambda line: line.sudo().purchase_line_id.qty_received_method == "milestones"
            )
        )

    def _refuse_change(self, lines):
        if lines:
            raise UserError(
                self.env._(
                    "Lines of a posted bill cannot be matched to an order that is billed by "
                    "milestones, nor taken away from it: reset the bill to draft first."
                )
            )

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account': a credit note gives back what the bill withheld.
        result = super()._copy_data_extend_business_fields(values)
        values["retention_order_id"] = self.retention_order_id.id
        values["retention_release_id"] = self.retention_release_id.id
        return result

    def _compute_analytic_distribution(self):
        # EXTENDS 'account': retention is a debt, no cost.
        return super(
            AccountMoveLine, self.filtered(lambda line: not line.retention_order_id)
        )._compute_analytic_distribution()

    def _validate_analytic_distribution(self):
        return super(
            AccountMoveLine, self.filtered(lambda line: not line.retention_order_id)
        )._validate_analytic_distribution()
