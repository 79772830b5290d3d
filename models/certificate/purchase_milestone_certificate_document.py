"""The PDF of a certificate: printed once, kept as a document, and laid out page by page."""

import logging
import textwrap

from odoo import api, fields, models
from odoo.tools import formatLang

_logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 22
# So few rows fit below the sums, on the first page.
ROWS_BELOW_SUMS = 6
PAGE_SUMS = (
    *("value", "amount_previous", "amount_now", "amount_to_date", "amount_to_finish"),
    "retention_amount",
)
COLUMNS = (*PAGE_SUMS[:4], "percentage", *PAGE_SUMS[4:])
# Widths are percentages of the page's: of a character, and of what is left free beside a column.
CHARACTER, PADDING = 0.85, 1.5
# Longer labels than this take two lines if they can.
LABEL_WIDTH = 10
# Amounts that would take more than this are printed smaller.
MOST_FOR_AMOUNTS = 78


class PurchaseMilestoneCertificate(models.Model):
    """The printed certificate."""

    _inherit = "purchase.milestone.certificate"

    document_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="PDF",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The certificate as it was printed first. It cannot be changed or deleted.",
    )

    # ------------------------------------------------------------------
    # The document
    # ------------------------------------------------------------------

    def _get_kept_pdf(self):
        """Return the PDF that is kept, or None. Void certificates are marked when printed."""
        if self.state == "void":
            return None
        # sudo: ir.attachment - whoever reads the certificate reads its PDF
        return self.sudo().document_id.raw or None

    def _keep_pdf(self, content):
        """Keep the first print of an issued certificate as its document."""
        self.ensure_one()
        # sudo: ir.attachment, purchase.milestone.certificate - readers print what is kept
        certificate = self.sudo()
        # A document that cannot be read is not replaced: it may come back.
        if certificate.state == "void" or certificate.document_id:
            return
        document = certificate.env["ir.attachment"].create(
            {
                "name": f"{self._get_report_name()}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        certificate._write_guarded({"document_id": document.id})

    @api.model
    def _cron_keep_pdf(self):
        """Print what has been issued and nobody has printed yet."""
        report = self.env["ir.actions.report"]
        if report.get_wkhtmltopdf_state() == "install":
            return
        waiting = [("state", "=", "issued"), ("document_id", "=", False)]
        certificates = self.search(waiting, limit=50, order="id")
        remaining = self.search_count(waiting)
        for certificate in certificates:
            try:
                with self.env.cr.savepoint():
                    report._render_qweb_pdf(
                        "purchase_milestone.report_certificate", certificate.ids
                    )
            except Exception:
                # The others wait behind it: this one is tried again in the next run.
                _logger.exception("The PDF of certificate %s could not be made", certificate.id)
            remaining -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                break

    def _get_report_name(self):
        """Return the name of the printed file, without its ending."""
        name = f"{self._get_title()} {self.order_id.name}-{self.number}"
        return name.replace("/", "-")

    # ------------------------------------------------------------------
    # Pages
    # ------------------------------------------------------------------

    def _get_title(self):
        """Return what the company calls its certificates, in the language of the print."""
        # sudo: res.company - whoever prints need not be allowed to read the settings
        company = self.company_id.sudo()
        titles = company._fields["milestone_certificate_title"]
        titles = dict(titles._description_selection(self.env))
        return titles[company.milestone_certificate_title or "payment"]

    def _get_layout(self):
        """Return the columns of amounts, which are the same on all pages, and what they leave.

        :return: a dict with ``columns`` (each with ``name``, ``label`` and ``width`` in percent),
            ``scale`` (of the font), ``width`` (of the descriptions, in percent)
        """
        labels = self.line_ids.fields_get(COLUMNS, ["string"])
        columns = []
        for name in COLUMNS:
            label = labels[name]["string"]
            # Totals are the longest amounts.
            total = 100 if name == "percentage" else sum(self.line_ids.mapped(name))
            texts = textwrap.wrap(label, LABEL_WIDTH, break_long_words=False)
            texts.append(self._format_cell(name, total))
            width = max(map(len, texts)) * CHARACTER + PADDING
            columns.append({"name": name, "label": label, "width": width})
        scale = min(1, MOST_FOR_AMOUNTS / sum(column["width"] for column in columns))
        for column in columns:
            column["width"] *= scale
        left = 100 - sum(column["width"] for column in columns)
        return {"columns": columns, "scale": scale, "width": left}

    def _get_pages(self, layout=None):
        """Return the pages of rows: each with its lines, and what it brings and carries forward.

        A row is a line of text: a description that takes two is never split over pages.
        """
        self.ensure_one()
        layout = layout or self._get_layout()
        width = int((layout["width"] - PADDING) / CHARACTER / layout["scale"])
        pages, rows = [], ROWS_PER_PAGE
        sums = dict.fromkeys(PAGE_SUMS, 0)
        for line in self.line_ids:
            texts = textwrap.wrap(line.name or "", width) or [""]
            if rows + len(texts) > ROWS_PER_PAGE:
                pages.append({"rows": [], "brought": dict(sums), "carried": sums})
                rows = 0
            rows += len(texts)
            pages[-1]["rows"].append((line, texts))
            sums = {name: self.currency_id.round(sums[name] + line[name]) for name in PAGE_SUMS}
            pages[-1]["carried"] = sums
        return pages

    @api.model
    def _starts_on_new_page(self, pages):
        """Return whether the rows do not fit below the sums."""
        rows = sum(len(texts) for page in pages for _line, texts in page["rows"])
        return rows > ROWS_BELOW_SUMS

    def _format_cell(self, name, amount):
        """Return what stands in the column ``name``: a dash for nothing."""
        if not amount:
            return "–"
        if name == "percentage":
            return formatLang(self.env, amount, digits=2)
        return self._format(amount)

    def _format(self, amount):
        """Return an amount without its currency, which the heading names."""
        return formatLang(self.env, amount or 0.0, digits=self.currency_id.decimal_places)

    def _get_printed_bills(self):
        """Return the vendor's or our own number of each bill that this certificate adds."""
        # sudo: account.move - whoever reads the certificate reads for which bills it was issued
        certificate = self.sudo()
        bills = certificate.order_id._get_first_bills(certificate.bill_ids)
        return [bill.ref or bill.name for bill in bills.sorted("id")]

    def _get_sums(self):
        """Return ``[(label, amount, is_total)]`` of the sums below the contract."""
        # Forfeited retention stays with us, but is held no more.
        held = self.retention_to_date - self.retention_forfeited
        net_to_date = self.amount_previous + self.amount_net
        rows = [
            (self.env._("Contract sum as confirmed"), self.amount_original, False),
            (self.env._("Changes"), self.amount_changes, False),
            (self.env._("Contract sum"), self.amount_contract, True),
            (self.env._("Done to date"), self.amount_to_date, False),
            (self.env._("Retention held"), -held, False),
        ]
        if self.retention_forfeited:
            rows.append((self.env._("Retention forfeited"), -self.retention_forfeited, False))
        if self.retention_released:
            rows.append((self.env._("Retention released"), self.retention_released, False))
        if self.advance_recovered:
            rows.append((self.env._("Advance recovered"), -self.advance_recovered, False))
        return [
            *rows,
            (self.env._("Due to date"), net_to_date, True),
            (self.env._("Earlier certificates"), -self.amount_previous, False),
            (self.env._("This certificate"), self.amount_net, True),
            (self.env._("Tax"), self.amount_tax, False),
            (self.env._("Payable"), self.amount_payable, True),
            (self.env._("To finish"), self.amount_to_finish, False),
        ]
