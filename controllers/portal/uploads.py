"""Files of a delivery, sent one by one before it: what has arrived is not sent again."""

from odoo import http
from odoo.http import request

from ...tools.uploads import RefusedUpload, check_upload
from .milestones import MilestonePortal

MOST_FILES = 20


class UploadPortal(MilestonePortal):
    """Files are checked before anything of them is stored. Writing needs a vendor's login."""

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>/upload",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_upload_documents(self, order_id, milestone_id, **post):
        """Keep files for the delivery that the vendor is writing, and answer their ids as JSON."""
        order = self._get_order(order_id, writing=True)
        milestone = self._get_milestone(order, milestone_id)
        submissions = self._get_submissions()
        obstacle = milestone._get_submission_obstacle() or submissions._get_upload_obstacle()
        errors = [obstacle] if obstacle else []
        files = [] if errors else self._read_uploads("files", order.company_id, errors)
        if errors:
            return request.make_json_response({"errors": errors}, status=422)
        documents = submissions._keep_uploads(milestone, files)
        return request.make_json_response({"ids": documents.ids})

    def _get_submissions(self):
        # sudo: purchase.milestone.submission - vendors have no rights to models, and the milestone
        # was checked against their order
        return request.env["purchase.milestone.submission"].sudo()

    def _read_int(self, text):
        """Return the number in a field of a form, or 0."""
        text = str(text or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def _read_upload_ids(self):
        """Return the ids of files sent before, as the request names them: nothing is checked."""
        return list({self._read_int(text) for text in request.httprequest.form.getlist("uploads")})

    def _read_uploads(self, field, company, errors):
        """Return the accepted files of the request as ``(name, mimetype, content)``.

        :param str field: of the form
        :param list errors: gets a sentence for each file that is not accepted
        """
        uploads = [
            upload
            for upload in request.httprequest.files.getlist(field)
            if upload.filename or upload.content_length
        ]
        if len(uploads) + len(self._read_upload_ids()) > MOST_FILES:
            errors.append(
                request.env._("At most %(limit)s files can be sent at a time.", limit=MOST_FILES)
            )
            return []
        types, limit = set(company._get_portal_file_types()), company.milestone_portal_file_size
        files = []
        for upload in uploads:
            # A request that Odoo runs again has been read once.
            upload.seek(0)
            content = upload.read(limit * 2**20 + 1)
            try:
                name, mimetype = check_upload(request.env, upload.filename, content, types, limit)
            except RefusedUpload as refusal:
                errors.append(str(refusal))
            else:
                files.append((name, mimetype, content))
        return files
