from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_list


class ResCompany(models.Model):
    _inherit = "res.company"

    milestone_enabled = fields.Boolean(
        string="Purchase Milestones",
        default=True,
        help="Switched off, milestones are hidden in this company and can only be read.",
    )
    milestone_four_eyes = fields.Boolean(
        string="Four eyes on milestones",
        default=True,
        help="Who completed a milestone cannot approve it.",
    )
    milestone_template_id = fields.Many2one(
        comodel_name="purchase.milestone.template",
        string="Default Milestone Template",
        domain="[('company_id', 'in', (False, id))]",
        help="New orders without milestones get those of this template.",
    )

    # Not required: companies are also created while other modules are loaded, but not yet this one.
    milestone_billing = fields.Selection(
        selection=[("track", "As Odoo does"), ("bill", "By milestones")],
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
                        "%(account)s cannot hold retention: it has to be a current liability that "
                        "allows reconciliation and has no default taxes.",
                        account=account.display_name,
                    )
                )

    def _check_retention_configured(self):
        """Raise RedirectWarning to the settings unless these companies have a retention account."""
        without = self.sudo().filtered(lambda company: not company.retention_account_id)
        if without:
            raise RedirectWarning(
                self.env._(
                    "Billing by milestones needs an account for retention in %(companies)s.",
                    companies=format_list(self.env, without.mapped("name")),
                ),
                self.env.ref("purchase.action_purchase_configuration").id,
                self.env._("Open the Settings"),
            )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self._show_milestone_menus()
        return companies

    def write(self, vals):
        if vals.get("milestone_enabled") is False:
            self._check_nothing_to_bill()
        result = super().write(vals)
        if vals.keys() & {"milestone_billing", "retention_account_id"}:
            self.filtered(lambda c: c.milestone_billing == "bill")._check_retention_configured()
        if vals.keys() & {"milestone_enabled", "active"}:
            self._show_milestone_menus()
        return result

    def _show_milestone_menus(self):
        """Give all internal users the group that the menus ask for, if a company has milestones.

        A group, since Odoo keeps menus by the groups of a user and never by company.
        """
        everybody = self.env.ref("base.group_user").sudo()
        switch = self.env.ref("purchase_milestone.group_milestone_enabled").sudo()
        if self.sudo().search_count([("milestone_enabled", "=", True)], limit=1):
            everybody._apply_group(switch)
        else:
            everybody._remove_group(switch)

    def _check_nothing_to_bill(self):
        """Raise UserError naming orders of these companies with something left to bill."""
        orders = (
            self.env["purchase.order"]
            .sudo()
            # Another addon may archive orders; theirs is no less open.
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

    def _check_milestones_enabled(self):
        """Raise UserError naming those of these companies that have milestones switched off."""
        without = self.sudo().filtered(lambda company: not company.milestone_enabled)
        if without:
            raise UserError(
                self.env._(
                    "Milestones are switched off for %(companies)s: what is there can only be "
                    "read. An administrator can switch them on in the settings of Purchase.",
                    companies=format_list(self.env, without.mapped("name")),
                )
            )
