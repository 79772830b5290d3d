from datetime import date

from lxml import etree

from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestViews(MilestoneCommon):
    """The lists and charts of milestones for themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dates = {
            "Last month": "2027-02-26",
            "Monday": "2027-03-15",
            "Sunday": "2027-03-21",
            "Next Monday": "2027-03-22",
            "Next month": "2027-04-01",
        }
        plan = [cls.fixed(name, 10_000, date_due=due) for name, due in dates.items()]
        cls.order = cls.create_order(100_000, plan, confirm=True)
        cls.in_euros = cls.create_order(
            1_000,
            [cls.fixed("Surveyed", 600)],
            currency_id=cls.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "!=", cls.company.currency_id.name)], limit=1)
            .id,
        )

    def found(self, filter_name, user=None):
        """Return the names of the order's milestones that a filter of the search view finds."""
        model = self.env["purchase.milestone"].with_user(user or self.buyer)
        view = etree.fromstring(model.get_view(view_type="search")["arch"])
        (node,) = view.xpath(f"//filter[@name='{filter_name}']")
        domain = safe_eval(node.get("domain"), {"uid": model.env.uid})
        return model.search([("order_id", "=", self.order.id), *domain]).mapped("name")

    @freeze_time("2027-03-17 12:00")
    def test_this_week_and_this_month(self):
        self.env["res.lang"]._get_data(code="en_US")
        self.env["res.lang"].search([("code", "=", "en_US")]).week_start = "1"
        self.assertEqual(self.found("due_this_week"), ["Monday", "Sunday"])
        self.assertEqual(self.found("due_this_month"), ["Monday", "Sunday", "Next Monday"])
        self.assertEqual(self.found("overdue"), ["Last month", "Monday"])

    def test_mine_and_to_approve(self):
        mine, handed_over = self.order.milestone_ids[:2]
        handed_over.user_id = self.manager
        self.assertIn(mine.name, self.found("my"))
        self.assertNotIn(handed_over.name, self.found("my"))
        self.assertEqual(self.found("my", self.manager), [handed_over.name])
        self.bring_to(mine, "completed")
        self.assertEqual(self.found("to_approve"), [mine.name])

    def test_totals_stay_in_the_currency_and_are_converted_where_several_meet(self):
        model = self.env["purchase.milestone"].with_user(self.buyer)
        rate = self.in_euros.currency_id.rate
        orders = self.order | self.in_euros
        groups = model.formatted_read_group(
            [("order_id", "in", orders.ids)],
            ["order_id"],
            ["amount:sum", "amount:sum_currency", "currency_id:array_agg_distinct"],
        )
        totals = {group["order_id"][0]: group for group in groups}
        self.assertEqual(totals[self.in_euros.id]["amount:sum"], 600)
        self.assertAlmostEqual(totals[self.in_euros.id]["amount:sum_currency"], 600 / rate)
        # The client shows nothing where a field's aggregator is not a plain sum.
        self.assertEqual(model.fields_get(["amount"])["amount"]["aggregator"], "sum")

    def test_the_board_has_a_column_for_each_state_in_their_order(self):
        model = self.env["purchase.milestone"].with_user(self.buyer)
        answer = model.with_context(read_group_expand=True).web_read_group(
            [("order_id", "=", self.order.id)], ["state"], ["amount:sum"]
        )
        self.assertEqual(
            [group["state"] for group in answer["groups"]],
            ["pending", "started", "completed", "rejected", "approved"],
        )

    def test_a_date_moved_in_the_calendar_obeys_the_life_cycle(self):
        done, planned = self.order.milestone_ids[:2]
        self.bring_to(done, "completed")
        planned.with_user(self.buyer).date_due = "2027-05-01"
        self.assertEqual(planned.date_due, date(2027, 5, 1))
        with self.refused("cannot be changed once a milestone is completed"):
            done.with_user(self.buyer).date_due = "2027-05-01"

    def test_no_view_shows_a_user_what_depends_on_a_field_he_cannot_read(self):
        views = self.env["ir.model.data"].search(
            [("module", "=", "purchase_milestone"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(views.mapped("res_id"))
        self.assertGreater(len(views), 30)
        with self.assertNoLogs("odoo.addons.base.models.ir_ui_view", "WARNING"):
            views._check_xml()

    def test_each_view_opens_for_each_reader(self):
        auditor = new_test_user(self.env, "ms_auditor", "account.group_account_readonly")
        action = self.env.ref("purchase_milestone.purchase_milestone_action")
        views = [(False, mode) for mode in (*action.view_mode.split(","), "search")]
        self.assertEqual(
            [mode for _, mode in views],
            ["list", "kanban", "calendar", "pivot", "graph", "activity", "form", "search"],
        )
        for user in (self.buyer, self.approver, self.release_officer, auditor):
            opened = self.env["purchase.milestone"].with_user(user).get_views(views)
            self.assertEqual(len(opened["views"]), len(views))

    def test_lists_offer_the_milestone_that_a_part_is_of(self):
        for model, view, path in (
            ("purchase.milestone", "purchase_milestone.purchase_milestone_view_list", "/list"),
            (
                "purchase.order",
                "purchase.purchase_order_form",
                "//field[@name='milestone_ids']/list",
            ),
        ):
            arch = self.env[model].with_user(self.buyer)
            arch = etree.fromstring(arch.get_view(self.env.ref(view).id)["arch"])
            columns = arch.xpath(f"{path}/field[@name='part_of_id']/@optional")
            self.assertEqual(columns, ["hide"], model)

    def test_who_reads_no_milestones_gets_the_order_without_them(self):
        orders = self.env["purchase.order"].with_user(self.new_storekeeper())
        self.assertNotIn("milestone", orders.get_view(view_type="form")["arch"])


@tagged("post_install", "-at_install")
class TestDocuments(MilestoneCommon):
    """Documents are counted where people look, and open from there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = [cls.fixed("Racks", 10_000, document_required=True), cls.fixed("Cooling", 20_000)]
        cls.order = cls.create_order(100_000, plan, confirm=True)
        cls.racks, cls.cooling = cls.order.milestone_ids

    def attach(self, milestone, name):
        return (
            self.env["ir.attachment"]
            .with_user(self.buyer)
            .create({"name": name, "res_model": milestone._name, "res_id": milestone.id})
        )

    def test_the_counts_on_the_list_and_on_the_order(self):
        self.assertEqual(self.order.milestone_document_count, 0)
        documents = self.attach(self.racks, "Delivery.pdf") | self.attach(self.racks, "Photo.jpg")
        documents |= self.attach(self.cooling, "72 hours.pdf")
        self.attach(self.order, "Quotation.pdf")
        self.env.invalidate_all()
        for user in (self.buyer, self.approver, self.release_officer):
            order = self.order.with_user(user)
            self.assertEqual(order.milestone_ids.mapped("document_count"), [2, 1])
            self.assertEqual(order.milestone_document_count, 3)
            action = order.action_view_milestone_documents()
            shown = self.env[action["res_model"]].with_user(user).search(action["domain"])
            self.assertEqual(shown, documents.with_user(user).sorted("id", reverse=True))

    def test_the_download_is_the_attachments_own(self):
        document = self.attach(self.racks, "Delivery.pdf")
        action = document.with_user(self.approver).action_download()
        self.assertEqual(action["url"], f"/web/content/{document.id}?download=true")

    def test_a_new_order_opens_with_no_documents(self):
        with Form(self.env["purchase.order"].with_user(self.buyer)) as form:
            form.partner_id = self.vendor
            self.assertEqual(form.milestone_document_count, 0)
