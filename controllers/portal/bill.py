"""Pages on which a vendor bills an approved milestone."""

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from .milestones import MilestonePortal


class MilestoneBillPortal(MilestonePortal):
    """Billing, by login. The vendor gives number, date and document; the figures are ours."""

    def _get_my_milestones_filters(self):
        # EXTENDS 'portal': what is approved and for the vendor to bill.
        return {
            **super()._get_my_milestones_filters(),
            "bill": {
                "label": request.env._("To Bill"),
                "domain": Domain("state", "=", "approved")
                & Domain("billing_state", "=", "to_bill"),
            },
        }

    def _prepare_milestone_page_values(self, milestone, access_token=None):
        # EXTENDS 'portal': the way to the bill, and what has been billed.
        values = super()._prepare_milestone_page_values(milestone, access_token)
        is_billable = values["may_write"] and not milestone._get_hand_in_obstacle()
        return {
            **values,
            "bill_url": f"{values['base_url']}/bill" if is_billable else None,
            "bills": milestone._get_portal_bills(),
        }

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>/bill",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_milestone_bill(self, order_id, milestone_id, **kw):
        order = self._get_order(order_id, writing=True)
        return self._render_bill(self._get_milestone(order, milestone_id))

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>/bill",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_milestone_bill_hand_in(
        self, order_id, milestone_id, number=None, date=None, document=None, **kw
    ):
        order = self._get_order(order_id, writing=True)
        milestone = self._get_milestone(order, milestone_id)
        name, content = self._read_bill_document(order.company_id)
        try:
            # What is refused leaves nothing behind: of this request nothing is written before.
            with request.env.cr.savepoint():
                milestone._hand_in_bill(number, date, name, content)
        except UserError as error:
            return self._render_bill(milestone, [str(error)], number=number, date=date)
        return request.redirect(self._get_order_url(order, f"/milestones/{milestone.id}"))

    def _read_bill_document(self, company):
        """Return the name and the content of the file in the request, of one byte too much."""
        upload = request.httprequest.files.get("document")
        if not upload:
            return "", b""
        # A request that Odoo runs again has been read once.
        upload.seek(0)
        return upload.filename, upload.read(company.milestone_portal_file_size * 2**20 + 1)

    def _render_bill(self, milestone, errors=(), **form):
        """Return the page on which the vendor bills a milestone.

        :param errors: sentences about what was just sent
        :param form: what was just sent and has to be entered again
        """
        obstacle = milestone._get_hand_in_obstacle()
        today = fields.Date.to_string(fields.Date.context_today(milestone))
        response = request.render(
            "purchase_milestone.portal_milestone_bill",
            {
                **self._prepare_milestone_page_values(milestone),
                "page_name": "milestone_bill",
                "obstacle": obstacle,
                "preview": None if obstacle else milestone._get_bill_preview(),
                "accepted_size": milestone.company_id.milestone_portal_file_size,
                "today": today,
                "errors": errors,
                "form": {"date": today, **form},
            },
        )
        response.status_code = 422 if errors else 200
        return response
