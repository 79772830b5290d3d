from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import PURCHASE_USER
from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestRetentionTieOut(ReportsCommon):
    """What orders hold, against the balance of the accounts on which retention waits."""

    model = "purchase.retention.report"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = [cls.percent("Racks", 50, retention=10), cls.percent("Cooling", 50, retention=10)]
        cls.fit_out = cls.create_order(100_000, plan, confirm=True)
        cls.approve(cls.fit_out.milestone_ids)

    def book(self, account, amount, partner=None, **values):
        """Post an entry that credits ``account``; return its line on it."""
        entry = self.env["account.move"].create(
            {
                "line_ids": [
                    (0, 0, {"account_id": booked.id, "partner_id": partner and partner.id, **part})
                    for booked, part in (
                        (account, {"balance": -amount, **values}),
                        (self.tax_account, {"balance": amount}),
                    )
                ],
            }
        )
        entry.action_post()
        self.env.invalidate_all()
        return entry.line_ids.filtered(lambda line: line.account_id == account)

    def by_vendor(self):
        """Return ``{vendor: (open, in the ledger, difference)}`` of orders that bill."""
        names = ("retention_open", "retention_ledger", "retention_difference")
        groups = self.rows()._read_group(
            [("milestone_billing", "!=", "track")],
            ["commercial_partner_id"],
            [f"{name}:sum" for name in names],
        )
        return {vendor.id: tuple(sums) for vendor, *sums in groups}

    def test_what_is_written_off_is_missing_on_the_account(self):
        bill = self.bill(self.fit_out)
        off = self.book(self.retention_account, -10_000, self.vendor)
        held = bill.line_ids.filtered("retention_order_id")
        (held | off).reconcile()
        self.assertEqual(self.by_vendor(), {self.vendor.id: (10_000, 0, -10_000)})
        row = self.rows().search([("order_id", "=", False)])
        self.assertEqual((row.move_name, row.retention_ledger), (off.move_id.name, -10_000))
        self.assertEqual(row.action_open_order()["res_id"], off.move_id.id)
        for name in ("open", "differs", "entries"):
            domain = safe_eval(self.node(name).get("domain"))
            self.assertIn(row, self.rows().search(domain), name)

    def test_a_contact_of_the_vendor_counts_as_the_vendor(self):
        contact = self.env["res.partner"].create(
            {"name": "Site office", "parent_id": self.vendor.id}
        )
        order = self.create_order(
            1_000, [self.percent("Doors", 100, retention=10)], confirm=True, partner_id=contact.id
        )
        self.approve(order.milestone_ids)
        self.bill(order)
        self.book(self.retention_account, 7, self.vendor)
        self.assertEqual(self.by_vendor(), {self.vendor.id: (100, 107, 7)})

    def test_every_account_counts_that_holds_or_has_held_retention(self):
        self.bill(self.fit_out)
        former = self.retention_account
        self.company.retention_account_id = former.copy({"code": "211901", "reconcile": True})
        other = former.copy({"code": "211902", "reconcile": True})
        lines = [self.book(a, 5) for a in (former, self.company.retention_account_id, other)]
        rows = self.rows().search([("order_id", "=", False)])
        self.assertEqual(set(rows.mapped("move_name")), {line.move_id.name for line in lines[:2]})

    def test_drafts_and_differences_of_exchange_are_no_entries(self):
        line = self.book(self.retention_account, 5, self.vendor)
        line.move_id.button_draft()
        self.book(
            self.retention_account, 3, self.vendor, currency_id=self.euro.id, amount_currency=0
        )
        self.env.invalidate_all()
        self.assertFalse(self.rows().search([("order_id", "=", False)]))

    def test_entries_of_another_company_are_not_seen(self):
        self.book(self.retention_account, 5, self.vendor)
        yard_buyer = self.new_user("ms_yard_buyer", PURCHASE_USER, self.shipyard)
        self.assertFalse(self.rows(yard_buyer).search([("order_id", "=", False)]))
        for user in self.readers():
            [row] = self.rows(user).search([("order_id", "=", False)])
            self.assertEqual(row.retention_difference, 5)
