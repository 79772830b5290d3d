from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestParts(MilestoneCommon):
    """Work that is done in parts: each part is completed and approved for itself."""

    def started(self, *plan, total=100_000, **values):
        """Return the started milestones of a confirmed order with this plan."""
        order = self.create_order(total, plan, confirm=True, **values)
        self.bring_to(order.milestone_ids, "started")
        return order.milestone_ids

    def complete_part(self, milestone, *arguments, **values):
        return milestone.with_user(self.buyer).action_complete_part(*arguments, **values)

    def figures(self, order):
        return [(m.name, m.amount, m.percentage, m.state) for m in order.milestone_ids.sorted()]

    def test_part_of_a_percentage_is_a_completed_milestone_before_it(self):
        road = self.started(self.percent("Road", 30, retention=10), self.percent("Bridge", 70))[0]
        part = self.complete_part(road, percentage=40)
        self.assertEqual(
            self.figures(road.order_id),
            [
                ("Road (part 1)", 12_000, 12, "completed"),
                ("Road", 18_000, 18, "started"),
                ("Bridge", 70_000, 70, "started"),
            ],
        )
        self.assertEqual(part.part_of_id, road)
        self.assertEqual(part.retention_percent, 10)
        self.assertEqual(part.retention_amount, 1_200)
        self.assertEqual(part.completed_by_id, self.buyer)
        self.assertEqual(part.date_started, road.date_started)

    def test_part_of_a_fixed_amount_and_of_a_balance(self):
        for kind in (self.fixed("Hull", 60_000), self.balance("Hull")):
            with self.subTest(kind=kind["amount_type"]):
                hull = self.started(self.fixed("Engine", 40_000), kind)[1]
                self.complete_part(hull, amount=12_345.67)
                self.complete_part(hull, percentage=50)
                self.assertEqual(
                    [row[:2] for row in self.figures(hull.order_id)],
                    [
                        ("Engine", 40_000),
                        ("Hull (part 1)", 12_345.67),
                        ("Hull (part 2)", 23_827.17),
                        ("Hull", 23_827.16),
                    ],
                )

    def test_rejected_part_is_put_back(self):
        for kind in (self.percent("Hull", 60), self.fixed("Hull", 60_000), self.balance("Hull")):
            with self.subTest(kind=kind["amount_type"]):
                hull = self.started(self.fixed("Engine", 40_000), kind)[1]
                part = self.complete_part(hull, amount=10_000)
                part.with_user(self.approver).action_reject("Weld 7 leaks")
                part.with_user(self.buyer).action_merge_back()
                self.assertEqual(
                    [row[:2] for row in self.figures(hull.order_id)],
                    [("Engine", 40_000), ("Hull", 60_000)],
                )
                history = " ".join(hull.message_ids.mapped("preview"))
                for words in ("Part completed: Hull (part 1)", "Part put back", "Weld 7 leaks"):
                    self.assertIn(words, history)

    def test_whole_follows_its_order_as_one(self):
        road, bridge = self.started(self.percent("Road", 50), self.percent("Bridge", 50), total=400)
        part = self.complete_part(road, percentage=50)
        road.order_id.order_line.price_unit = 800
        self.assertEqual((part.amount, road.amount, bridge.amount), (100, 300, 400))
        part.with_user(self.approver).action_approve()
        road.order_id.order_line.price_unit = 1_000
        self.assertEqual((part.amount, road.amount, bridge.amount), (100, 400, 500))

    def test_what_parts_exceed_is_left_to_nobody(self):
        road, bridge = self.started(self.percent("Road", 50), self.percent("Bridge", 50), total=400)
        part = self.complete_part(road, percentage=75)
        road.order_id.order_line.price_unit = 200
        self.assertEqual((part.amount, road.amount, bridge.amount), (150, 0, 50))

    def test_typed_amount_of_a_percentage_is_kept_to_the_cent(self):
        plant = self.started(self.percent("Plant", 33.33), total=30_000_000)[0]
        part = self.complete_part(plant, amount=1_234_567.89)
        self.assertEqual(part.amount, 1_234_567.89)
        self.assertEqual(part.amount + plant.amount, 9_999_000)

    def test_typed_amount_is_kept_when_its_part_is_rejected_and_completed_again(self):
        for total, share, amount in (
            (1_000, 100, 333.33),
            (30_000_000, 33.33, 1_234_567.89),
            (9_000_000_000, 33.333333, 333.33),
        ):
            with self.subTest(total=total):
                plant, site = self.started(
                    self.percent("Plant", share), self.balance("Site"), total=total
                )
                before = (plant.amount, site.amount)
                part = self.complete_part(plant, amount=amount)
                part.with_user(self.approver).action_reject("Weld 7 leaks")
                self.assertEqual(part.amount, amount)
                part.with_user(self.buyer).action_rework()
                self.bring_to_completed(part)
                self.assertEqual(part.amount, amount)
                self.assertEqual((round(part.amount + plant.amount, 2), site.amount), before)

    def test_rejected_part_follows_its_percentage_and_its_order(self):
        plant = self.started(self.percent("Plant", 50), total=3_000)[0]
        part = self.complete_part(plant, amount=333.33)
        part.with_user(self.approver).action_reject("Weld 7 leaks")
        plant.order_id.order_line.price_unit = 6_000
        self.assertEqual((part.amount, plant.amount), (666.66, 2_333.34))
        (part | plant).with_user(self.buyer).percentage = 25
        self.assertEqual((part.amount, plant.amount), (1_500, 1_500))

    def test_part_comes_right_before_the_rest(self):
        plan = [self.fixed(name, 10_000, sequence=10) for name in ("Keel", "Hull", "Deck")]
        keel, hull, deck = self.started(*plan)
        first = self.complete_part(hull, percentage=20)
        second = self.complete_part(hull, percentage=20)
        self.assertEqual(keel.order_id.milestone_ids.sorted(), keel | first | second | hull | deck)

    def test_part_of_a_reworked_part(self):
        hull = self.started(self.percent("Hull", 100))[0]
        part = self.complete_part(hull, percentage=40)
        part.with_user(self.approver).action_reject("Weld 7 leaks")
        part.with_user(self.buyer).action_rework()
        again = self.complete_part(part, percentage=50)
        self.assertEqual(again.part_of_id, hull)
        self.assertEqual(again.name, "Hull (part 2)")
        self.assertEqual((part | again | hull).mapped("amount"), [20_000, 20_000, 60_000])
        self.bring_to_completed(part | hull)
        self.assertEqual(sum((part | again | hull).mapped("amount")), 100_000)

    def bring_to_completed(self, milestones):
        milestones.with_user(self.buyer).action_complete()

    def test_documents_that_go_along(self):
        hull = self.started(self.fixed("Hull", 60_000, document_required=True))[0]
        report, photo = (
            self.env["ir.attachment"]
            .with_user(self.buyer)
            .create(
                [
                    {"name": name, "raw": b"Weld 7", "res_model": hull._name, "res_id": hull.id}
                    for name in ("report.txt", "photo.txt")
                ]
            )
        )
        with self.refused("it needs a document"):
            self.complete_part(hull, percentage=10)
        part = self.complete_part(hull, percentage=10, document_ids=report.ids)
        self.assertEqual((part.document_ids, part.document_count), (report, 1))
        self.assertEqual((hull.document_ids, hull.document_count), (photo, 1))
        with self.refused("Only documents of “Hull”"):
            self.complete_part(hull, percentage=10, document_ids=report.ids)
        with self.refused("evidence"):
            report.unlink()
        part.with_user(self.approver).action_reject("Weld 7 leaks")
        part.with_user(self.buyer).action_merge_back()
        self.assertEqual(hull.document_ids, report | photo)

    def test_what_is_no_part(self):
        hull, engine = self.started(self.fixed("Hull", 60_000), self.percent("Engine", 30))
        other = self.started(self.fixed("Deck", 10))
        foreign = self.env["ir.attachment"].create(
            {"name": "deck.txt", "raw": b"Deck", "res_model": other._name, "res_id": other.id}
        )
        for words, values in (
            ("above 0 and below 100", {"percentage": 0}),
            ("above 0 and below 100", {"percentage": -5}),
            ("above 0 and below 100", {"percentage": 100}),
            ("above 0 and below 100", {"percentage": float("nan")}),
            ("above 0 and below 100", {"percentage": "40"}),
            ("above 0 and below 100", {"percentage": True}),
            ("above zero and below", {"percentage": 0.000001}),
            ("above zero and below", {"amount": 0}),
            ("above zero and below", {"amount": -1}),
            ("above zero and below", {"amount": 0.004}),
            ("above zero and below", {"amount": 60_000}),
            ("above zero and below", {"amount": 59_999.996}),
            ("above zero and below", {"amount": float("inf")}),
            ("either the percentage or the amount", {}),
            ("either the percentage or the amount", {"percentage": 40, "amount": 10}),
            ("Only documents of", {"percentage": 40, "document_ids": foreign.ids}),
            ("Only documents of", {"percentage": 40, "document_ids": [2**31 - 1]}),
            ("Only documents of", {"percentage": 40, "document_ids": 7}),
            ("Only documents of", {"percentage": 40, "document_ids": [[7]]}),
        ):
            with self.subTest(**values), self.refused(words):
                self.complete_part(hull, **values)
        self.bring_to_completed(hull)
        with self.refused("it is Completed"):
            self.complete_part(hull, percentage=40)
        engine.with_user(self.buyer).action_reset()
        with self.refused("it is Pending"):
            self.complete_part(engine, percentage=40)
        self.assertEqual(len(hull.order_id.milestone_ids), 2)

    def test_orders_that_know_no_parts(self):
        hull = self.started(self.fixed("Hull", 60_000), self.balance("Engine"))[0]
        for user in (self.approver, self.release_officer):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                hull.with_user(user).action_complete_part(percentage=40)
        hull.order_id.locked = True
        with self.refused("locked"):
            self.complete_part(hull, percentage=40)
        hull.order_id.locked = False
        self.company.milestone_enabled = False
        with self.refused("switched off"):
            self.complete_part(hull, percentage=40)
        self.company.milestone_enabled = True
        hull.order_id.button_cancel()
        with self.refused("not confirmed"):
            self.complete_part(hull, percentage=40)

    def test_what_cannot_be_put_back(self):
        hull = self.started(self.fixed("Hull", 60_000))[0]
        part = self.complete_part(hull, percentage=40)
        with self.refused("it is Completed"):
            part.with_user(self.buyer).action_merge_back()
        with self.refused("no part of another"):
            hull.with_user(self.buyer).action_merge_back()
        part.with_user(self.approver).action_reject("Weld 7 leaks")
        self.bring_to_completed(hull)
        with self.refused("“Hull” is completed already"):
            part.with_user(self.buyer).action_merge_back()

    def test_nobody_makes_parts_in_another_way(self):
        hull, engine = self.started(self.fixed("Hull", 60_000), self.balance("Engine"))
        part = self.complete_part(hull, percentage=40)
        for user in (self.buyer, self.manager):
            for milestone in (part, engine):
                for values in (
                    {"part_of_id": engine.id},
                    {"part_number": 7},
                    {"part_ids": [(4, part.id)]},
                ):
                    with self.refused("cannot be changed"):
                        milestone.with_user(user).write(values)
        deck = hull.with_user(self.buyer).with_context(default_part_of_id=hull.id)
        deck = deck.create({"order_id": hull.order_id.id, "name": "Deck", "part_of_id": hull.id})
        self.assertFalse(deck.part_of_id)

    def test_milestone_with_parts_stays(self):
        hull = self.started(self.fixed("Hull", 60_000))[0].with_user(self.buyer)
        self.complete_part(hull, percentage=40)
        hull.action_reset()
        with self.refused("Parts of these milestones are still there"):
            hull.unlink()
        with self.refused("stay together on their order"):
            hull.order_id = self.create_order(100_000)
        hull.order_id.button_cancel()
        hull.order_id.button_draft()
        deck = self.create_order(100_000)
        (hull | hull.part_ids).write({"order_id": deck.id})
        self.assertEqual(deck.milestone_ids.sorted().mapped("amount"), [24_000, 36_000])
        deck.button_cancel()
        deck.unlink()
        self.assertFalse(hull.exists())

    def test_templates_and_copies_know_no_parts(self):
        plan = (self.percent("Road", 30), self.fixed("Bridge", 50_000), self.balance("Signs"))
        order = self.started(*plan).order_id
        for milestone in order.milestone_ids:
            self.complete_part(milestone, percentage=33)
        expected = [("Road", 30, 30_000), ("Bridge", 50, 50_000), ("Signs", 20, 20_000)]
        copy = order.with_user(self.buyer).copy()
        rows = copy.milestone_ids.sorted()
        self.assertEqual([(m.name, m.percentage, m.amount) for m in rows], expected)
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        action = order.with_user(self.manager).action_save_milestone_template()
        lines = self.env["purchase.milestone.template"].browse(action["res_id"]).line_ids
        self.assertEqual(
            [(line.name, line.percentage, line.amount) for line in lines],
            [("Road", 30, 0), ("Bridge", 0, 50_000), ("Signs", 0, 0)],
        )

    def test_import_makes_no_parts(self):
        hull = self.started(self.fixed("Hull", 60_000))[0]
        row = [hull.order_id.name, "Deck", "10", hull.display_name]
        columns = ["order_id", "name", "percentage", "part_of_id"]
        result = hull.with_user(self.buyer).load(columns, [row])
        self.assertFalse(self.env["purchase.milestone"].browse(result["ids"] or []).part_of_id)
        self.assertFalse(hull.part_ids)

    def test_dialog(self):
        hull = self.started(self.fixed("Hull", 60_000))[0].with_user(self.buyer)
        dialog = self.env["purchase.milestone.part"].with_user(self.buyer)
        with Form(dialog.with_context(default_milestone_id=hull.id)) as form:
            form.percentage = 40
            self.assertEqual((form.amount, form.amount_rest), (24_000, 36_000))
        form.record.action_confirm()
        with Form(dialog.with_context(default_milestone_id=hull.id)) as form:
            form.measure = "amount"
            form.amount = 5_000
            self.assertEqual(form.amount_rest, 31_000)
        form.record.action_confirm()
        self.assertEqual(hull.part_ids.sorted("part_number").mapped("amount"), [24_000, 5_000])

    def test_dialog_takes_the_document_that_the_part_needs(self):
        plan = self.fixed("Hull", 60_000, document_required=True)
        hull = self.started(plan)[0].with_user(self.buyer)
        dialog = self.env["purchase.milestone.part"].with_user(self.buyer)
        without = dialog.create({"milestone_id": hull.id, "percentage": 40})
        with self.refused("needs a document"):
            without.action_confirm()
        form = Form(dialog.with_context(default_milestone_id=hull.id))
        form.percentage = 40
        attachments = self.env["ir.attachment"].with_user(self.buyer)
        document = attachments.create(
            {"name": "Weld test.pdf", "raw": b"%PDF-1.4 welds", "res_model": dialog._name}
        )
        form.attachment_ids.add(document)
        form.save().action_confirm()
        self.assertEqual(hull.part_ids.state, "completed")
        self.assertEqual(hull.part_ids.document_ids, document)
        self.assertFalse(hull.document_ids)

    def test_print_groups_parts(self):
        road = self.started(self.percent("Road", 30, 10), self.balance("Bridge"))[0]
        self.complete_part(road, percentage=40)
        reports = self.env["ir.actions.report"]
        report = reports._render_qweb_html(
            "purchase.action_report_purchase_order", road.order_id.ids
        )
        page = html.fromstring(report[0])
        cells = [
            [" ".join(cell.text_content().split()) for cell in row]
            for row in page.xpath("//div[@name='milestones']//tbody/tr")
        ]
        self.assertEqual(
            cells,
            [
                ["Road", "", "30.00%", "$ 30,000.00", "$ 3,000.00"],
                ["Road (part 1)", "", "12.00%", "$ 12,000.00", "$ 1,200.00"],
                ["Rest", "", "18.00%", "$ 18,000.00", "$ 1,800.00"],
                ["Bridge", "", "70.00%", "$ 70,000.00", "$ 0.00"],
                ["Total", "$ 100,000.00", "$ 3,000.00"],
            ],
        )

    def test_limit_is_used_up_by_parts(self):
        road, bridge = self.started(
            self.percent("Road", 50, retention=10),
            self.percent("Bridge", 50, retention=10),
            retention_limit_type="amount",
            retention_limit=7_000,
        )
        self.assertEqual((road | bridge).mapped("retention_amount"), [5_000, 2_000])
        part = self.complete_part(bridge, percentage=60)
        self.assertEqual((road | part | bridge).mapped("retention_amount"), [5_000, 2_000, 0])
        part.with_user(self.approver).action_approve()
        self.assertEqual((road | part | bridge).mapped("retention_amount"), [4_000, 3_000, 0])
        self.assertEqual(road.order_id.retention_held, 3_000)
