"""What is there once the addon is gone. Runs inside Odoo, in a process of its own."""

import json
import os
from pathlib import Path

from snapshot import take_columns, take_data, take_definitions, take_schema

from odoo.tests import Form, TransactionCase

FOLDER = Path(os.environ["UNINSTALL_FOLDER"])


class TestAfterUninstall(TransactionCase):
    test_tags = set()  # Odoo sets it on the tests of addons alone.

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.never = json.loads((FOLDER / "never_installed.json").read_text())
        cls.before = json.loads((FOLDER / "orders.json").read_text())
        cls.documents = {int(key): order for key, order in cls.before["documents"].items()}
        admin = cls.env.ref("base.user_admin")
        orders = cls.env["purchase.order"].with_user(admin)
        cls.orders = {name: orders.browse(key) for name, key in cls.before["orders"].items()}
        cls.all_orders = orders.concat(*cls.orders.values())

    def test_nothing_of_the_addon_is_left(self):
        columns = take_columns(self.env.cr)
        self.assertFalse(set(take_schema(self.env.cr)) ^ set(self.never["schema"]))
        self.assertFalse(set(self.registry) ^ set(self.never["models"]))
        definitions = take_definitions(self.env.cr, columns)
        for table, ids in self.never["definitions"].items():
            self.assertFalse(set(definitions[table]) ^ set(ids), table)
        xmlids = self.env["ir.model.data"].search([("module", "=", "purchase_milestone")])
        self.assertFalse(xmlids.mapped("name"))

    def test_what_people_entered_is_untouched(self):
        after = take_data(self.env.cr, self.never["columns"], self.before["models"])
        # Those that were on the order before are left to the other test, too.
        for data in (self.before["data"], after):
            data["ir_attachment"] = [
                row for row in data["ir_attachment"] if json.loads(row)["id"] not in self.documents
            ]
        # What milestones were receiving is received by hand from now on.
        self.before["data"]["purchase_order_line"] = [
            self.by_hand(row) for row in self.before["data"]["purchase_order_line"]
        ]
        for table, rows in self.before["data"].items():
            self.assertFalse(set(after[table]) ^ set(rows), table)

    def by_hand(self, row):
        if json.loads(row)["qty_received_method"] != "milestones":
            return row
        self.env.cr.execute(
            "SELECT (line || jsonb_build_object('qty_received_method', 'manual',"
            " 'qty_received_manual', line->'qty_received'))::text FROM (SELECT %s::jsonb AS line)",
            [row],
        )
        return self.env.cr.fetchone()[0]

    def test_documents_are_on_the_orders(self):
        documents = self.env["ir.attachment"].browse(self.documents)
        self.assertEqual(documents.exists(), documents)
        for document in documents:
            place = (document.res_model, document.res_id)
            self.assertEqual(place, ("purchase.order", self.documents[document.id]))
            self.assertIn(document.raw, (b"Survey", b"42 mm"))

    def test_orders_open_and_print(self):
        for name, order in self.orders.items():
            with self.subTest(order=name):
                with Form(order) as form:
                    form.partner_ref = "Berth 7"
                html, _type = self.env["ir.actions.report"]._render_qweb_html(
                    "purchase.report_purchaseorder", order.ids
                )
                self.assertIn("Berth 7", html.decode())

    def test_orders_go_on(self):
        for name in ("request", "sent"):
            self.orders[name].button_confirm()
        self.orders["to approve"].button_approve()
        self.orders["locked"].button_unlock()
        confirmed = self.all_orders - self.orders["cancelled"]
        self.assertEqual(set(confirmed.mapped("state")), {"purchase"})
        confirmed.copy().button_confirm()
        self.orders["billed"].invoice_ids.button_cancel()
        confirmed.button_cancel()
        self.all_orders.unlink()
        self.assertFalse(self.all_orders.exists())
