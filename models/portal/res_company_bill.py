from odoo import api, fields, models


class ResCompany(models.Model):
    """Who checks the bills that vendors hand in."""

    _inherit = "res.company"

    milestone_billing_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Checks Bills from the Portal",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Gets an activity for each bill that a vendor hands in on the portal. If this is "
        "empty, the buyer of the order gets it.",
    )

    @api.model
    def _get_milestone_setting_names(self):
        return [*super()._get_milestone_setting_names(), "milestone_billing_user_id"]

    def _get_vendor_bill_user(self):
        """Return who checks the bills of vendors, if he still works there."""
        self.ensure_one()
        return self.milestone_billing_user_id.filtered(lambda u: u.active and not u.share)
