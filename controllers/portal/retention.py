"""The page on which a vendor sees the retention of an order, and asks for what is due."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .milestones import MilestonePortal

STATEMENT = "purchase_milestone.action_report_retention_statement"


class RetentionPortal(MilestonePortal):
    """Reading by login or token, asking by login."""

    @http.route(
        "/my/purchase/<int:order_id>/retention",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_retention(self, order_id, access_token=None, report_type=None, **kw):
        order = self._get_order(order_id, access_token)
        if report_type == "pdf":
            return self._show_report(
                model=order.with_context(retention_statement=True),
                report_type="pdf",
                report_ref=STATEMENT,
                download=True,
            )
        return self._render_retention(order, access_token)

    @http.route(
        "/my/purchase/<int:order_id>/retention",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_retention_request(self, order_id, **kw):
        order = self._get_order(order_id, writing=True)
        try:
            with request.env.cr.savepoint():
                order._request_retention()
        except UserError as error:
            return self._render_retention(order, errors=[str(error)])
        return request.redirect(self._get_order_url(order, "/retention"))

    def _render_retention(self, order, access_token=None, errors=()):
        may_write = order._is_of_vendor(request.env.user)
        url = self._get_order_url(order, "/retention")
        token = f"access_token={access_token}&" if access_token else ""
        response = request.render(
            "purchase_milestone.portal_retention",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "milestone_retention",
                "statement": order._get_retention_statement(),
                "currency": order.currency_id,
                "milestone_order": {
                    "name": order.name,
                    "url": self._get_order_url(order, access_token=access_token),
                },
                "url": url,
                "statement_url": f"{url}?{token}report_type=pdf",
                "may_ask": may_write and not order._get_request_obstacle(),
                "asked_on": order._get_date_asked_for_retention(),
                "errors": errors,
            },
        )
        response.status_code = 422 if errors else 200
        return response
