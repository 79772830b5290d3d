"""How a delivery is reported, withdrawn, accepted and returned."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ...tools.checks import BUYER, check_obstacles, check_reason, check_right, serialize_on
from .purchase_milestone_submission import PERCENTAGE_DIGITS

# Files that one user may have sent without delivering them.
MOST_KEPT_UPLOADS = 100


class PurchaseMilestoneSubmission(models.Model):
    """A delivery goes from submitted to withdrawn, returned or accepted, and no further."""

    _inherit = "purchase.milestone.submission"

    # ------------------------------------------------------------------
    # Of the vendor: on sudo records, after the portal has checked who he is
    # ------------------------------------------------------------------

    @api.model
    def _submit(self, milestone, number, percentage, note, files, upload_ids=()):
        """Report a delivery of the milestone, as the user of the environment.

        :param milestone: one, as superuser
        :param int number: of the delivery, as the page gave it: a repeated request brings the same
        :param float percentage: of the milestone, above 0 and up to 100
        :param list files: ``(name, mimetype, content)``, checked
        :param upload_ids: ids of files that the page says were sent before
        :return: the delivery; if the same request comes again, the one that is there
        :raises UserError: if the milestone takes no delivery now, or another one has that number
        """
        # Two requests at the same time: the second one starts again and finds the first one's.
        serialize_on(milestone)
        known = milestone.submission_ids.filtered(lambda known: known.number == number)
        if known and known._came_of(percentage, note, files, upload_ids):
            return known
        if known or number != milestone._get_next_submission_number():
            raise UserError(
                self.env._("This page is no longer up to date. Load it again before you deliver.")
            )
        if obstacle := milestone._get_submission_obstacle():
            raise UserError(obstacle)
        documents = self._find_uploads(milestone, upload_ids)
        if milestone.document_required and not (documents or files or milestone.document_count):
            raise UserError(
                self.env._("This milestone needs a document. Add one and deliver again.")
            )
        submission = self.create(
            {
                "milestone_id": milestone.id,
                "number": number,
                "user_id": self.env.uid,
                "percentage": percentage,
                "note": note,
            }
        )
        documents |= self._keep_uploads(milestone, files)
        documents.write({"res_id": submission.id})
        submission = submission._in_company_language()
        submission._log(
            submission.env._(
                "Delivered by the vendor: %(percentage)s %%", percentage=f"{percentage:g}"
            ),
            note,
        )
        milestone._ask_responsible(submission)
        return submission

    def _came_of(self, percentage, note, files, upload_ids):
        """Return whether this delivery came of a request of this user with these contents."""
        names = {name for name, _mimetype, _content in files}
        return (
            self.user_id == self.env.user
            and float_compare(self.percentage, percentage, precision_digits=PERCENTAGE_DIGITS) == 0
            and (self.note or "") == (note or "")
            and names.issubset(self.attachment_ids.mapped("name"))
            and not self._get_kept_uploads().filtered(lambda upload: upload.id in upload_ids)
        )

    @api.model
    def _get_kept_uploads(self):
        """Return the files that this user has sent for deliveries that are not reported yet."""
        attachments = self.env["ir.attachment"]
        return attachments.search(
            [*attachments._get_kept_uploads_domain(), ("create_uid", "=", self.env.uid)]
        )

    @api.model
    def _get_upload_obstacle(self):
        """Return why this user cannot send more files now, or None."""
        if len(self._get_kept_uploads()) < MOST_KEPT_UPLOADS:
            return None
        return self.env._(
            "Too many of your files wait for a delivery. Deliver them, or come back tomorrow."
        )

    @api.model
    def _keep_uploads(self, milestone, files):
        """Keep files for a delivery of the milestone: they belong to none yet.

        :param list files: ``(name, mimetype, content)``, checked
        """
        return self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "mimetype": mimetype,
                    "raw": content,
                    "res_model": self._name,
                    "company_id": milestone.company_id.id,
                    "visible_to_vendor": True,
                }
                for name, mimetype, content in files
            ]
        )

    @api.model
    def _find_uploads(self, milestone, upload_ids):
        """Return the files that this user has sent for a delivery that is not reported yet.

        :raises UserError: if one is not there, or not his
        """
        documents = self._get_kept_uploads().filtered(
            lambda upload: upload.id in upload_ids and upload.company_id == milestone.company_id
        )
        if len(documents) != len(upload_ids):
            raise UserError(
                self.env._(
                    "Documents that you sent before are no longer there. Load this page again, "
                    "choose them again and deliver."
                )
            )
        return documents

    def _withdraw(self):
        """Take back a delivery that nobody has decided on. A withdrawn one stays withdrawn.

        :raises UserError: if it has been accepted or returned meanwhile
        """
        serialize_on(self.milestone_id)
        if self.state == "withdrawn":
            return
        if self.state != "submitted":
            raise UserError(
                self.env._("This delivery has been decided on and can no longer be withdrawn.")
            )
        self._write_guarded({"state": "withdrawn"})
        internal = self._in_company_language()
        internal._log(internal.env._("The vendor has withdrawn the delivery."))
        self.milestone_id._drop_request_to_responsible()

    # ------------------------------------------------------------------
    # Of the responsible
    # ------------------------------------------------------------------

    def action_accept(self):
        """Complete the milestone, or the part that is delivered. Purchase users.

        The documents of the delivery move to the milestone.

        :raises AccessError: the right is missing
        :raises UserError: a delivery is not open, or its milestone cannot be completed
        """
        self._check_right_to_decide()
        self._check_open()
        for submission in self:
            submission._decide("accepted")
            submission._complete_milestone()
        return True

    def action_return(self, reason=None):
        """Return the delivery to the vendor, who can deliver again. Purchase users.

        :param str reason: why, told to the vendor; required
        :raises AccessError: the right is missing
        :raises UserError: no reason, or a delivery is not open
        """
        self._check_right_to_decide()
        reason = check_reason(self.env, reason)
        self._check_open()
        for submission in self:
            submission._decide("returned", reason)
        return True

    def _check_right_to_decide(self):
        self.check_access("read")
        check_right(self.env, BUYER)
        self.company_id._check_milestones_enabled()

    def _check_open(self):
        # sudo: purchase.milestone - the right is checked before
        serialize_on(self.sudo().milestone_id)
        check_obstacles(self, lambda submission: submission._get_decision_obstacle())

    def _get_decision_obstacle(self):
        """Return why nobody can decide on this delivery, or None."""
        if self.state == "submitted":
            return None
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "it is %(state)s already. Only an open delivery can be accepted or returned.",
            state=states[self.state],
        )

    def _decide(self, state, reason=False):
        # sudo: purchase.milestone.submission - nobody may write one, and the right is checked
        submission = self.sudo()
        submission._write_guarded(
            {
                "state": state,
                "reason": reason,
                "decided_by_id": self.env.uid,
                "date_decided": fields.Datetime.now(),
            }
        )
        labels = dict(self._fields["state"]._description_selection(self.env))
        submission._log(
            self.env._(
                "Delivery of the vendor (%(percentage)s %%): %(state)s",
                percentage=f"{self.percentage:g}",
                state=labels[state],
            ),
            reason,
        )
        submission.milestone_id._drop_request_to_responsible()

    def _complete_milestone(self):
        """Complete the milestone, or the part of it that was delivered, with its documents."""
        milestone = self.milestone_id
        # sudo: ir.attachment - nobody may write documents of deliveries, and the right is checked
        documents = self.sudo().attachment_ids
        documents.write({"res_model": milestone._name, "res_id": milestone.id})
        milestone.invalidate_recordset(["document_ids", "document_count"])
        if float_compare(self.percentage, 100, precision_digits=PERCENTAGE_DIGITS) < 0:
            milestone.action_complete_part(percentage=self.percentage, document_ids=documents.ids)
        else:
            milestone.action_complete()

    def _in_company_language(self):
        """Return the delivery in the company's language: the vendor's may be another one."""
        # sudo: res.company - its language is no secret
        return self.with_context(lang=self.company_id.sudo().partner_id.lang or self.env.lang)

    def _log(self, sentence, text=""):
        """Write a line into the history of the milestone."""
        details = Markup("<br/>%s") % text if text else ""
        self.milestone_id._message_log(body=Markup("%s%s") % (sentence, details))
