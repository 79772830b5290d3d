"""Settings of milestones follow the company tree."""

from odoo import api, models


class ResCompany(models.Model):
    """A branch has the settings of its parent company, each until it sets its own."""

    _inherit = "res.company"

    @api.model
    def _get_milestone_setting_names(self):
        """Return the names of the fields that a branch takes over from its parent company.

        Odoo's own delegated fields (`_get_company_root_delegated_field_names`) cannot differ from
        those of the root company at all; these can.
        """
        return ["milestone_enabled", "milestone_four_eyes", "milestone_template_id"]

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_parent_settings(vals) for vals in vals_list])

    def _with_parent_settings(self, vals):
        # sudo: res.company - who makes a branch need not be allowed to work in its parent company
        parent = self.sudo().browse(vals.get("parent_id"))
        if not parent:
            return vals
        settings = {
            name: self._fields[name].convert_to_write(parent[name], parent)
            for name in self._get_milestone_setting_names()
        }
        return {**settings, **vals}

    def write(self, vals):
        names = vals.keys() & set(self._get_milestone_setting_names())
        # sudo: res.company - who changes the parent company need not be allowed in its branches
        branches = self.sudo().with_context(active_test=False).child_ids if names else self.browse()
        followed = {
            branch: [name for name in names if branch[name] == branch.parent_id[name]]
            for branch in branches
        }
        result = super().write(vals)
        for branch, kept in followed.items():
            if kept:
                branch.write({name: vals[name] for name in kept})
        return result
