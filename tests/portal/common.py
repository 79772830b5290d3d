from lxml import html

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user
from odoo.tools import SQL

from ..retention.common import RetentionCommon

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00"
    b"\x00\x00IEND\xaeB`\x82"
)
# What requests on the portal write, if they write.
TABLES = (
    *("purchase_order", "purchase_milestone", "purchase_milestone_submission", "ir_attachment"),
    *("account_move", "account_move_line", "mail_message", "mail_activity", "mail_mail"),
    *("purchase_retention_release", "purchase_milestone_certificate", "res_partner"),
)


class PortalCommon(RetentionCommon, HttpCase):
    """A vendor with two people, a stranger, and an order whose milestones they may see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.milestone_portal = True
        cls.vendor.is_company = True
        cls.supplier = cls.new_vendor_user("ms_supplier", cls.vendor, "Nora Lind")
        cls.colleague = cls.new_vendor_user("ms_colleague", cls.vendor, "Olav Berg")
        cls.rival = cls.env["res.partner"].create({"name": "Rival Works", "is_company": True})
        cls.stranger = cls.new_vendor_user("ms_stranger", cls.rival, "Ruth Rival")
        cls.order = cls.create_order(
            100_000,
            [
                cls.percent("Survey", 30, retention=10),
                cls.percent("Foundations", 70, retention=10),
            ],
            confirm=True,
        )
        cls.survey, cls.foundations = cls.order.milestone_ids
        cls.survey.action_start()

    @classmethod
    def new_vendor_user(cls, login, vendor, name):
        user = new_test_user(cls.env, login, "base.group_portal", name=name)
        user.partner_id.parent_id = vendor
        return user

    # ------------------------------------------------------------------
    # What a browser does
    # ------------------------------------------------------------------

    def log_in(self, user):
        """Have the next requests come from this user; nobody if there is none."""
        self.authenticate(user.login if user else None, user.login if user else None)

    def url(self, milestone=None, suffix="", token=None):
        milestone = milestone or self.survey
        token = f"?access_token={token}" if token else ""
        return f"/my/purchase/{milestone.order_id.id}/milestones/{milestone.id}{suffix}{token}"

    def page(self, url):
        """Return a page, which has to be there."""
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200, url)
        return html.fromstring(response.text)

    def send_form(self, url, files=(), **data):
        """Send a form to an address, without following where it leads to."""
        data = {"csrf_token": Request.csrf_token(self), **data}
        return self.url_open(url, data=data, files=list(files), allow_redirects=False)

    def deliver(self, milestone=None, files=(), percentage="100", number=1, **data):
        """Send the form of a delivery.

        :param files: ``(name, content)``
        """
        return self.send_form(
            self.url(milestone, "/deliver"),
            files=[("files", (name, content)) for name, content in files],
            percentage=percentage,
            number=str(number),
            **data,
        )

    def upload(self, *files, milestone=None, **data):
        """Send files as our script does, each ``(name, content)``, before the delivery."""
        return self.send_form(
            self.url(milestone, "/upload"), files=[("files", file) for file in files], **data
        )

    def get_rows(self):
        """Return a fingerprint of all rows that a request could have written."""
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM %s t %s",
                    SQL.identifier(table),
                    # Odoo keeps the styles and scripts of its pages as attachments.
                    SQL("WHERE url IS NULL" if table == "ir_attachment" else ""),
                )
            )
            for table in TABLES
        }

    def find_kept_uploads(self):
        attachments = self.env["ir.attachment"]
        return attachments.search(attachments._get_kept_uploads_domain())

    @property
    def deliveries(self):
        return self.env["purchase.milestone.submission"].search([])
