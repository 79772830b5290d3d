"""The bill that a vendor hands in on the portal for an approved milestone."""

import unicodedata

from lxml import etree

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...tools.checks import serialize_on
from ...tools.uploads import RefusedUpload, check_upload
from ..billing.account_move import PAID_STATES

BILL_TYPES = {"pdf", "xml"}
NUMBER_LIMIT = 64  # characters
# What browsers run as a page of its own, whatever the name of the file says.
PAGES = {"html", "svg", "stylesheet", "transform", "xdp"}


class PurchaseMilestone(models.Model):
    """A milestone that its vendor bills himself: he gives number, date and file, and no figure."""

    _inherit = "purchase.milestone"

    def _hand_in_bill(self, number, date, name, content):
        """Make the draft bill of what is approved of this milestone and not billed.

        The caller has checked that the user works for the vendor, and calls this as superuser.

        :param str number: the number of the vendor's bill
        :param str date: its date, YYYY-MM-DD
        :param str name: the name of its file
        :param bytes content: its file, PDF or XML
        :return: the bill; if the vendor sends the same request again, the one that is there
        :raises UserError: the number has been used, nothing is left to bill, or the file, the
            number or the date is not accepted
        """
        self.ensure_one()
        number, date = self._check_bill_number(number), self._check_bill_date(date)
        name, mimetype = self._check_bill_file(name, content)
        # Two orders of one vendor must not both get a bill with that number.
        serialize_on(self.partner_id.commercial_partner_id)
        known = self._find_bills_with(number)
        again = known.filtered(lambda b: b._was_handed_in_with(self, date, content))
        if again and self.billing_state != "to_bill":
            return again[0]
        if known:
            raise UserError(
                self.env._(
                    "We already have a bill of yours with the number %(number)s, dated %(date)s. "
                    "Give the number of this bill.",
                    number=number,
                    date=format_date(self.env, known[0].invoice_date or known[0].date),
                )
            )
        if obstacle := self._get_hand_in_obstacle():
            raise UserError(obstacle)
        order = self.order_id
        # The books are kept in the language of the company, not in that of the vendor.
        order = order.with_context(lang=order.company_id.partner_id.lang)
        bill = order._create_milestone_bills(self.with_env(order.env))
        bill.write({"ref": number, "invoice_date": date})
        bill._write_guarded({"portal_user_id": self.env.uid})
        document = bill._attach_vendor_document(name, mimetype, content)
        bill._compare_vendor_document(document)
        bill._ask_for_check(self)
        order._mail_vendor(
            "purchase_milestone.mail_template_bill_received", bill, self.env.user.partner_id
        )
        return bill

    def _get_hand_in_obstacle(self):
        """Return why the vendor cannot bill this milestone now, in words for him, or None."""
        self.ensure_one()
        if not self.order_id._bills_by_milestones():
            return self.env._("The milestones of this order are not billed one by one.")
        if self.state != "approved":
            return self.env._(
                "This milestone is not approved yet. It can be billed once it is approved."
            )
        if self.billing_state != "to_bill":
            return self.env._("This milestone is billed already.")
        try:
            self.order_id._prepare_milestone_bill(self)
        except UserError:
            # What is in the way is not for the vendor to read.
            return self.env._(
                "This milestone cannot be billed at the moment. Please ask %(company)s.",
                company=self.company_id.name,
            )
        return None

    # ------------------------------------------------------------------
    # What the vendor sees
    # ------------------------------------------------------------------

    def _get_bill_preview(self):
        """Return the figures of the bill that would be made now: nothing is made."""
        self.ensure_one()
        values = self.order_id._prepare_milestone_bill(self)
        bill = self.env["account.move"]._with_retention().new(values)
        totals = bill.tax_totals
        retention = bill.invoice_line_ids.filtered("retention_order_id")
        withheld = -sum(retention.mapped("price_subtotal"))
        return {
            "gross": totals["base_amount_currency"] + withheld,
            "retention": withheld,
            "tax": totals["tax_amount_currency"],
            "total": totals["total_amount_currency"],
        }

    def _get_portal_bills(self):
        """Return what the vendor sees of his bills of this milestone, drafts of others left out."""
        self.ensure_one()
        bills = self._get_bills().filtered(
            lambda bill: bill.state == "posted" or bill.state == "draft" and bill.portal_user_id
        )
        states = {
            "draft": (self.env._("Received, being checked"), "info"),
            "posted": (self.env._("Accepted"), "primary"),
            "paid": (self.env._("Paid"), "success"),
        }
        values = []
        for bill in bills.sorted("id"):
            state, colour = states["paid" if bill.payment_state in PAID_STATES else bill.state]
            values.append(
                {
                    "number": bill._get_vendor_number(),
                    "date": bill.invoice_date,
                    "amount": bill.amount_total * bill._get_billing_sign(),
                    "state": state,
                    "state_colour": colour,
                }
            )
        return values

    def _find_bills_with(self, number):
        """Return the vendor's bills with that number, capitals and spaces aside."""
        moves = self.env["account.move"]
        moves.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM account_move
                 WHERE commercial_partner_id = %s
                   AND company_id = %s
                   AND move_type = 'in_invoice'
                   AND state != 'cancel'
                   AND regexp_replace(lower(ref), '\\s', '', 'g') = %s
                 ORDER BY id
                """,
                self.partner_id.commercial_partner_id.id,
                self.company_id.id,
                "".join(number.lower().split()),
            )
        )
        return moves.browse([move for (move,) in rows])

    # ------------------------------------------------------------------
    # What the vendor gives
    # ------------------------------------------------------------------

    def _check_bill_number(self, number):
        # Nothing that cannot be seen: it would tell apart what reads the same.
        number = unicodedata.normalize("NFKC", str(number or ""))
        number = "".join(c for c in number if not unicodedata.category(c).startswith("C"))
        number = " ".join(number.split())
        if not number:
            raise UserError(self.env._("Give the number of your bill."))
        if len(number) > NUMBER_LIMIT:
            raise UserError(
                self.env._(
                    "The number of a bill has at most %(limit)s characters.", limit=NUMBER_LIMIT
                )
            )
        return number

    def _check_bill_date(self, date):
        try:
            day = fields.Date.to_date(str(date or "").strip() or None)
        except ValueError:
            day = None
        if not day:
            raise UserError(self.env._("Give the date of your bill."))
        if day > fields.Date.context_today(self):
            raise UserError(self.env._("The date of your bill cannot lie in the future."))
        ordered = self.order_id.date_approve or self.order_id.date_order
        if day < ordered.date():
            raise UserError(
                self.env._(
                    "The date of your bill cannot lie before the order, which is of %(date)s.",
                    date=format_date(self.env, ordered.date()),
                )
            )
        return day

    def _check_bill_file(self, name, content):
        """Return the name and the type under which the file is kept."""
        megabytes = self.company_id.milestone_portal_file_size
        try:
            name, mimetype = check_upload(self.env, name, content, BILL_TYPES, megabytes)
        except RefusedUpload as refusal:
            raise UserError(str(refusal)) from refusal
        if not name.lower().endswith(".xml"):
            return name, mimetype
        if not _is_data(content):
            raise UserError(
                self.env._("“%(name)s” is not an XML file that holds a bill.", name=name)
            )
        # As Odoo keeps XML of users: no browser runs it.
        return name, "text/plain"


def _is_data(content):
    """Return whether ``content`` is XML, and not a page or a picture that a browser shows."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return etree.QName(root).localname.lower() not in PAGES
