"""Sealed evidence: what the documents were when a milestone was approved."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_list


class PurchaseMilestone(models.Model):
    """An approval seals the documents, and anybody can compare them with what is stored."""

    _inherit = "purchase.milestone"

    def _get_evidence(self):
        """Return ``{milestone: seals}`` of the documents, as they are stored now."""
        # sudo: ir.attachment - an approval is for all documents, also those the user cannot read
        documents = self.env["ir.attachment"].sudo().search(self._documents_domain(), order="id")
        by_milestone = documents.grouped("res_id")
        return {
            milestone: [document._get_seal() for document in by_milestone.get(milestone.id, ())]
            for milestone in self
        }

    def _get_evidence_lines(self, seals):
        """Return what the history says of each document, a line each."""
        return [
            self.env._(
                "%(name)s (%(size)s bytes, SHA-256 %(sha256)s)",
                name=seal["name"],
                size=seal["size"],
                sha256=seal["sha256"],
            )
            for seal in seals or []
        ]

    def action_verify_evidence(self):
        """Compare the documents with what was sealed by the approvals. Whoever reads milestones.

        :return: a notification that says whether they are the same, or which of them differ
        :raise AccessError: a milestone cannot be read
        :raise UserError: no approval has sealed a document, or S3 does not answer
        """
        self.check_access("read")
        # sudo: purchase.milestone.approval - seals are compared whoever asks
        approvals = self.sudo()._get_approvals_in_force()
        seals = [seal for approval in approvals for seal in approval.evidence or []]
        if not seals:
            raise UserError(
                self.env._(
                    "There is nothing to compare: no approval of this milestone has sealed a "
                    "document."
                )
            )
        ids = {seal["id"] for seal in seals}
        # sudo: ir.attachment - see above
        documents = self.env["ir.attachment"].sudo().browse(ids).exists()
        stored = {document.id: document._get_stored_seal() for document in documents}
        differing = {seal["name"] for seal in seals if stored.get(seal["id"]) != seal}
        if differing:
            return self._notify_evidence(
                "danger",
                self.env._(
                    "These documents are not what was approved, or are missing: %(names)s",
                    names=format_list(self.env, sorted(differing)),
                ),
            )
        return self._notify_evidence(
            "success",
            self.env._("The documents are what was approved: %(count)s compared.", count=len(ids)),
        )

    def _notify_evidence(self, kind, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": message, "sticky": kind == "danger"},
        }
