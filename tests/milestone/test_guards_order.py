from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_guards import GuardCommon

REVOKE_FIRST = "Revoke the approval before"


@tagged("post_install", "-at_install")
class TestGuardsOrder(GuardCommon):
    """What an order may no longer do once its milestones have begun or are approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        currencies = cls.env["res.currency"].with_context(active_test=False)
        cls.foreign = currencies.search([("id", "!=", cls.company.currency_id.id)], limit=1)
        cls.foreign.active = True

    def order_with(self, *states, **values):
        plan = [self.fixed(f"Berth {n}", 10_000, retention=10) for n in range(1, len(states) + 1)]
        order = self.create_order(100_000, plan, confirm=True, **values)
        for milestone, state in zip(order.milestone_ids, states, strict=True):
            self.bring_to(milestone, state)
        return order

    def test_approved_order_is_neither_cancelled_nor_set_back(self):
        order = self.order_with("approved", "started")
        attempts = (
            lambda record: record.button_cancel(),
            lambda record: record.button_draft(),
            lambda record: record.write({"state": "cancel"}),
            lambda record: record.write({"state": "draft"}),
            lambda record: record.write({"state": "sent"}),
            lambda record: record.write({"state": "to approve"}),
            lambda record: record.write({"state": False}),
            lambda record: record.write({"state": "draft", "partner_ref": "RFQ 9"}),
        )
        for record in self.as_everybody(order):
            for number, attempt in enumerate(attempts):
                with (
                    self.as_whom(record.env, attempt=number),
                    self.refused(f"(?s){REVOKE_FIRST}.*Berth 1"),
                ):
                    attempt(record)
        self.assertEqual(order.state, "purchase")
        self.assertEqual(order.milestone_ids.mapped("state"), ["approved", "started"])

    def test_one_approved_order_stops_a_whole_selection(self):
        orders = self.order_with("approved") | self.order_with("started")
        with self.refused(REVOKE_FIRST):
            orders.button_cancel()
        self.assertEqual(orders.mapped("state"), ["purchase"] * 2)

    def test_approved_order_is_not_deleted(self):
        order = self.order_with("approved")
        for record in self.as_everybody(order):
            with self.refused("."):
                record.unlink()
            self.assertTrue(order.exists() and order.milestone_ids.exists())

    def test_revoked_order_can_be_cancelled_set_back_and_deleted(self):
        order = self.order_with("approved", "started")
        order.milestone_ids[0].with_user(self.approver).action_revoke("Quay wall settles")
        order.button_cancel()
        self.assertEqual(order.state, "cancel")
        order.button_draft()
        self.assertEqual(order.state, "draft")
        order.button_cancel()
        order.unlink()
        self.assertFalse(order.exists())

    def test_nothing_is_decided_on_a_cancelled_order(self):
        order = self.order_with("completed")
        order.button_cancel()
        with self.refused("Berth 1: its order is not confirmed"):
            order.milestone_ids.with_user(self.approver).action_approve()

    def test_deleted_order_leaves_nothing_of_its_milestones_behind(self):
        for user in (self.buyer, self.env.ref("base.user_root")):
            order = self.order_with("pending", "started", "completed", "rejected")
            milestones = order.milestone_ids
            rows = [("res_model", "=", milestones._name), ("res_id", "in", milestones.ids)]
            messages = [("model", "=", milestones._name), ("res_id", "in", milestones.ids)]
            for milestone in milestones:
                self.env["ir.attachment"].create(
                    {"name": "Sounding.pdf", "res_model": milestone._name, "res_id": milestone.id}
                )
                milestone.message_post(body="Depth 14 m")  # pylint: disable=translation-required
                milestone.message_subscribe(self.approver.partner_id.ids)
                milestone.activity_schedule("mail.mail_activity_data_todo")
            documents = self.env["ir.attachment"].search(rows)
            self.assertEqual(len(documents), 4)
            order.button_cancel()
            order.with_user(user).unlink()
            self.assertFalse(milestones.exists() or documents.exists())
            self.assertFalse(self.env["mail.message"].search(messages))
            for model in ("mail.activity", "mail.followers", "ir.attachment"):
                self.assertFalse(self.env[model].search(rows), model)

    def test_order_that_cannot_be_deleted_keeps_its_plan(self):
        order = self.order_with("pending", "started")
        for record in self.as_everybody(order):
            with self.refused("you must cancel it first"):
                record.unlink()
        self.assertEqual(order.milestone_ids.mapped("state"), ["pending", "started"])

    def test_currency_stands_once_a_milestone_has_begun(self):
        for state in ("started", "completed", "approved", "rejected"):
            order = self.order_with(state)
            for record in self.as_everybody(order):
                with (
                    self.as_whom(record.env, state=state),
                    self.refused("(?s)currency cannot be changed.*Berth 1"),
                ):
                    record.currency_id = self.foreign
            self.assertEqual(order.currency_id, self.company.currency_id)
        order = self.order_with("pending")
        order.with_user(self.buyer).currency_id = self.foreign
        self.assertEqual(order.milestone_ids.currency_id, self.foreign)

    def test_nor_does_another_vendor_bring_another_currency(self):
        order = self.order_with("started")
        overseas = self.env["res.partner"].create(
            {"name": "Overseas Dredging", "property_purchase_currency_id": self.foreign.id}
        )
        with suppress(UserError), self.env.cr.savepoint():
            order.with_user(self.buyer).partner_id = overseas
        self.assertEqual(order.currency_id, self.company.currency_id)
        self.assertEqual(order.milestone_ids.currency_id, self.company.currency_id)

    def test_retention_terms_stand_from_the_first_approval(self):
        order = self.order_with(
            *("completed", "completed"),
            retention_limit_type="percent",
            retention_limit=5,
            retention_period_days=365,
        )
        order.with_user(self.buyer).write({"retention_limit": 4, "retention_period_days": 180})
        order.milestone_ids[0].with_user(self.approver).action_approve()
        for record in self.as_everybody(order):
            for values in (
                {"retention_limit": 3},
                {"retention_limit_type": "amount"},
                {"retention_limit_type": "none"},
                {"retention_period_days": 0},
                {"partner_ref": "RFQ 9", "retention_limit": 0},
            ):
                with (
                    self.as_whom(record.env, values=values),
                    self.refused("after a milestone has been approved"),
                ):
                    record.write(values)
            # A form that saves what was there before changes nothing.
            record.write({"retention_limit": 4, "retention_limit_type": "percent"})
        self.assertEqual((order.retention_limit, order.retention_period_days), (4, 180))

    def test_copy_is_the_same_plan_at_its_start(self):
        plan = [
            self.fixed("Berth 1", 10_000, retention=10, date_due="2027-05-01"),
            self.percent("Berth 2", 25, retention=5, document_required=True),
            self.balance("Handover", note="<p>All berths dredged</p>"),
        ]
        order = self.create_order(
            100_000, plan, confirm=True, retention_limit_type="amount", retention_limit=2_000
        )
        self.bring_to(order.milestone_ids[0], "approved")
        self.bring_to(order.milestone_ids[2], "rejected")
        copied = order.with_user(self.buyer).copy()
        same = (
            *("sequence", "name", "note", "amount_type", "percentage", "amount", "date_due"),
            *("retention_percent", "document_required", "user_id"),
        )
        self.assertEqual(
            [[milestone[name] for name in same] for milestone in copied.milestone_ids],
            [[milestone[name] for name in same] for milestone in order.milestone_ids],
        )
        self.assertEqual(copied.milestone_ids.mapped("state"), ["pending"] * 3)
        for milestone in copied.milestone_ids:
            stamps = ("date_started", "date_completed", "date_approved", "rejection_reason")
            self.assertFalse(any(milestone[name] for name in stamps))
            self.assertFalse(milestone.completed_by_id or milestone.approved_by_id)
        self.assertEqual((copied.retention_limit_type, copied.retention_limit), ("amount", 2_000))
        self.assertEqual((copied.retention_held, copied.milestone_progress), (0, 0))

    def test_merged_requests_keep_a_single_plan(self):
        for planned in (0, 1):
            requests = self.create_order(50_000) | self.create_order(50_000)
            plan = self.env["purchase.milestone"].create(
                {"order_id": requests[planned].id, **self.percent("Design", 30)}
            )
            requests[0].date_order = "2026-01-05 08:00:00"
            requests.action_merge()
            self.assertEqual(plan.order_id, requests[0])
            self.assertEqual((plan.amount, plan.state), (30_000, "pending"))
            self.assertEqual(requests[1].state, "cancel")

    def test_plan_is_kept_where_another_module_ends_the_merge(self):
        requests = self.create_order(50_000) | self.create_order(50_000)
        plan = self.env["purchase.milestone"].create(
            {"order_id": requests[1].id, **self.percent("Design", 30)}
        )
        requests[0].date_order = "2026-01-05 08:00:00"
        # purchase_requisition goes on to the modules below it for alternatives alone.
        with patch.object(type(requests), "_merge_alternative_po", lambda *_arguments: None):
            requests.action_merge()
        self.assertEqual(plan.order_id, requests[0])

    def test_two_plans_are_not_merged(self):
        requests = self.create_order(40_000, [self.percent("Design", 30)]) | self.create_order(
            60_000, [self.balance("Build")]
        )
        for record in self.as_everybody(requests):
            with self.refused(f"{requests[0].name}.* each have milestones of their own"):
                record.action_merge()
        self.assertEqual(requests.mapped("state"), ["draft"] * 2)
        self.assertEqual(requests.mapped("amount_untaxed"), [40_000, 60_000])
        self.assertEqual([len(request.milestone_ids) for request in requests], [1, 1])
