from odoo import api, models
from odoo.exceptions import UserError

from .checks import serialize_on
from .purchase_milestone_guard_mixin import FROZEN_STATES

# What makes a document evidence: its content, its name and where it hangs.
EVIDENCE_FIELDS = {
    "name",
    "raw",
    "datas",
    "db_datas",
    "mimetype",
    "type",
    "url",
    "res_model",
    "res_id",
    "res_field",
    "public",
    "company_id",
}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if EVIDENCE_FIELDS & vals.keys():
            self._check_not_evidence()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._check_not_evidence()

    def _check_not_evidence(self):
        """Refuse to touch the documents of completed and approved milestones."""
        documents = self.sudo().filtered(
            lambda document: document.res_model == "purchase.milestone" and not document.res_field
        )
        milestones = self.env["purchase.milestone"].sudo().browse(documents.mapped("res_id"))
        milestones = milestones.exists()
        # A completion under way must not count a document that goes.
        serialize_on(milestones)
        frozen = milestones.filtered(lambda milestone: milestone.state in FROZEN_STATES)
        if frozen:
            raise UserError(
                self.env._(
                    "The documents of %(milestones)s are evidence: from completion on they can be "
                    "added to, not removed, replaced, renamed or moved.",
                    milestones=", ".join(frozen.mapped("display_name")),
                )
            )
