from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_list


class ResCompany(models.Model):
    """How a company bills its milestones, and where its retention is held."""

    _inherit = "res.company"

    # Not required: companies are also created while other modules are loaded, but not yet this one.
    milestone_billing = fields.Selection(
        selection=[("track", "By quantities (Odoo)"), ("bill", "By milestones")],
        default="track",
        help="How new orders with milestones are billed; it can be changed on each order.",
    )
    retention_account_id = fields.Many2one(
        comodel_name="account.account",
        ondelete="restrict",
        check_company=True,
        domain="[('account_type', '=', 'liability_current'), ('reconcile', '=', True), "
        "('tax_ids', '=', False)]",
        help="Retention withheld on vendor bills waits here for its release: a current liability "
        "that allows reconciliation and has no default taxes.",
    )
    retention_tax_policy = fields.Selection(
        selection=[("on_bill", "All tax on the bill"), ("on_release", "At its release")],
        string="Tax on Retention",
        default="on_bill",
        help="When the tax of the retained part is due: with the bill (Saudi Arabia), or with its "
        "release (United Arab Emirates, United Kingdom, Australia, Canada).",
    )

    @api.model
    def _get_milestone_setting_names(self):
        return [
            *super()._get_milestone_setting_names(),
            *("milestone_billing", "retention_account_id", "retention_tax_policy"),
        ]

    @api.constrains("milestone_billing", "retention_account_id")
    def _check_retention_account(self):
        for company in self:
            account = company.retention_account_id
            if account and (
                account.account_type != "liability_current"
                or not account.reconcile
                or account.tax_ids
            ):
                raise ValidationError(
                    self.env._(
                        "%(account)s cannot hold retention. Choose a current liability account "
                        "that allows reconciliation and has no default taxes.",
                        account=account.display_name,
                    )
                )

    def _check_retention_configured(self):
        """Raise RedirectWarning to the settings unless these companies have a retention account."""
        # sudo: res.company - the setting counts whoever asks
        without = self.sudo().filtered(lambda company: not company.retention_account_id)
        if without:
            raise RedirectWarning(
                self.env._(
                    "Set a retention account for %(companies)s before orders are billed by "
                    "milestones.",
                    companies=format_list(self.env, without.mapped("name")),
                ),
                self.env.ref("purchase.action_purchase_configuration").id,
                self.env._("Open the Settings"),
            )

    def write(self, vals):
        if vals.get("milestone_enabled") is False:
            self._check_nothing_to_bill()
        result = super().write(vals)
        if vals.keys() & {"milestone_billing", "retention_account_id"}:
            self.filtered(lambda c: c.milestone_billing == "bill")._check_retention_configured()
        return result

    def _check_nothing_to_bill(self):
        """Raise UserError naming orders of these companies with something left to bill."""
        # sudo: purchase.order - the switch counts for all orders, not only for the user's
        orders = (
            self.env["purchase.order"]
            .sudo()
            # Archived orders count too: they can hold retention.
            .with_context(active_test=False)
            .search(
                Domain("company_id", "in", self.ids)
                & Domain("state", "=", "purchase")
                & Domain("milestone_billing", "=", "bill")
                & (
                    Domain("retention_open", "!=", 0)
                    | Domain("milestone_ids.billing_state", "=", "to_bill")
                )
            )
        )
        if orders:
            raise UserError(
                self.env._(
                    "Milestones cannot be switched off while there is something to bill or "
                    "retention to release on %(orders)s.",
                    orders=format_list(self.env, orders.mapped("name")),
                )
            )
