from odoo import SUPERUSER_ID
from odoo.tests import tagged

from .common_guards import GuardCommon

DATE_FIELDS = ("date_started", "date_completed", "date_approved")


@tagged("post_install", "-at_install")
class TestGuards(GuardCommon):
    """What the server sets itself stays as it set it, whoever asks and whichever way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other_company = cls.env["res.company"].create({"name": "Harbour Works Ltd"})
        currency = cls.env["res.currency"].with_context(active_test=False).search([], limit=1)
        cls.forged = {
            "state": "approved",
            **dict.fromkeys(DATE_FIELDS, "2026-01-05 08:00:00"),
            "completed_by_id": SUPERUSER_ID,
            "approved_by_id": SUPERUSER_ID,
            "rejection_reason": "None at all",
            "part_of_id": cls.create_order(10, [cls.fixed("Keel", 10)]).milestone_ids.id,
            "part_number": 7,
            "company_id": other_company.id,
            "currency_id": (currency - cls.company.currency_id).id or currency.id,
            "partner_id": other_company.partner_id.id,
            "retention_amount": 1,
            "net_amount": 1,
            "retention_held": 1,
            "retention_released": 1,
            "retention_forfeited": 1,
            "retention_open": 1,
            "amount_billed": 1,
            "amount_paid": 1,
            "billing_state": "paid",
            "amount_closed": 1,
            "rule_amount": 1,
            "retention_closed": 1,
            "date_approval_due": "2026-01-05",
            "is_escalated": True,
            "due_notice": "overdue",
            "date_turn_checked": "2026-01-05",
        }
        cls.forged_totals = {
            "milestone_amount": 1,
            "milestone_unallocated": 1,
            "milestone_progress": 99,
            "retention_held": 1,
            "retention_released": 1,
            "retention_forfeited": 1,
            "retention_open": 1,
            "retention_reserved": 1,
            "milestone_base": 1,
            "date_retention_due": "2026-01-05",
            "date_final_acceptance": "2026-01-05",
            "retention_announced": 1,
            "milestone_amount_confirmed": 1,
            "date_retention_checked": "2026-01-05",
        }
        cls.forged = cls.of_capabilities_there("purchase.milestone", cls.forged)
        cls.forged_totals = cls.of_capabilities_there("purchase.order", cls.forged_totals)
        cls.order = cls.create_order(100_000)

    @classmethod
    def of_capabilities_there(cls, model, values):
        """Leave out the fields of capabilities that a copy of the addon does not have."""
        fields = cls.env[model]._fields
        return {name: value for name, value in values.items() if name in fields}

    def figures(self, record, names):
        """Return the fields' values as the database has them, by name."""
        record.flush_recordset()
        record.invalidate_recordset()
        (values,) = record.sudo().read(list(names), load=None)
        del values["id"]
        return values

    def honest(self, env):
        plan = {"order_id": self.order.id, **self.fixed("Hull", 10_000, retention=10)}
        return env["purchase.milestone"].create(plan), plan

    def assert_honest(self, milestone, expected):
        self.assertEqual(self.figures(milestone, self.forged), expected)
        self.assertEqual((milestone.retention_amount, milestone.net_amount), (1_000, 9_000))

    def test_values_of_a_create_do_not_stand(self):
        for env in self.everybody():
            milestone, plan = self.honest(env)
            expected = self.figures(milestone, self.forged)
            self.assertEqual(expected["state"], "pending")
            for name, value in self.forged.items():
                with self.as_whom(env, field=name):
                    created = env["purchase.milestone"].create({**plan, name: value})
                    self.assert_honest(created, expected)
            self.assert_honest(env["purchase.milestone"].create({**plan, **self.forged}), expected)

    def test_nor_do_those_that_come_through_the_order(self):
        for env in self.everybody():
            milestone, plan = self.honest(env)
            expected = self.figures(milestone, self.forged)
            command = (0, 0, {**plan, **self.forged})
            self.order.with_env(env).write({"milestone_ids": [command]})
            self.assert_honest(self.order.milestone_ids.sorted("id")[-1], expected)
            order = env["purchase.order"].create(
                {
                    "partner_id": self.vendor.id,
                    "order_line": [(0, 0, self.line_values(100_000))],
                    "milestone_ids": [(0, 0, {**self.fixed("Hull", 10_000, 10), **self.forged})],
                }
            )
            self.assertEqual(order.milestone_ids.state, "pending")
            self.assert_honest(order.milestone_ids, expected)

    def test_nor_do_defaults_of_the_context(self):
        for env in self.everybody():
            milestone, plan = self.honest(env)
            expected = self.figures(milestone, self.forged)
            defaults = {f"default_{name}": value for name, value in self.forged.items()}
            created = env["purchase.milestone"].with_context(**defaults).create(plan)
            self.assert_honest(created, expected)

    def test_nor_do_defaults_of_a_user_or_of_everybody(self):
        defaults = self.env["ir.default"]
        for env in self.everybody():
            milestone, plan = self.honest(env)
            expected = self.figures(milestone, self.forged)
            for user_id in (env.uid, False):
                for name, value in self.forged.items():
                    defaults.set("purchase.milestone", name, value, user_id=user_id)
                self.assert_honest(env["purchase.milestone"].create(plan), expected)
            defaults.search([("field_id.model", "=", "purchase.milestone")]).unlink()

    def test_nothing_of_it_can_be_written(self):
        for env in self.everybody():
            milestone, _plan = self.honest(env)
            expected = self.figures(milestone, self.forged)
            for name, value in self.forged.items():
                with self.as_whom(env, field=name):
                    with self.refused("cannot be changed"):
                        milestone.write({name: value})
                    with self.refused("cannot be changed"):
                        # Hidden behind a value that may be written.
                        milestone.write({"sequence": 99, name: value})
                    with self.refused("cannot be changed"):
                        self.order.with_env(env).write(
                            {"milestone_ids": [(1, milestone.id, {name: value})]}
                        )
            self.assert_honest(milestone, expected)
            self.assertEqual(milestone.sequence, 10)

    def test_every_column_is_either_guarded_or_part_of_the_plan(self):
        plan = {
            *("order_id", "sequence", "name", "note", "user_id", "amount_type", "percentage"),
            *("amount", "date_due", "retention_percent", "document_required"),
        }
        of_mail_and_log = {
            name
            for model in ("mail.thread", "mail.activity.mixin")
            for name in self.env[model]._fields
        } | {"create_uid", "create_date", "write_uid", "write_date"}
        columns = {
            name
            for name, field in self.env["purchase.milestone"]._fields.items()
            if field.store and field.column_type
        }
        self.assertEqual(columns - of_mail_and_log - plan, set(self.forged))

    def test_totals_of_an_order_cannot_be_given(self):
        honest = {
            "partner_id": self.vendor.id,
            "order_line": [(0, 0, self.line_values(100_000))],
            "milestone_ids": [(0, 0, self.fixed("Hull", 10_000, retention=10))],
        }
        defaults = {f"default_{name}": value for name, value in self.forged_totals.items()}
        for env in self.everybody():
            orders = env["purchase.order"]
            expected = self.figures(orders.create(dict(honest)), self.forged_totals)
            self.assertEqual(expected["milestone_amount"], 10_000)
            self.assertFalse(expected["date_final_acceptance"])
            for created in (
                orders.create({**honest, **self.forged_totals}),
                orders.with_context(**defaults).create(dict(honest)),
            ):
                self.assertEqual(self.figures(created, self.forged_totals), expected)
            for name, value in self.forged_totals.items():
                self.env["ir.default"].set("purchase.order", name, value, user_id=env.uid)
            created = orders.create(dict(honest))
            self.assertEqual(self.figures(created, self.forged_totals), expected)

    def test_totals_of_an_order_cannot_be_written(self):
        for env in self.everybody():
            order = self.order.with_env(env)
            before = self.figures(order, self.forged_totals)
            for name, value in self.forged_totals.items():
                with self.as_whom(env, field=name), self.refused("cannot be changed"):
                    order.write({name: value})
            self.assertEqual(self.figures(order, self.forged_totals), before)
