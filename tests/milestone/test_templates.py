from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Date
from odoo.tests import Form, tagged

from ..common import MilestoneCommon


@tagged("post_install", "-at_install")
class TestTemplates(MilestoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.create_template(
            "Fit-out 30/40/30",
            [
                cls.percent("Design approved", 30, retention=5, due_days=14),
                cls.percent("Racks installed", 40, due_days=30, due_basis="previous"),
                cls.balance("Handover", due_days=90, document_required=True),
            ],
        )

    @classmethod
    def create_template(cls, name, lines, **values):
        return cls.env["purchase.milestone.template"].create(
            {
                "name": name,
                "line_ids": [
                    (0, 0, {"sequence": index, **line}) for index, line in enumerate(lines)
                ],
                **values,
            }
        )

    def wizard_for(self, orders, template=None):
        wizard = self.env["purchase.milestone.template.apply"].with_user(self.buyer)
        return wizard.create(
            {"order_ids": orders.ids, "template_id": (template or self.template).id}
        )

    def test_replaces_the_plan_of_every_chosen_order(self):
        planned = self.create_order(100_000, [self.fixed("Old", 5_000)], date_order="2026-03-01")
        bare = self.create_order(10_000, date_order="2026-03-01")
        self.assertIs(self.wizard_for(planned | bare).action_apply(), True)
        for order, amounts in ((planned, [30_000, 40_000, 30_000]), (bare, [3_000, 4_000, 3_000])):
            plan = order.milestone_ids
            self.assertEqual(plan.mapped("amount"), amounts)
            self.assertEqual(
                plan.mapped("name"), ["Design approved", "Racks installed", "Handover"]
            )
            self.assertEqual(
                [Date.to_string(due) for due in plan.mapped("date_due")],
                ["2026-03-15", "2026-04-14", "2026-05-30"],
            )
            self.assertEqual(plan.mapped("retention_percent"), [5, 0, 0])
            self.assertEqual(plan.mapped("document_required"), [False, False, True])
            self.assertIn("Fit-out 30/40/30", order.message_ids[0].preview)
            self.assertEqual(order.message_ids[0].author_id, self.buyer.partner_id)

    def test_dialog_shows_what_comes_and_what_goes(self):
        order = self.create_order(100_000, [self.fixed("Old advance", 5_000)])
        wizard = Form(
            self.env["purchase.milestone.template.apply"]
            .with_user(self.buyer)
            .with_context(active_model="purchase.order", active_ids=order.ids)
        )
        wizard.template_id = self.template
        for expected in ("Old advance", "Racks installed", "40,000.00"):
            self.assertIn(expected, wizard.preview)
        self.assertEqual(order.milestone_ids.mapped("name"), ["Old advance"])
        wizard.save()
        self.assertEqual(order.milestone_ids.mapped("name"), ["Old advance"])

    def test_started_plan_is_refused_for_all(self):
        started = self.create_order(100, [self.percent("Hull", 50)], confirm=True)
        self.bring_to(started.milestone_ids, "started")
        other = self.create_order(100, [self.percent("Engine", 50)])
        with self.assertRaisesRegex(UserError, f"{started.name}: Hull"):
            self.wizard_for(other | started).action_apply()
        self.assertEqual((started | other).milestone_ids.mapped("name"), ["Hull", "Engine"])

    def test_refused_templates(self):
        order = self.create_order(100, [self.percent("Hull", 50)])
        foreign = self.create_template(
            "Theirs", [], company_id=self.env["res.company"].create({"name": "Other yard"}).id
        )
        archived = self.create_template("Old", [], active=False)
        with self.assertRaisesRegex(UserError, "belongs to another company"):
            order.sudo()._apply_milestone_template(foreign)
        with self.assertRaisesRegex(UserError, "is archived"):
            order._apply_milestone_template(archived)
        self.assertEqual(order.milestone_ids.mapped("name"), ["Hull"])

    def test_too_much_for_a_confirmed_order_changes_nothing(self):
        order = self.create_order(100, [self.percent("Hull", 50)], confirm=True)
        template = self.create_template("Fixed", [self.fixed("Mobilisation", 101)])
        with (
            self.assertRaisesRegex(ValidationError, "exceed its untaxed total"),
            self.cr.savepoint(),
        ):
            order._apply_milestone_template(template)
        self.assertEqual(order.milestone_ids.mapped("name"), ["Hull"])

    def test_percentages_of_a_template(self):
        with self.assertRaisesRegex(ValidationError, "sum to 100.5"):
            self.create_template("Much", [self.percent("A", 60), self.percent("B", 40.5)])
        with self.assertRaisesRegex(ValidationError, "sum to 130"):
            self.template.line_ids[0].percentage = 90
        with self.assertRaisesRegex(ValidationError, "one balance milestone"):
            self.create_template("Twice", [self.balance("A"), self.balance("B")])

    def test_fixed_amounts_are_converted_at_the_orders_date(self):
        euro = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", "EUR")])
        )
        euro.active = True
        for date, rate in (("2026-01-01", 0.5), ("2026-06-01", 0.25)):
            euro.rate_ids.create(
                {
                    "currency_id": euro.id,
                    "name": date,
                    "rate": rate,
                    "company_id": self.company.id,
                }
            )
        template = self.create_template("Advance", [self.fixed("Mobilisation", 1_000)])
        order = self.create_order(90_000, currency_id=euro.id, date_order="2026-03-01")
        order._apply_milestone_template(template)
        self.assertEqual(order.milestone_ids.amount, 500)

    def test_default_of_the_company(self):
        self.company.milestone_template_id = self.template
        order = self.create_order(100_000)
        self.assertEqual(order.milestone_ids.mapped("amount"), [30_000, 40_000, 30_000])
        own = self.create_order(100_000, [self.percent("Own plan", 10)])
        self.assertEqual(own.milestone_ids.mapped("name"), ["Own plan"])
        self.assertEqual(own.copy().milestone_ids.mapped("name"), ["Own plan"])
        order.milestone_ids.unlink()
        self.assertFalse(order.copy().milestone_ids)
        forged = {"purchase_order_copy": True}
        self.assertTrue(self.create_order_with(forged).milestone_ids)

    def create_order_with(self, context):
        orders = self.env["purchase.order"].with_user(self.buyer).with_context(**context)
        return orders.create({"partner_id": self.vendor.id})

    def test_save_as_template_gives_the_same_plan_again(self):
        order = self.create_order(
            100_000,
            [
                self.percent("Design", 30, retention=5, date_due="2026-03-15"),
                self.fixed("Racks", 45_000, document_required=True),
                self.balance("Handover", date_due="2026-05-30"),
            ],
            date_order="2026-03-01",
        )
        action = order.with_user(self.manager).action_save_milestone_template()
        template = self.env["purchase.milestone.template"].browse(action["res_id"])
        again = self.create_order(100_000, date_order="2026-03-01")
        again._apply_milestone_template(template)
        names = ["name", "amount_type", "amount", "retention_percent", "document_required"]
        self.assertEqual(
            [m.read(names)[0] | {"id": 0} for m in again.milestone_ids],
            [m.read(names)[0] | {"id": 0} for m in order.milestone_ids],
        )
        self.assertEqual(
            [again.milestone_ids[i].date_due for i in (0, 2)],
            [order.milestone_ids[i].date_due for i in (0, 2)],
        )

    def test_templates_are_the_managers(self):
        order = self.create_order(100, [self.percent("Hull", 50)])
        with self.assertRaisesRegex(AccessError, "You need the right"):
            order.action_save_milestone_template()
        template = self.template.with_user(self.buyer)
        self.assertEqual(template.line_ids[0].name, "Design approved")
        for attempt in (
            lambda: template.write({"name": "Mine"}),
            lambda: template.unlink(),
            lambda: template.copy(),
            lambda: template.line_ids.write({"percentage": 1}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.template.with_user(self.manager).name = "Ours"
        with self.assertRaises(AccessError):
            order.with_user(self.approver)._apply_milestone_template(self.template)
