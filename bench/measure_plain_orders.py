"""What bench/plain_orders.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

import json

from measuring import Measuring

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

COUNT = 100


class Bench(Measuring):
    """Orders of one line, one for each vendor, and the bills that Odoo makes of them."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        super().__init__(env)
        if not env["account.journal"].search([("type", "=", "purchase")], limit=1):
            env["account.chart.template"].try_loading("generic_coa", env.company, False)
        groups = "purchase.group_purchase_manager,account.group_account_manager"
        self.user = env(user=new_test_user(env, "buyer", groups))
        self.product = env["product.product"].create(
            {"name": "Sand", "type": "service", "purchase_method": "purchase"}
        )
        self.vendors = env["res.partner"].create([{"name": f"Vendor {n}"} for n in range(COUNT)])
        self.requests = self.create()
        self.orders = self.create()
        self.orders.button_confirm()
        self.drafts = self.bill(self.create(confirm=True))
        self.posted = self.bill(self.create(confirm=True))
        self.posted.action_post()
        env.cr.commit()

    def create(self, confirm=False):
        """Return new requests for quotation, or orders."""
        line = {"product_id": self.product.id, "product_qty": 2, "price_unit": 100}
        orders = self.user["purchase.order"].create(
            [
                {"partner_id": vendor.id, "order_line": [Command.create(line)]}
                for vendor in self.vendors
            ]
        )
        if confirm:
            orders.button_confirm()
        return orders

    def bill(self, orders):
        """Return the draft bills of the orders."""
        orders.action_create_invoice()
        orders.invoice_ids.write({"invoice_date": fields.Date.today()})
        return orders.invoice_ids

    def create_entries(self):
        """Create and post journal entries that have nothing to do with orders."""
        account = self.env["account.account"].search([("account_type", "=", "expense")], limit=1)
        lines = [{"account_id": account.id, "debit": 1}, {"account_id": account.id, "credit": 1}]
        self.user["account.move"].create(
            [
                {"move_type": "entry", "line_ids": [Command.create(line) for line in lines]}
                for _number in range(COUNT)
            ]
        ).action_post()

    def attach(self):
        """Attach a file to each order, and read it."""
        attachments = self.user["ir.attachment"].create(
            [
                {
                    "name": "Offer",
                    "raw": b"%d" % order.id,
                    "res_model": order._name,
                    "res_id": order.id,
                }
                for order in self.orders
            ]
        )
        attachments.invalidate_recordset()
        return attachments.mapped("raw")

    def queries(self):
        """Return ``{what: queries}``, each undone; measured twice, the second time counts."""
        view = {"name": {}, "amount_total": {}, "invoice_status": {}, "partner_id": {}}
        operations = {
            "create": self.create,
            "write": lambda: self.requests.write({"partner_ref": "A 1"}),
            "write on each": lambda: [order.write({"partner_ref": "B 2"}) for order in self.orders],
            "confirm": lambda: self.requests.button_confirm(),
            "confirm each": lambda: [order.button_confirm() for order in self.requests],
            "read a list": lambda: self.orders.web_read(view),
            "cancel": lambda: self.orders.button_cancel(),
            "bill": lambda: self.bill(self.orders),
            "post bills": lambda: self.drafts.action_post(),
            "reset bills": lambda: self.posted.button_draft(),
            "cancel bills": lambda: self.drafts.button_cancel(),
            "entries": self.create_entries,
            "attachments": self.attach,
        }
        return {what: self.alternate(2, run)[0][1] for what, run in operations.items()}


print(json.dumps(Bench(env).queries()))  # noqa: F821
