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

    @classmethod
    def approve(cls, milestones):
        for milestone in milestones:
            cls.bring_to(milestone, "approved")

    @classmethod
    def create_bill(cls, records):
        """Press Create Bill on milestones or on an order as the buyer, and return the bills."""
        before = cls.env["account.move"].search([])
        if records._name == "purchase.order":
            records.with_user(cls.buyer).action_create_invoice()
        else:
            records.with_user(cls.buyer).action_create_bill()
        return cls.env["account.move"].search([]) - before

    @classmethod
    def post(cls, bills, date="2026-03-31"):
        bills = bills.with_user(cls.accountant)
        bills.invoice_date = date
        bills.action_post()
        return bills

    @classmethod
    def pay(cls, bills):
        wizard = (
            bills.env["account.payment.register"]
            .with_user(cls.accountant)
            .with_context(active_model="account.move", active_ids=bills.ids)
            .create({})
        )
        wizard.action_create_payments()

    @classmethod
    def bill(cls, records, date="2026-03-31"):
        """Create the bill of these records and post it."""
        return cls.post(cls.create_bill(records), date)

    @classmethod
    def enter_bill(cls, *lines, move_type="in_invoice"):
        """Return the draft that the accountant has entered by hand, with lines of these values."""
        return (
            cls.env["account.move"]
            .with_user(cls.accountant)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": cls.vendor.id,
                    "invoice_line_ids": [Command.create(line) for line in lines],
                }
            )
        )

    @classmethod
    def hand_bill(cls, order, price, move_type="in_invoice"):
        """Return the draft that the accountant made by hand for an order, retention included."""
        line = {
            "purchase_line_id": order.order_line[:1].id,
            "product_id": cls.product.id,
            "quantity": 1,
            "price_unit": price,
            "tax_ids": False,
        }
        bill = cls.enter_bill(line, move_type=move_type)
        bill.action_update_retention()
        return bill

    @classmethod
    def credit(cls, bill, modify=False):
        """Credit a bill as the accountant: return the draft credit note, or the bill made anew."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_user(cls.accountant)
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": bill.journal_id.id, "reason": "Wrong quantity"})
        )
        action = wizard.modify_moves() if modify else wizard.refund_moves()
        return cls.env["account.move"].with_user(cls.accountant).browse(action["res_id"])

    @classmethod
    def release(cls, order, **values):
        """Release retention as the release officer; return the release and its draft bill."""
        release = (
            cls.env["purchase.retention.release"]
            .with_user(cls.release_officer)
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
