"""Bills that vendors hand in on the portal: their document is kept, and compared with the draft."""

from contextlib import closing

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.checks import INTERNAL
from ..billing.account_move_matching import TOLERANCE


class AccountMove(models.Model):
    """A bill that its vendor handed in on the portal.

    The figures are those of the order. What the vendor's own document says is compared with them,
    and differences are noted in the bill's history for accounting.
    """

    _inherit = "account.move"

    portal_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Handed in on the Portal By",
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The vendor's user who handed in number, date and document of this bill.",
    )
    is_payment_told = fields.Boolean(
        readonly=True,
        copy=False,
        groups=INTERNAL,
        help="The vendor has been told that this bill is paid.",
        export_string_translation=False,
    )

    # ------------------------------------------------------------------
    # Only the portal says that a bill came from the vendor
    # ------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        values.pop("portal_user_id", None)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [
                {name: value for name, value in vals.items() if name != "portal_user_id"}
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if "portal_user_id" in vals:
            raise UserError(
                self.env._("Who handed in a bill on the portal cannot be entered or changed.")
            )
        return super().write(vals)

    def _write_guarded(self, vals):
        """Write guarded fields: the one way past `write`, for our own methods only."""
        return super().write(vals)

    # ------------------------------------------------------------------
    # What the vendor hands in
    # ------------------------------------------------------------------

    def _was_handed_in_with(self, milestone, date, content):
        """Return whether this bill came of a request with this milestone, date and file."""
        if not self.portal_user_id or self.milestone_choice_ids != milestone:
            return False
        documents = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("checksum", "=", self.env["ir.attachment"]._compute_checksum(content)),
            ]
        )
        return bool(documents) and self.invoice_date == date

    def _get_vendor_number(self):
        """Return the number by which the vendor knows this bill.

        That of a release is ours: its reference has the reason, which is not for him to read.
        """
        is_ours = self.retention_release_ids | self.line_ids.retention_release_id
        return self.name if is_ours else self.ref or self.name

    def _attach_vendor_document(self, name, mimetype, content):
        """Attach the vendor's file, unread: Odoo would fill the bill from a file in a message."""
        self.ensure_one()
        document = (
            self.env["ir.attachment"]
            .with_context(attachments_mime_plainxml=True)
            .create(
                {
                    "name": name,
                    "mimetype": mimetype,
                    "raw": content,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        self._message_set_main_attachment_id(document, force=True, filter_xml=False)
        return document

    def _ask_for_check(self, milestone):
        """Give an activity to whoever checks the bills of vendors."""
        self.ensure_one()
        order = milestone.order_id
        company = order.company_id
        user = (
            company._get_vendor_bill_user()
            or order.user_id
            or company._get_users_with_right("account.group_account_invoice")[:1]
        )
        if not user:
            return
        bill = self.with_context(lang=user.lang)
        bill.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=bill.env._("Check the vendor's bill %(number)s", number=self.ref),
            note=bill.env._(
                "%(vendor)s has handed in this bill on the portal, for “%(milestone)s” of "
                "%(order)s. Compare it with its document and post it.",
                vendor=self.partner_id.display_name,
                milestone=milestone.name,
                order=order.name,
            ),
        )

    # ------------------------------------------------------------------
    # What the vendor's document says
    # ------------------------------------------------------------------

    def _compare_vendor_document(self, document):
        """Note in the history where the vendor's e-bill differs from this draft."""
        self.ensure_one()
        if not self._find_decoded(document):
            return
        readings = self._read_vendor_document(document)
        if readings is None:
            body = self.env._(
                "The vendor's document %(name)s could not be read. Compare it with this bill.",
                name=document.name,
            )
        else:
            rows = self._get_vendor_differences(readings)
            if not rows:
                return
            body = Markup("%s<ul>%s</ul>") % (
                self.env._(
                    "The vendor's document %(name)s differs from this bill:", name=document.name
                ),
                Markup().join(Markup("<li>%s</li>") % row for row in rows),
            )
        self._message_log(body=body, author_id=self.env.ref("base.partner_root").id)

    def _read_vendor_document(self, document):
        """Return what Odoo's import reads in an e-bill, or None if it cannot be read.

        It is read into a bill of its own, which is undone whatever happens.
        """
        files = self._to_files_data(document)
        files += self._unwrap_attachments(files)
        decoders = [(self._get_edi_decoder(file, new=True) or {}, file) for file in files]
        decoder, file = max(decoders, key=lambda pair: pair[0].get("priority", 0))
        with closing(self.env.cr.savepoint()):
            try:
                read = self.create({"move_type": self.move_type, "journal_id": self.journal_id.id})
                if decoder["decoder"](read, file, True) or not read.invoice_line_ids:
                    return None
                return {
                    "number": read.ref or "",
                    "date": read.invoice_date,
                    "type": read.move_type,
                    "currency": read.currency_id,
                    "untaxed": read.amount_untaxed,
                    "total": read.amount_total,
                }
            # Whatever an importer stumbles over in a foreign document: the bill has been made.
            except Exception:  # noqa: BLE001  pylint: disable=broad-except
                return None

    def _get_vendor_differences(self, readings):
        """Return sentences on what ``readings`` say otherwise than this bill."""
        rows = []

        def compare(name, theirs, ours):
            rows.append(
                self.env._(
                    "%(name)s: %(theirs)s in the document, %(ours)s here",
                    name=name,
                    theirs=theirs or "-",
                    ours=ours or "-",
                )
            )

        if readings["type"] != self.move_type:
            rows.append(self.env._("The document is a credit note."))
        if readings["number"].strip() != self.ref:
            compare(self.env._("Number"), readings["number"], self.ref)
        if readings["date"] != self.invoice_date:
            compare(
                self.env._("Date"),
                format_date(self.env, readings["date"]),
                format_date(self.env, self.invoice_date),
            )
        if readings["currency"] != self.currency_id:
            compare(self.env._("Currency"), readings["currency"].name, self.currency_id.name)
        # Some vendors deduct the retention on their bills, others leave that to the customer.
        figures = {
            "untaxed": [self.amount_untaxed, self._get_untaxed_before_retention()],
            "total": [self.amount_total, self._get_total_before_retention()],
        }
        names = {"untaxed": self.env._("Untaxed"), "total": self.env._("Total with taxes")}
        fits = any(
            all(abs(readings[key] - figures[key][way]) <= TOLERANCE for key in figures)
            for way in (0, 1)
        )
        if not fits:
            for key, (_net, gross) in figures.items():
                if abs(readings[key] - gross) > TOLERANCE:
                    money = readings["currency"].format(readings[key])
                    compare(names[key], money, self.currency_id.format(gross))
        return rows

    def _get_untaxed_before_retention(self):
        retention = self.invoice_line_ids.filtered("retention_order_id")
        return self.amount_untaxed - sum(retention.mapped("price_subtotal"))

    def _get_total_before_retention(self):
        retention = self.invoice_line_ids.filtered("retention_order_id")
        return self.amount_total - sum(retention.mapped("price_total"))

    # ------------------------------------------------------------------
    # Paid
    # ------------------------------------------------------------------

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        # sudo: account.move - who registers the payment may not read the orders of the bill
        for bill in self.sudo().filtered(lambda move: move._is_payment_to_tell()):
            bill._write_guarded({"is_payment_told": True})
            orders = bill.invoice_line_ids.purchase_line_id._billed_by_milestones().order_id
            for order in orders | bill.line_ids.retention_order_id:
                order._mail_vendor(
                    "purchase_milestone.mail_template_bill_paid",
                    bill,
                    bill.portal_user_id.partner_id,
                )
        return result

    def _is_payment_to_tell(self):
        """Return whether vendors have not been told of this payment: nothing paid is not told."""
        return (
            self.move_type == "in_invoice"
            and not self.is_payment_told
            and not self.currency_id.is_zero(self.amount_total)
        )
