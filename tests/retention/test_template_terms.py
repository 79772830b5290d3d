from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import RetentionCommon

TERMS = {
    "retention_limit_type": "percent",
    "retention_limit": 5,
    "retention_period_days": 365,
    "retention_acceptance_percent": 50,
}
NONE = {
    "retention_limit_type": "none",
    "retention_limit": 0,
    "retention_period_days": 0,
    "retention_acceptance_percent": 0,
}


@tagged("post_install", "-at_install")
class TestTemplateTerms(RetentionCommon):
    """Templates carry the terms of retention that orders would need to be typed into."""

    def new_template(self, **values):
        return self.env["purchase.milestone.template"].create(
            {
                "name": "Fit-out with a bond",
                "line_ids": [
                    Command.create(self.percent("Shell", 60, retention=10)),
                    Command.create(self.percent("Fit-out", 40, retention=10)),
                ],
                **values,
            }
        )

    def test_a_new_milestone_takes_the_percentage_of_its_order(self):
        template = self.new_template(has_retention_terms=True, retention_percent=7.5)
        order = self.create_order(100_000)
        order._apply_milestone_template(template)
        self.assertEqual(order.retention_percent, 7.5)
        order.milestone_ids.unlink()
        milestones = self.env["purchase.milestone"].with_user(self.buyer)
        typed = {"order_id": order.id, "name": "Shell", "amount_type": "fixed", "amount": 10_000}
        self.assertEqual(milestones.create(typed).retention_amount, 750)
        none = {**typed, "name": "Free of retention", "retention_percent": 0}
        self.assertEqual(milestones.create(none).retention_amount, 0)
        with Form(order) as form, form.milestone_ids.new() as row:
            row.name = "Handover"
            self.assertEqual(row.retention_percent, 7.5)

    def test_new_orders_take_the_percentage_of_their_company(self):
        self.company.retention_percent = 5
        order = self.create_order(100_000)
        self.assertEqual(order.retention_percent, 5)
        self.assertEqual(self.create_order(100_000, retention_percent=0).retention_percent, 0)
        milestones = self.env["purchase.milestone"].with_user(self.buyer)
        typed = {"order_id": order.id, "name": "Shell", "amount_type": "fixed", "amount": 10_000}
        self.assertEqual(milestones.create(typed).retention_amount, 500)
        # A default is no term of the order's own, which would count more than the template's.
        self.company.milestone_template_id = self.new_template(has_retention_terms=True, **TERMS)
        self.assert_terms(self.create_order(100_000), TERMS)

    def assert_terms(self, record, terms):
        self.assertEqual({name: record[name] for name in terms}, terms)

    def test_orders_get_the_terms_with_the_milestones(self):
        order = self.create_order(100_000)
        template = self.new_template(has_retention_terms=True, **TERMS)
        dialogs = self.env["purchase.milestone.template.apply"].with_user(self.buyer)
        form = Form(dialogs.with_context(default_order_ids=order.ids))
        form.template_id = template
        self.assert_terms(form, TERMS)
        form.save().action_apply()
        self.assert_terms(order, TERMS)
        # The limit of 5 % cuts what the milestones retain.
        self.assertEqual(order.milestone_ids.mapped("retention_amount"), [5_000, 0])

    def test_a_template_without_terms_leaves_the_orders_own(self):
        order = self.create_order(100_000, **TERMS)
        order._apply_milestone_template(self.new_template())
        self.assert_terms(order, TERMS)
        order._apply_milestone_template(self.new_template(has_retention_terms=True))
        self.assert_terms(order, NONE)

    def test_the_default_template_gives_terms_to_orders_that_state_none(self):
        self.company.milestone_template_id = self.new_template(has_retention_terms=True, **TERMS)
        self.assert_terms(self.create_order(100_000), TERMS)
        own = {**NONE, "retention_period_days": 90}
        self.assert_terms(self.create_order(100_000, **own), own)

    def test_amounts_are_converted(self):
        euro = self.use_currency("EUR", 0.01)
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2026-01-01", "rate": 2, "company_id": self.company.id}
        )
        limit = {"retention_limit_type": "amount", "retention_limit": 4_000}
        template = self.new_template(has_retention_terms=True, **limit)
        orders = self.create_order(100_000, currency_id=euro.id) | self.create_order(100_000)
        orders._apply_milestone_template(template)
        self.assertEqual(orders.mapped("retention_limit"), [8_000, 4_000])

    def test_a_plan_is_saved_with_its_terms(self):
        plan = [self.percent("Shell", 100, retention=10)]
        for terms in (TERMS, NONE):
            order = self.create_order(100_000, plan, **terms)
            action = order.with_user(self.manager).action_save_milestone_template()
            template = self.env["purchase.milestone.template"].browse(action["res_id"])
            self.assertEqual(template.has_retention_terms, terms is TERMS)
            self.assert_terms(template, terms)

    def test_terms_that_no_order_could_have_are_refused(self):
        for wrong in (
            {"retention_limit_type": "percent", "retention_limit": 101},
            {"retention_period_days": -1},
            {"retention_acceptance_percent": 101},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.new_template(has_retention_terms=True, **wrong)
                self.env.flush_all()

    def test_the_form_says_what_the_percentages_come_to(self):
        template = self.new_template()
        with Form(template.with_user(self.manager)) as form:
            with form.line_ids.edit(1) as line:
                line.percentage = 25.5
            self.assertEqual(form.percentage_total, 85.5)
