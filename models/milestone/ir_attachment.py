from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list, human_size

from ...tools.checks import DELETED_BY_US, FROZEN_STATES, MAIL_ARRIVES, serialize_on

# What makes a document evidence: its content, its name, and the record that it is attached to.
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

# A browser shows these without running what is in them.
PREVIEWED_TYPES = {
    "application/pdf",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/mp4",
    "video/webm",
}


class IrAttachment(models.Model):
    """Documents of milestones are evidence."""

    _inherit = "ir.attachment"

    milestone_size = fields.Char(
        string="Size",
        compute="_compute_milestone_size",
        help="Size of the file, as people read it.",
    )
    milestone_preview = fields.Boolean(
        string="Can Be Previewed",
        compute="_compute_milestone_size",
        export_string_translation=False,
    )

    @api.depends("file_size", "mimetype")
    def _compute_milestone_size(self):
        for attachment in self:
            size = human_size(attachment.file_size) or "0 bytes"
            attachment.milestone_size = size.replace(".00 bytes", " bytes")
            attachment.milestone_preview = attachment.mimetype in PREVIEWED_TYPES

    @api.model
    def _s3_models(self):
        return [*super()._s3_models(), "purchase.milestone"]

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._check_documents_enabled()
        return attachments

    def write(self, vals):
        if EVIDENCE_FIELDS & vals.keys():
            # Users who may not write the document are not told of which milestone it is.
            self.check_access("write")
            self._check_not_evidence()
        result = super().write(vals)
        if vals.keys() & {"res_model", "res_id"}:
            self._check_documents_enabled()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._check_not_evidence()

    def _check_documents_enabled(self):
        """Refuse what people add where milestones are switched off; what a mail brings is kept."""
        if self.env.context.get("purchase_milestone_mail") is not MAIL_ARRIVES:
            self._get_documented_milestones().company_id._check_milestones_enabled()

    def _check_not_evidence(self):
        """Raise if one of these is a document of a completed or approved milestone."""
        milestones = self._get_documented_milestones()
        if self.env.context.get("purchase_milestone_delete") is not DELETED_BY_US:
            milestones.company_id._check_milestones_enabled()
        # A completion that runs at the same time must not count a document that is being deleted.
        serialize_on(milestones)
        frozen = milestones.filtered(lambda milestone: milestone.state in FROZEN_STATES)
        if frozen:
            raise UserError(
                self.env._(
                    "The documents of %(milestones)s are evidence. Once a milestone is completed, "
                    "documents can be added, but not removed, replaced, renamed or moved.",
                    milestones=format_list(self.env, frozen.mapped("display_name")),
                )
            )

    def _get_documented_milestones(self):
        """Return the milestones that these attachments are documents of, whoever may read them."""
        # sudo: ir.attachment - evidence is evidence whoever asks
        documents = self.sudo().filtered(
            lambda document: document.res_model == "purchase.milestone" and not document.res_field
        )
        # sudo: purchase.milestone - its status guards documents whoever asks
        return self.env["purchase.milestone"].sudo().browse(documents.mapped("res_id")).exists()

    def action_download(self):
        """Download the file; the download itself checks whether the user may read it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.id}?download=true",
            "target": "download",
        }

    def action_preview(self):
        """Show the file in a new tab of the browser."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.id}", "target": "new"}

    def action_remove_document(self):
        """Delete the file, unless it is evidence already."""
        return self.unlink()
