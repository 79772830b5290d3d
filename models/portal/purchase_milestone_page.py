"""What a vendor sees of a milestone: these values, and nothing else of the record."""

from odoo import models

# The words for a vendor, and the colour of the badge.
STATES = {
    "pending": "secondary",
    "started": "primary",
    "submitted": "info",
    "completed": "info",
    "approved": "success",
    "rejected": "danger",
}


class PurchaseMilestone(models.Model):
    """The portal's view of a milestone. These methods are called on sudo records."""

    _inherit = "purchase.milestone"

    def _get_portal_values(self):
        """Return what the vendor's lists show of this milestone."""
        self.ensure_one()
        state = "submitted" if self.open_submission_id else self.state
        returned = self.submission_ids[:1].filtered(lambda last: last.state == "returned")
        return {
            "id": self.id,
            "name": self.name,
            "order_name": self.order_id.name,
            "currency": self.currency_id,
            "date_due": self.date_due,
            "is_overdue": self.is_overdue and state in ("pending", "started", "rejected"),
            "amount": self._get_effective_amount(),
            "retention_amount": self.retention_amount,
            "net_amount": self.net_amount,
            "retention_open": self.retention_open,
            "date_retention_due": self.retention_open and self.order_id.date_retention_due,
            "state": state,
            "state_label": self._get_portal_state_labels()[state],
            "state_colour": STATES[state],
            "rejection_reason": self.state == "rejected" and self.rejection_reason,
            "return_reason": self.state == "started" and returned.reason,
            "can_deliver": not self._get_submission_obstacle(),
        }

    def _get_portal_detail_values(self):
        """Return what the page of this milestone shows besides."""
        self.ensure_one()
        company = self.company_id
        return {
            "note": self.note,
            "document_required": self.document_required,
            "documents": [
                document._get_portal_values() for document in self._get_portal_documents()
            ],
            "submissions": [submission._get_portal_values() for submission in self.submission_ids],
            "next_number": self._get_next_submission_number(),
            "file_types": company._get_portal_file_types(),
            "file_size": company.milestone_portal_file_size,
        }

    def _get_portal_documents(self):
        """Return the documents that the vendor sees: his own, and those made visible to him."""
        shown = (self.document_ids | self.submission_ids.attachment_ids).filtered(
            lambda document: document.visible_to_vendor or document.create_uid.share
        )
        return shown.sorted("id")

    def _get_portal_state_labels(self):
        return {
            "pending": self.env._("Not started"),
            "started": self.env._("To deliver"),
            "submitted": self.env._("Delivered, being checked"),
            "completed": self.env._("Waiting for approval"),
            "approved": self.env._("Approved"),
            "rejected": self.env._("Rejected"),
        }
