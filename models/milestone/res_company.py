from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list


class ResCompany(models.Model):
    """Milestones of a company: the switch, four eyes, and the template of new orders."""

    _inherit = "res.company"

    milestone_enabled = fields.Boolean(
        string="Purchase Milestones",
        default=True,
        help="When this is off, milestones are hidden in this company and can only be read.",
    )
    milestone_four_eyes = fields.Boolean(
        string="Four eyes on milestones",
        default=True,
        help="The user who completed a milestone cannot approve it.",
    )
    milestone_template_id = fields.Many2one(
        comodel_name="purchase.milestone.template",
        string="Default Milestone Template",
        domain="[('company_id', 'in', (False, id))]",
        help="New orders without milestones get those of this template.",
    )

    def _get_default_milestone_template(self):
        """Return the template that new orders get, if it can be used.

        A default that has become unusable must not stop the purchasing of a company.
        """
        self.ensure_one()
        # sudo: res.company, purchase.milestone.template - a branch applies its parent's template
        company = self.sudo()
        template = company.milestone_template_id
        owner = template.company_id
        return template.filtered(lambda t: t.active and (not owner or owner in company.parent_ids))

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self._show_milestone_menus()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"milestone_enabled", "active"}:
            self._show_milestone_menus()
        return result

    def _show_milestone_menus(self):
        """Give all internal users the group that the menus ask for, if a company has milestones.

        A group, since Odoo keeps menus by the groups of a user and never by company.
        """
        # sudo: res.groups - the settings of a company decide, not a right to edit groups
        everybody = self.env.ref("base.group_user").sudo()
        # sudo: res.groups - see above
        switch = self.env.ref("purchase_milestone.group_milestone_enabled").sudo()
        # sudo: res.company - menus are for all companies, not only for the user's
        if self.sudo().search_count([("milestone_enabled", "=", True)], limit=1):
            everybody._apply_group(switch)
        else:
            everybody._remove_group(switch)

    def _check_milestones_enabled(self):
        """Raise UserError naming those of these companies that have milestones switched off."""
        # sudo: res.company - the switch counts whoever asks
        without = self.sudo().filtered(lambda company: not company.milestone_enabled)
        if without:
            raise UserError(
                self.env._(
                    "Milestones are switched off for %(companies)s and can only be read. An "
                    "administrator can switch them on in the Purchase settings.",
                    companies=format_list(self.env, without.mapped("name")),
                )
            )
