from datetime import date

from lxml import etree

from odoo.tests import Form, freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestScreens(MilestoneCommon):
    """The screens lead to the next step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = [
            cls.fixed("Racks", 10_000, document_required=True, date_due="2027-03-01"),
            cls.fixed("Cooling", 20_000, date_due="2027-02-01"),
            cls.fixed("Handover", 30_000),
        ]
        cls.order = cls.create_order(100_000, plan, confirm=True)
        cls.racks, cls.cooling, cls.handover = cls.order.milestone_ids

    def attachment(self, **values):
        attachments = self.env["ir.attachment"].with_user(self.buyer)
        return attachments.create({"name": "Delivery.pdf", "raw": b"%PDF-1.4 racks", **values})

    def test_the_list_opens_on_what_is_open_and_mine(self):
        action = self.env.ref("purchase_milestone.purchase_milestone_action")
        filters = safe_eval(action.context)
        self.assertEqual(filters, {"search_default_open": 1, "search_default_my": 1})
        view = etree.fromstring(
            self.env["purchase.milestone"]
            .with_user(self.buyer)
            .get_view(view_type="search")["arch"]
        )
        (node,) = view.xpath("//filter[@name='open']")
        self.bring_to(self.cooling, "approved")
        found = self.order.milestone_ids.filtered_domain(safe_eval(node.get("domain")))
        self.assertEqual(found, self.racks + self.handover)

    def test_one_search_finds_order_vendor_and_description(self):
        milestones = self.env["purchase.milestone"].with_user(self.buyer)
        view = etree.fromstring(milestones.get_view(view_type="search")["arch"])
        domain = view.xpath("//field[@name='name']")[0].get("filter_domain")
        for words in (self.order.name, "Northern Fit", "Cooling"):
            found = milestones.search(safe_eval(domain, {"self": words}))
            self.assertIn(self.cooling, found, words)

    def test_switches_and_counters_are_not_offered_to_group_by(self):
        offered = self.env["purchase.milestone"].fields_get(
            ["state", "document_required", "sequence"], ["type", "groupable"]
        )
        self.assertTrue(offered["state"]["groupable"])
        self.assertFalse(offered["document_required"]["groupable"])
        self.assertFalse(offered["sequence"]["groupable"])

    def test_the_list_of_one_order_does_not_repeat_it_in_each_row(self):
        milestones = self.env["purchase.milestone"].with_user(self.buyer)
        view = etree.fromstring(milestones.get_view(view_type="list")["arch"])
        context = self.order.with_user(self.buyer).action_view_milestones()["context"]
        for name in ("order_id", "partner_id"):
            (node,) = view.xpath(f"/list/field[@name='{name}']")
            hidden = node.get("column_invisible")
            self.assertTrue(safe_eval(hidden, {"context": context}), name)
            self.assertFalse(safe_eval(hidden, {"context": {}}), name)

    def test_a_template_is_not_offered_once_a_milestone_is_approved(self):
        orders = self.env["purchase.order"].with_user(self.buyer)
        form = etree.fromstring(orders.get_view(view_type="form")["arch"])
        (button,) = form.xpath("//button[@name='action_apply_milestone_template']")
        values = {"locked": False, "state": "purchase", "milestone_progress": 0}
        values.update({name: False for name in self.order._fields if name not in values})
        self.assertFalse(safe_eval(button.get("invisible"), values))
        self.assertTrue(safe_eval(button.get("invisible"), {**values, "milestone_progress": 10}))

    def test_approvers_approve_and_reject_from_the_card_of_a_milestone(self):
        milestones = self.env["purchase.milestone"].with_user(self.approver)
        view = self.env.ref("purchase_milestone.purchase_milestone_view_kanban_to_approve")
        arch = etree.fromstring(milestones.get_view(view.id, "kanban")["arch"])
        steps = [button.text for button in arch.xpath("//button[not(@icon)]")]
        self.assertEqual(steps, ["Approve", "Reject"])

    def test_groups_of_the_status_come_in_the_order_of_the_life_cycle(self):
        self.bring_to(self.racks, "started")
        self.bring_to(self.cooling, "approved")
        groups = self.env["purchase.milestone"].formatted_read_group(
            [("order_id", "=", self.order.id)], ["state"], ["__count"]
        )
        self.assertEqual([group["state"] for group in groups], ["pending", "started", "approved"])

    def test_a_milestone_is_named_after_its_order_unless_it_is_opened_there(self):
        self.assertEqual(self.racks.display_name, f"{self.order.name}: Racks")
        opened_there = self.racks.with_context(purchase_milestone_of_order=True)
        self.assertEqual(opened_there.display_name, "Racks")
        self.assertFalse(self.env["purchase.milestone"].new({}).display_name)

    def test_a_new_milestone_can_be_described_before_its_order_is_chosen(self):
        with Form(self.env["purchase.milestone"].with_user(self.buyer)) as form:
            self.assertFalse(form.is_frozen)
            form.name = "Training"
            form.order_id = self.order
            form.amount_type = "fixed"
            form.amount = 5_000
        self.assertEqual(form.record.order_id, self.order)

    def test_the_order_leads_to_the_next_step(self):
        order = self.order.with_user(self.buyer)
        self.assertEqual(order.next_milestone_id, self.racks)
        self.assertEqual(str(order.date_next_milestone), "2027-02-01")
        self.bring_to(self.cooling, "started")
        self.assertEqual(order.next_milestone_id, self.cooling)
        order.action_next_milestone()
        self.assertEqual(self.cooling.state, "completed")
        self.assertEqual(order.milestone_to_approve_count, 1)
        self.assertEqual(order.next_milestone_id, self.racks)
        order.action_next_milestone()
        self.assertEqual(self.racks.state, "started")

    def test_the_plan_is_the_first_page_where_it_waits_for_the_user(self):
        orders = self.env["purchase.order"]
        form = etree.fromstring(orders.with_user(self.buyer).get_view(view_type="form")["arch"])
        (page,) = form.xpath("//page[@name='milestones']")
        self.assertEqual(page.get("open_if"), "milestones_wait_for_me")
        plain = self.create_order(1_000, confirm=True)
        request = self.create_order(1_000, [self.fixed("Racks", 100)])
        for order, user, waits in (
            (self.order, self.buyer, True),
            (self.order, self.approver, False),
            (plain, self.buyer, False),
            (request, self.buyer, False),
        ):
            self.assertEqual(order.with_user(user).milestones_wait_for_me, waits)
        self.attachment(res_model="purchase.milestone", res_id=self.racks.id)
        self.bring_to(self.order.milestone_ids, "completed")
        self.assertFalse(self.order.with_user(self.buyer).milestones_wait_for_me)
        self.assertTrue(self.order.with_user(self.approver).milestones_wait_for_me)

    def test_the_next_step_is_in_the_list(self):
        steps = {"action_start", "action_open_completion", "action_rework"}
        for user, offered in ((self.buyer, steps), (self.approver, set())):
            milestones = self.env["purchase.milestone"].with_user(user)
            view = etree.fromstring(milestones.get_view(view_type="list")["arch"])
            self.assertEqual(set(view.xpath("/list/button/@name")), offered)

    def test_the_approvers_order_has_the_steps_of_its_rows_on_a_telephone_too(self):
        view = self.env.ref("purchase_milestone.purchase_order_view_form_approver")
        orders = self.env["purchase.order"].with_user(self.approver)
        arch = etree.fromstring(orders.get_view(view.id, "form")["arch"])
        for kind in ("list", "kanban"):
            buttons = arch.xpath(f"//field[@name='milestone_ids']/{kind}//button")
            steps = [button.get("string") or button.text for button in buttons]
            self.assertEqual(steps, ["Approve", "Reject"], kind)

    def test_lists_of_orders_offer_progress_retention_and_the_next_due_date(self):
        offered = {"milestone_progress", "retention_open", "date_next_milestone"}
        orders = self.env["purchase.order"].with_user(self.buyer)
        for view in ("purchase_order_kpis_tree", "purchase_order_view_tree"):
            view_id = self.env.ref(f"purchase.{view}").id
            arch = etree.fromstring(orders.get_view(view_id, "list")["arch"])
            hidden = set(arch.xpath("//field[@optional='hide']/@name"))
            self.assertLessEqual(offered, hidden, view)
        found = orders.web_search_read([("id", "=", self.order.id)], {name: {} for name in offered})
        self.assertEqual(str(found["records"][0]["date_next_milestone"]), "2027-02-01")

    def test_percentages_of_lists_have_two_decimals_until_they_are_edited(self):
        views = self.env["ir.model.data"].search(
            [("module", "=", "purchase_milestone"), ("model", "=", "ir.ui.view")]
        )
        cells = [
            (view.xml_id, node.get("widget"))
            for view in self.env["ir.ui.view"].browse(views.mapped("res_id"))
            for node in etree.fromstring(view.arch).xpath(
                "//list//field[@name='percentage' or @name='retention_percent']"
            )
            if view.model != "purchase.milestone.certificate"
        ]
        # A copy without the portal has four.
        self.assertGreater(len(cells), 4 if "purchase.milestone.submission" in self.env else 3)
        self.assertEqual({widget for _view, widget in cells}, {"milestone_percentage"}, cells)

    @freeze_time("2026-11-26")
    def test_the_dialog_of_templates_writes_dates_as_forms_do(self):
        dialog = self.env["purchase.milestone.template.apply"].with_user(self.buyer).new({})
        written = [dialog._format_day(day) for day in (date(2026, 12, 5), date(2027, 3, 1), None)]
        self.assertEqual(written, ["Dec 5", "Mar 1, 2027", ""])

    def test_the_order_and_its_milestones_lead_to_each_other(self):
        action = self.order.with_user(self.buyer).action_view_milestones()
        shown = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(shown, self.order.milestone_ids)
        back = self.racks.with_user(self.approver).action_view_order()
        self.assertEqual((back["res_model"], back["res_id"]), ("purchase.order", self.order.id))

    def test_the_dialog_takes_the_document_and_completes(self):
        self.bring_to(self.racks, "started")
        racks = self.racks.with_user(self.buyer)
        action = racks.action_open_completion()
        self.assertEqual(action["res_model"], "purchase.milestone.completion")
        dialog = Form(
            self.env[action["res_model"]].with_user(self.buyer).with_context(**action["context"])
        )
        document = self.attachment(res_model=action["res_model"])
        dialog.attachment_ids.add(document)
        dialog.save().action_confirm()
        self.assertEqual(racks.state, "completed")
        self.env.invalidate_all()
        self.assertEqual(racks.document_ids, document)

    def test_a_selection_of_one_opens_the_dialog_too(self):
        self.bring_to(self.racks, "started")
        self.bring_to(self.cooling, "started")
        complete = self.env.ref("purchase_milestone.purchase_milestone_action_complete")
        action = complete.with_user(self.buyer).with_context(
            active_model="purchase.milestone", active_ids=self.racks.ids
        )
        self.assertEqual(action.run()["res_model"], "purchase.milestone.completion")
        notice = action.with_context(active_ids=self.cooling.ids).run()
        self.assertEqual(notice["tag"], "display_notification")
        self.assertEqual((self.racks.state, self.cooling.state), ("started", "completed"))

    def test_a_bin_is_offered_where_deletion_is_not_refused(self):
        view = self.env["purchase.order"].with_user(self.buyer).get_view(view_type="form")
        (bin_,) = etree.fromstring(view["arch"]).xpath(
            "//field[@name='milestone_ids']/list/control/delete"
        )
        self.assertEqual(bin_.get("invisible"), "not is_deletable")
        self.bring_to(self.cooling, "started")
        part = self.cooling.with_user(self.buyer).action_complete_part(percentage=40)
        self.cooling.with_user(self.buyer).action_reset()
        for milestone in (self.racks, self.handover, self.cooling, part):
            offered = milestone.with_user(self.buyer).is_deletable
            with self.subTest(milestone=milestone.name):
                if offered:
                    milestone.copy({"amount": 0}).unlink()
                else:
                    with self.refused("deleted"):
                        milestone.unlink()
        self.assertTrue(self.racks.is_deletable)
        self.assertFalse(self.cooling.is_deletable)
        self.order.button_lock()
        self.assertFalse(self.racks.is_deletable)

    def test_without_a_document_to_ask_for_it_is_completed_at_once(self):
        self.bring_to(self.cooling, "started")
        self.assertIs(self.cooling.with_user(self.buyer).action_open_completion(), True)
        self.assertEqual(self.cooling.state, "completed")

    def test_a_wrong_file_can_be_removed_until_it_is_evidence(self):
        wrong = self.attachment(res_model="purchase.milestone", res_id=self.racks.id)
        right = self.attachment(res_model="purchase.milestone", res_id=self.racks.id)
        self.assertEqual(right.milestone_size, "14 bytes")
        self.racks.with_user(self.buyer).action_log_documents(right.ids)
        self.assertIn("Delivery.pdf", self.racks.message_ids[0].preview)
        wrong.action_remove_document()
        self.bring_to(self.racks, "completed")
        with self.refused("are evidence"):
            right.action_remove_document()
        self.env.invalidate_all()
        self.assertEqual(self.racks.document_ids, right)

    def test_steps_of_a_selection_come_in_order_and_say_what_they_did(self):
        bindings = self.env["ir.actions.actions"]
        names = []
        for user in (self.buyer, self.approver):
            actions = bindings.with_user(user).get_bindings("purchase.milestone")["action"]
            names.append([action["name"] for action in actions])
        buyer, approver = names
        self.assertLess(buyer.index("Complete"), buyer.index("Back to Pending"))
        self.assertIn("Rework", buyer)
        self.assertLess(approver.index("Approve"), approver.index("Reject"))
        step = self.env.ref("purchase_milestone.purchase_milestone_action_start")
        selection = self.cooling + self.handover
        notice = (
            step.with_user(self.buyer)
            .with_context(active_model=selection._name, active_ids=selection.ids)
            .run()
        )
        self.assertEqual(notice["params"]["message"], "2 milestones are now “Started”.")
        self.assertEqual(selection.mapped("state"), ["started", "started"])
        selection.with_user(self.buyer).action_complete()
        dialog = self.env["purchase.milestone.reason"].with_user(self.approver)
        notice = dialog.create(
            {"milestone_ids": selection.ids, "operation": "reject", "reason": "Not delivered"}
        ).action_confirm()
        self.assertEqual(notice["params"]["message"], "2 milestones are now “Rejected”.")
