from odoo import api, fields, models
from odoo.exceptions import UserError


class PurchaseRetentionReleaseLine(models.Model):
    """What one milestone gives of a release. Nobody writes it but the release."""

    _name = "purchase.retention.release.line"
    _description = "Share of a Milestone in a Release of Retention"
    _order = "id"
    _access_through = "release_id"

    release_id = fields.Many2one(
        comodel_name="purchase.retention.release",
        string="Release of Retention",
        required=True,
        index=True,
        ondelete="cascade",
    )
    milestone_id = fields.Many2one(
        comodel_name="purchase.milestone",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="release_id.company_id", store=True, index=True, export_string_translation=False
    )
    currency_id = fields.Many2one(related="release_id.currency_id", export_string_translation=False)
    amount = fields.Monetary(required=True)

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise self._made_by_release()
        return super().create(vals_list)

    def _create_shares(self, vals_list):
        """Create shares: the one way past `create`, for the release alone."""
        return super().create(vals_list)

    def write(self, vals):
        if vals:
            raise self._made_by_release()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        if self.filtered(lambda line: line.release_id.state != "draft"):
            raise self._made_by_release()

    def _made_by_release(self):
        return UserError(
            self.env._(
                "The shares of a release are computed when it is confirmed and cannot be changed."
            )
        )
