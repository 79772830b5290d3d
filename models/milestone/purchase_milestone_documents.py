"""Documents of milestones: the evidence that what was agreed has been delivered."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_list


class PurchaseMilestone(models.Model):
    """Documents of a milestone."""

    _inherit = "purchase.milestone"

    document_required = fields.Boolean(
        help="The milestone must hold a document before it can be completed."
    )
    document_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        string="Documents",
        domain=[("res_model", "=", "purchase.milestone"), ("res_field", "=", False)],
    )
    document_count = fields.Integer(
        string="Documents Count",
        compute="_compute_document_count",
        compute_sudo=True,
        export_string_translation=False,
    )

    @api.depends("document_ids")
    def _compute_document_count(self):
        counts = dict(
            self.env["ir.attachment"]._read_group(self._documents_domain(), ["res_id"], ["__count"])
        )
        for milestone in self:
            milestone.document_count = counts.get(milestone._origin.id, 0)

    def action_open_completion(self):
        """Complete this milestone, or open the dialog that takes the document it still needs."""
        self.ensure_one()
        self.check_access("read")
        if self.state != "started" or not self.document_required or self.document_count:
            return self.action_complete()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.purchase_milestone_completion_action"
        )
        return {
            **action,
            "context": {"default_milestone_id": self.id, "dialog_size": "medium"},
        }

    def _attach_documents(self, attachments):
        """Make the files of a dialog documents of this milestone."""
        attachments.write({"res_model": self._name, "res_id": self.id})
        # Odoo does not see that the documents follow from the address that was just written.
        self.invalidate_recordset(["document_ids", "document_count"])

    def action_log_documents(self, attachment_ids):
        """Note in the history which documents have been added to this milestone.

        :param list attachment_ids: ids of attachments; only documents of this milestone count
        """
        self.ensure_one()
        self.check_access("read")
        documents = self.env["ir.attachment"].search(
            Domain("id", "in", attachment_ids) & self._documents_domain()
        )
        if documents:
            names = format_list(self.env, documents.mapped("name"))
            self._message_log(body=self.env._("Documents added: %(names)s", names=names))
        return True

    def _documents_domain(self):
        return Domain(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self._origin.ids),
                ("res_field", "=", False),
            ]
        )

    def _open_documents(self):
        """Return the action that opens the documents of these milestones."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.ir_attachment_action_document"
        )
        return {**action, "domain": list(self._documents_domain())}
