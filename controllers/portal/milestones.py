"""Pages on which a vendor sees the milestones of his orders."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.addons.purchase.controllers.portal import CustomerPortal


class MilestonePortal(CustomerPortal):
    """Reading, by login or by the order's token.

    What may not be seen answers as if it did not exist. Pages get values and never records of
    milestones: what a vendor sees is what `_get_portal_values` of the models returns.
    """

    # ------------------------------------------------------------------
    # Access
    # ------------------------------------------------------------------

    def _get_order(self, order_id, access_token=None, writing=False):
        """Return the order, as superuser, if the user may see its milestones.

        :param bool writing: the user has to be logged in and to work for the vendor
        :raises NotFound: in all other cases
        """
        if writing or not (access_token or "").isascii():
            # Odoo fails on tokens of other letters, which would tell that the order exists.
            access_token = None
        try:
            order = self._document_check_access("purchase.order", order_id, access_token)
        except (AccessError, MissingError):
            raise NotFound from None
        # sudo: purchase.order - access is checked above; the user stays the author of what follows
        order = request.env["purchase.order"].sudo().browse(order.id)
        if not order._shows_milestones_on_portal():
            raise NotFound
        if writing and not order._is_of_vendor(request.env.user):
            raise NotFound
        return order

    def _get_milestone(self, order, milestone_id):
        """Return the milestone of the order, as superuser.

        :raises NotFound: if it is not one of this order's
        """
        milestone = order.milestone_ids.filtered(lambda milestone: milestone.id == milestone_id)
        if not milestone:
            raise NotFound
        return milestone

    def _get_order_url(self, order, suffix="", access_token=None):
        """Return the address of a page below the order, with the token by which it was opened."""
        token = f"?access_token={access_token}" if access_token else ""
        return f"/my/purchase/{order.id}{suffix}{token}"

    # ------------------------------------------------------------------
    # The order's page
    # ------------------------------------------------------------------

    def _purchase_order_get_page_view_values(self, order, access_token, **kwargs):
        # EXTENDS 'purchase'
        values = super()._purchase_order_get_page_view_values(order, access_token, **kwargs)
        if order._shows_milestones_on_portal():
            values |= self._get_plan_values(order, access_token)
        return values

    def _get_plan_values(self, order, access_token=None):
        """Return what the templates show of an order's milestones."""
        return {
            "milestone_plan": [
                self._get_whole_values(whole, parts, access_token)
                for whole, parts in order._get_wholes()
            ],
            "milestone_retention": order._get_portal_retention_values(),
            "milestone_currency": order.currency_id,
        }

    def _get_whole_values(self, whole, parts, access_token=None):
        """Return what the order's page shows of a milestone with its parts."""
        return {
            "id": whole.id,
            "name": whole.name,
            "amount": sum(part._get_effective_amount() for part in parts),
            "retention_amount": sum(parts.mapped("retention_amount")),
            "parts": [self._get_milestone_values(part, access_token) for part in parts],
        }

    def _get_milestone_values(self, milestone, access_token=None):
        """Return what the templates show of a milestone."""
        order = milestone.order_id
        return {
            **milestone._get_portal_values(),
            "url": self._get_order_url(order, f"/milestones/{milestone.id}", access_token),
            "retention_url": self._get_order_url(order, "/retention", access_token),
        }

    # ------------------------------------------------------------------
    # My milestones
    # ------------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "purchase_milestone_count" in counters:
            # sudo: purchase.milestone - vendors have no access; the domain is of their orders
            milestones = request.env["purchase.milestone"].sudo()
            values["purchase_milestone_count"] = milestones.search_count(
                self._get_my_milestones_domain()
            )
        return values

    def _get_my_milestones_domain(self):
        """Return the domain of the milestones that the user sees as one of a vendor's people."""
        orders = request.env["purchase.order"]
        vendor = request.env.user.partner_id.commercial_partner_id
        if not orders.has_access("read"):
            return Domain.FALSE
        theirs = orders._search([("state", "=", "purchase"), ("partner_id", "child_of", vendor.id)])
        shown = orders._get_portal_milestone_domain()
        return Domain("order_id", "any", shown) & Domain("order_id", "in", theirs)

    def _get_my_milestones_sortings(self):
        return {
            "date": {
                "label": request.env._("Due Date"),
                "order": "date_due, order_id, sequence, id",
            },
            "order": {"label": request.env._("Order"), "order": "order_id desc, sequence, id"},
            "amount": {"label": request.env._("Amount"), "order": "amount desc, id"},
        }

    def _get_my_milestones_filters(self):
        return {
            "open": {
                "label": request.env._("Open"),
                "domain": Domain("state", "!=", "approved"),
            },
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "deliver": {
                "label": request.env._("To Deliver"),
                "domain": Domain("state", "=", "started"),
            },
            "rejected": {
                "label": request.env._("Rejected"),
                "domain": Domain("state", "=", "rejected"),
            },
            "checked": {
                "label": request.env._("Being Checked"),
                "domain": Domain("state", "=", "completed")
                | Domain("submission_ids", "any", [("state", "=", "submitted")]),
            },
            "approved": {
                "label": request.env._("Approved"),
                "domain": Domain("state", "=", "approved"),
            },
            "retained": {
                "label": request.env._("Retained"),
                "domain": Domain("state", "=", "approved") & Domain("retention_open", ">", 0),
            },
        }

    @http.route(
        ["/my/milestones", "/my/milestones/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_milestones(self, page=1, sortby=None, filterby=None, search=None, **kw):
        sortings = self._get_my_milestones_sortings()
        filters = self._get_my_milestones_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "open"
        domain = self._get_my_milestones_domain() & filters[filterby]["domain"]
        # A database knows no NUL characters.
        if search := (search or "").replace("\0", ""):
            domain &= Domain("name", "ilike", search) | Domain("order_id.name", "ilike", search)
        # sudo: purchase.milestone - vendors have no access; the domain is of their orders
        milestones = request.env["purchase.milestone"].sudo()
        pager = portal_pager(
            url="/my/milestones",
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
            total=milestones.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = milestones.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        return request.render(
            "purchase_milestone.portal_my_milestones",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "milestones",
                "milestones": [self._get_milestone_values(milestone) for milestone in found],
                "default_url": "/my/milestones",
                "pager": pager,
                "searchbar_sortings": sortings,
                "sortby": sortby,
                "searchbar_filters": filters,
                "filterby": filterby,
                "searchbar_inputs": {
                    "all": {
                        "input": "all",
                        "label": request.env._("Search in milestones and orders"),
                    }
                },
                "search_in": "all",
                "search": search,
            },
        )

    # ------------------------------------------------------------------
    # One milestone
    # ------------------------------------------------------------------

    @http.route(
        "/my/purchase/<int:order_id>/milestones/<int:milestone_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_my_milestone(self, order_id, milestone_id, access_token=None, **kw):
        order = self._get_order(order_id, access_token)
        milestone = self._get_milestone(order, milestone_id)
        return self._render_milestone(milestone, access_token)

    def _render_milestone(self, milestone, access_token=None, errors=(), status=200, **form):
        """Return the page of a milestone.

        :param errors: sentences about what was just sent
        :param form: what was just sent and has to be entered again
        """
        values = self._prepare_milestone_page_values(milestone, access_token)
        response = request.render(
            "purchase_milestone.portal_my_milestone",
            {**values, "errors": errors, "form": form},
        )
        response.status_code = status
        return response

    def _prepare_milestone_page_values(self, milestone, access_token=None):
        """Return what the page of a milestone shows. A hook."""
        order = milestone.order_id
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "milestone",
            "milestone": {
                **self._get_milestone_values(milestone, access_token),
                **milestone._get_portal_detail_values(),
            },
            "milestone_currency": order.currency_id,
            "milestone_order": {
                "name": order.name,
                "url": self._get_order_url(order, access_token=access_token),
            },
            "base_url": self._get_order_url(order, f"/milestones/{milestone.id}"),
            "token": f"?access_token={access_token}" if access_token else "",
            "may_write": order._is_of_vendor(request.env.user),
        }
