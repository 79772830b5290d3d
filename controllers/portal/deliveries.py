"""What a vendor does with a milestone: deliver, withdraw; and the documents that he sees."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .uploads import UploadPortal


class DeliveryPortal(UploadPortal):
    """Writing needs a login of the vendor's; a token is not looked at."""

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>/deliver",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_deliver_milestone(self, order_id, milestone_id, **post):
        order = self._get_order(order_id, writing=True)
        milestone = self._get_milestone(order, milestone_id)
        form = {name: self._read_text(post.get(name)) for name in ("number", "percentage", "note")}
        errors = []
        files = self._read_uploads("files", order.company_id, errors)
        percentage = self._read_percentage(form["percentage"], errors)
        if not errors:
            try:
                with request.env.cr.savepoint():
                    self._get_submissions()._submit(
                        milestone,
                        self._read_int(form["number"]),
                        percentage,
                        form["note"],
                        files,
                        self._read_upload_ids(),
                    )
            except UserError as error:
                errors.append(str(error))
        return self._answer(milestone, errors, form)

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_withdraw_delivery(self, order_id, milestone_id, number=None, **post):
        order = self._get_order(order_id, writing=True)
        milestone = self._get_milestone(order, milestone_id)
        number = self._read_int(number)
        submission = milestone.submission_ids.filtered(lambda known: known.number == number)
        if not submission:
            raise NotFound
        errors = []
        try:
            submission._withdraw()
        except UserError as error:
            errors.append(str(error))
        return self._answer(milestone, errors)

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>/documents/<int:document_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_milestone_document(
        self, order_id, milestone_id, document_id, access_token=None, **kw
    ):
        order = self._get_order(order_id, access_token)
        milestone = self._get_milestone(order, milestone_id)
        document = milestone._get_portal_documents().filtered(lambda d: d.id == document_id)
        if not document:
            raise NotFound
        # Never inline: no file of another runs in a browser under this address.
        stream = request.env["ir.binary"]._get_stream_from(document, "raw")
        response = stream.get_response(as_attachment=True)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    # ------------------------------------------------------------------
    # What arrives
    # ------------------------------------------------------------------

    def _read_text(self, text):
        """Return a text of a form; a database stores no NUL characters."""
        return str(text or "").replace("\0", "").strip()

    def _read_percentage(self, text, errors):
        """Return the percentage, above 0 and up to 100; add to ``errors`` what is wrong with it."""
        try:
            percentage = round(float(text.strip().replace(",", ".") or 100), 2)
        except ValueError:
            percentage = 0
        if not 0 < percentage <= 100:
            errors.append(
                request.env._("Enter how much is delivered: more than 0 and at most 100 percent.")
            )
        return percentage

    def _answer(self, milestone, errors, form=None):
        """Answer a form: the page again, with what is wrong, or the page after it.

        The form sent by our script gets the same as JSON, and stays as it is.
        """
        url = self._get_order_url(milestone.order_id, f"/milestones/{milestone.id}")
        if request.httprequest.headers.get("X-Requested-With") == "XMLHttpRequest":
            answer = {"errors": errors} if errors else {"url": url}
            return request.make_json_response(answer, status=422 if errors else 200)
        if errors:
            return self._render_milestone(milestone, errors=errors, status=422, **(form or {}))
        return request.redirect(url)
