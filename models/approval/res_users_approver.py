from odoo import models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from ...tools.checks import APPROVER


class ResUsers(models.Model):
    """Users who may approve milestones."""

    _inherit = "res.users"

    def _may_approve(self):
        """Return whether this user is active and has the right to approve milestones."""
        # sudo: res.users - the rights of others, whoever asks
        user = self.sudo()
        return user.active and user.has_group(APPROVER)

    def _check_may_approve(self):
        """Raise ValidationError naming those of these users who cannot approve milestones."""
        without = self.filtered(lambda user: not user._may_approve())
        if without:
            raise ValidationError(
                self.env._(
                    "%(users)s cannot approve milestones. Choose users who have the right.",
                    users=format_list(self.env, without.mapped("name")),
                )
            )
