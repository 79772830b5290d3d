"""The number of queries does not grow with the number of milestones."""

from unittest.mock import patch

from lxml import etree

from odoo.tests import tagged

from ..common import MilestoneCommon

ROW = ["sequence", "name", "date_due", "amount", "retention_amount", "net_amount", "state"]
ROW_FIELDS = {name: {} for name in [*ROW, "is_overdue", "document_count"]}


@tagged("post_install", "-at_install")
class TestQueries(MilestoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warm_up, cls.small, cls.large = (
            cls.create_order(
                100_000,
                [cls.percent(f"Section {n}", 100 / count, retention=5) for n in range(count)],
                confirm=True,
            )
            for count in (5, 5, 50)
        )

    def queries(self, function, order):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function(order)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def assert_same_queries(self, function):
        function(self.warm_up)
        few = self.queries(function, self.small)
        self.assertLessEqual(self.queries(function, self.large), few)

    def test_reading_an_order_with_its_plan(self):
        spec = {"milestone_ids": {"fields": ROW_FIELDS}, "milestone_progress": {}}
        self.assert_same_queries(lambda order: order.with_user(self.buyer).web_read(spec))

    def test_reading_the_list(self):
        def read_list(order):
            self.env["purchase.milestone"].with_user(self.approver).web_search_read(
                [("order_id", "=", order.id)], {**ROW_FIELDS, "order_id": {"fields": {}}}
            )

        self.assert_same_queries(read_list)

    def test_the_list_reads_its_rows_once(self):
        milestones = self.env["purchase.milestone"].with_user(self.buyer)
        view = etree.fromstring(milestones.get_view(view_type="list")["arch"])
        spec = {name: {} for name in view.xpath("//field/@name")}
        self.env.invalidate_all()
        model = self.registry["purchase.milestone"]
        with patch.object(
            model, "_fetch_query", autospec=True, side_effect=model._fetch_query
        ) as fetch:
            milestones.web_search_read([("order_id", "=", self.large.id)], spec)
        # Not what other tables say of the rows.
        reads = [c for c in fetch.call_args_list if any(field.column_type for field in c.args[2])]
        self.assertEqual(len(reads), 1)

    def test_taking_a_selection_through_the_life_cycle(self):
        self.assert_same_queries(lambda o: o.milestone_ids.with_user(self.buyer).action_start())
        self.assert_same_queries(lambda o: o.milestone_ids.with_user(self.buyer).action_complete())
        self.assert_same_queries(
            lambda o: o.milestone_ids.with_user(self.approver).action_approve()
        )
        self.assertEqual(set(self.large.milestone_ids.mapped("state")), {"approved"})

    def test_creating_orders_leaves_no_environment_for_each(self):
        # Odoo goes through all environments for each new one, so one per order is their square.
        values = {
            "partner_id": self.vendor.id,
            "order_line": [(0, 0, self.line_values(100_000))],
            "milestone_ids": [(0, 0, self.percent("Fit-out", 100))],
        }
        environments = self.env.transaction.envs
        before = len(environments)
        orders = self.env["purchase.order"].with_user(self.buyer).create([values] * 20)
        self.assertLess(len(environments) - before, 20)
        self.assertEqual(orders.mapped("milestone_count"), [1] * 20)
