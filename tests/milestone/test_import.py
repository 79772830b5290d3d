import csv

from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.misc import file_open

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestImport(MilestoneCommon):
    def load(self, columns, rows):
        return self.env["purchase.milestone"].with_user(self.buyer).load(columns, rows)

    def test_list_offers_the_import_to_buyers_only(self):
        for user, offered in ((self.buyer, True), (self.approver, False)):
            milestones = self.env["purchase.milestone"].with_user(user)
            arch = etree.fromstring(milestones.get_view(view_type="list")["arch"])
            self.assertEqual(arch.get("create", "true").lower() == "true", offered)

    def test_milestone_can_be_added_from_the_list(self):
        order = self.create_order(1_000)
        with Form(self.env["purchase.milestone"].with_user(self.buyer)) as form:
            form.order_id = order
            form.name = "Hull"
            form.percentage = 40
            self.assertEqual(form.amount, 400)
        self.assertEqual(order.milestone_ids.amount, 400)

    def test_shipped_template_imports_a_plan(self):
        (template,) = self.env["purchase.milestone"].get_import_templates()
        with file_open(template["template"].lstrip("/")) as file:
            columns, *rows = csv.reader(file)
        order = self.create_order(100_000)
        result = self.load(columns, [[order.name, *row[1:]] for row in rows])
        self.assertFalse(result["messages"])
        plan = order.milestone_ids
        self.assertEqual(plan.mapped("name"), ["Design approved", "Racks installed", "Handover"])
        self.assertEqual(plan.mapped("amount"), [30_000, 45_000, 25_000])
        self.assertEqual(plan.mapped("document_required"), [True, True, False])

    def test_state_is_never_imported(self):
        order = self.create_order(100, confirm=True)
        columns = ["id", "order_id", "name", "percentage", "state"]
        row = ["yard.hull", order.name, "Hull", "50", "Approved"]
        self.assertFalse(self.load(columns, [row])["messages"])
        self.assertEqual(order.milestone_ids.state, "pending")
        (message,) = self.load(columns, [row])["messages"]
        self.assertIn("Status cannot be changed", message["message"])
        self.assertEqual(order.milestone_ids.state, "pending")

    def test_row_that_exceeds_a_confirmed_order_is_refused(self):
        order = self.create_order(100, confirm=True)
        rows = [[order.name, "Hull", "60"], [order.name, "Engine", "50"]]
        result = self.load(["order_id", "name", "percentage"], rows)
        self.assertFalse(result["ids"])
        self.assertIn("exceed its untaxed total", result["messages"][0]["message"])

    def test_export_can_be_imported_again(self):
        order = self.create_order(100, [self.percent("Hull", 60), self.balance("Engine")])
        columns = ["name", "amount_type", "percentage", "amount", "retention_percent"]
        rows = order.sudo().milestone_ids.export_data(columns)["datas"]
        again = self.create_order(100)
        lines = [[again.name, *map(str, row)] for row in rows]
        self.assertFalse(self.load(["order_id", *columns], lines)["messages"])
        self.assertEqual(again.milestone_ids.mapped("amount"), [60, 40])
