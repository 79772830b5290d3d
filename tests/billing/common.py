from odoo.fields import Command
from odoo.tests import new_test_user

from ..common import MilestoneCommon


class BillingCommon(MilestoneCommon):
    """A company whose milestones drive its bills, with an accountant who posts and pays them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(cls.env, "ms_accountant", "account.group_account_manager")
        cls.retention_account = cls.env["account.account"].create(
            {
                "code": "211900",
                "name": "Retention of vendors",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        cls.tax_account = cls.env["account.account"].create(
            {"code": "131900", "name": "Input tax", "account_type": "asset_current"}
        )
        cls.company.write(
            {
                "retention_account_id": cls.retention_account.id,
                "milestone_billing": "bill",
            }
        )

    @classmethod
    def new_tax(cls, percent, **values):
        tax = cls.env["account.tax"].create(
            {
                "name": f"Input tax {percent} %",
                "amount": percent,
                "type_tax_use": "purchase",
                **values,
            }
        )
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        lines = lines.filtered(lambda line: line.repartition_type == "tax")
        lines.account_id = cls.tax_account
        return tax

    def approve(self, milestones):
        for milestone in milestones:
            self.bring_to(milestone, "approved")

    def create_bill(self, records):
        """Press Create Bill on milestones or on an order as the buyer, and return the bills."""
        before = self.env["account.move"].search([])
        if records._name == "purchase.order":
            records.with_user(self.buyer).action_create_invoice()
        else:
            records.with_user(self.buyer).action_create_bill()
        return self.env["account.move"].search([]) - before

    def post(self, bills, date="2026-03-31"):
        bills = bills.with_user(self.accountant)
        bills.invoice_date = date
        bills.action_post()
        return bills

    def pay(self, bills):
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=bills.ids)
            .create({})
        )
        wizard.action_create_payments()

    def bill(self, records, date="2026-03-31"):
        """Create the bill of these records and post it."""
        return self.post(self.create_bill(records), date)

    def enter_bill(self, *lines, move_type="in_invoice"):
        """Return the draft that the accountant has entered by hand, with lines of these values."""
        return (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": self.vendor.id,
                    "invoice_line_ids": [Command.create(line) for line in lines],
                }
            )
        )

    def hand_bill(self, order, price, move_type="in_invoice"):
        """Return the draft that the accountant made by hand for an order, retention included."""
        line = {
            "purchase_line_id": order.order_line[:1].id,
            "product_id": self.product.id,
            "quantity": 1,
            "price_unit": price,
            "tax_ids": False,
        }
        bill = self.enter_bill(line, move_type=move_type)
        bill.action_update_retention()
        return bill

    def credit(self, bill, modify=False):
        """Credit a bill as the accountant: return the draft credit note, or the bill made anew."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "reason": "Wrong quantity"})
        )
        action = wizard.modify_moves() if modify else wizard.refund_moves()
        return self.env["account.move"].with_user(self.accountant).browse(action["res_id"])

    def release(self, order, **values):
        """Release retention as the release officer; return the release and its draft bill."""
        release = (
            self.env["purchase.retention.release"]
            .with_user(self.release_officer)
            .create({"order_id": order.id, "reason": "Taken over", "early": True, **values})
        )
        release.action_confirm()
        return release, release.sudo().bill_id

    def entry(self, bill):
        """Return a bill's journal entry as ``[(account's kind, debit less credit, currency)]``."""
        kinds = {"liability_payable": "payable", "asset_current": "tax", "expense": "expense"}
        lines = bill.sudo().line_ids.filtered(
            lambda line: line.display_type not in ("line_section", "line_note")
        )
        return sorted(
            (
                "retention"
                if line.account_id == self.retention_account
                else "tax"
                if line.tax_line_id
                else kinds.get(line.account_id.account_type, line.account_id.account_type),
                line.balance,
            )
            for line in lines
        )

    def held_in_books(self, order):
        """Return what the general ledger holds of an order's retention, in its currency."""
        lines = self.env["account.move.line"].search(
            [("retention_order_id", "=", order.id), ("parent_state", "=", "posted")]
        )
        return -sum(lines.mapped("amount_currency"))
