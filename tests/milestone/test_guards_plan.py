from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.purchase.models.purchase_order import PurchaseOrder as CorePurchaseOrder

from .common_guards import GuardCommon


@tagged("post_install", "-at_install")
class TestGuardsPlan(GuardCommon):
    """When a plan may be edited, and which values it takes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_order = cls.create_order(50_000)
        cls.agreement = {
            "order_id": cls.second_order.id,
            "name": "Foundations and piles",
            "note": "<p>C30/37</p>",
            "amount_type": "percent",
            "percentage": 5,
            "amount": 5,
            "date_due": "2027-03-01",
            "retention_percent": 3,
            "document_required": True,
        }

    def plan(self, state="pending", **values):
        order = self.create_order(
            100_000, [self.fixed("Foundations", 20_000, retention=10)], confirm=True, **values
        )
        self.bring_to(order.milestone_ids, state)
        return order.milestone_ids

    def content(self, records):
        records.flush_recordset()
        records.invalidate_recordset()
        return records.sudo().read(
            [*self.agreement, "user_id", "sequence", "state", "retention_amount"]
        )

    def test_completed_and_approved_milestones_stand(self):
        for state in ("completed", "approved"):
            milestone = self.plan(state)
            before = self.content(milestone)
            for record in self.as_everybody(milestone):
                for name, value in self.agreement.items():
                    through_order = {"milestone_ids": [(1, record.id, {name: value})]}
                    with self.as_whom(record.env, state=state, field=name):
                        with self.refused("once a milestone is completed"):
                            record.write({name: value})
                        with self.refused("once a milestone is completed"):
                            record.write({name: value, "sequence": 1})
                        with self.refused("once a milestone is completed"):
                            record.order_id.write(through_order)
            self.assertEqual(self.content(milestone), before)

    def test_but_for_the_responsible_and_the_place_in_the_list(self):
        for state in ("completed", "approved"):
            milestone = self.plan(state).with_user(self.buyer)
            milestone.write({"user_id": self.manager.id, "sequence": 70})
            self.assertEqual((milestone.user_id, milestone.sequence), (self.manager, 70))
            self.assertEqual((milestone.amount, milestone.retention_amount), (20_000, 2_000))

    def test_rejection_opens_everything_but_the_order(self):
        milestone = self.plan("rejected").with_user(self.buyer)
        for name, value in self.agreement.items():
            if name != "order_id":
                milestone.write({name: value})
        with self.refused("Only a pending milestone can move"):
            milestone.order_id = self.second_order
        self.assertEqual((milestone.name, milestone.amount), ("Foundations and piles", 5_000))

    def test_locked_order_keeps_its_plan_and_goes_on_working(self):
        milestone = self.plan("started")
        order = milestone.order_id
        order.button_lock()
        before = self.content(milestone)
        crane = {"order_id": order.id, **self.fixed("Crane", 1_000)}
        for record in self.as_everybody(milestone):
            with self.as_whom(record.env):
                for name, value in {**self.agreement, "sequence": 1}.items():
                    with self.refused("are locked"):
                        record.write({name: value})
                with self.refused("are locked"):
                    record.create(crane)
                with self.refused("are locked"):
                    record.order_id.write({"milestone_ids": [(0, 0, self.fixed("Crane", 1_000))]})
                with self.refused("are locked"):
                    self.plan().with_env(record.env).order_id = order
        self.assertEqual(self.content(milestone), before)
        self.assertEqual(order.milestone_ids, milestone)
        milestone.with_user(self.buyer).user_id = self.manager
        milestone.with_user(self.buyer).action_complete()
        milestone.with_user(self.approver).action_approve()
        milestone.with_user(self.approver).action_revoke("Wrong certificate")
        self.assertEqual(milestone.state, "completed")

    def test_locked_order_loses_no_milestone(self):
        milestone = self.plan()
        milestone.order_id.button_lock()
        for record in self.as_everybody(milestone):
            with self.refused("are locked"):
                record.unlink()
            with self.refused("are locked"):
                record.order_id.write({"milestone_ids": [(2, record.id)]})
        self.assertTrue(milestone.exists())

    def test_default_order_of_a_user_is_no_way_into_a_closed_plan(self):
        locked = self.plan().order_id
        locked.button_lock()
        full = self.create_order(10_000, [self.fixed("Piles", 10_000)], confirm=True)
        for order, words in ((locked, "are locked"), (full, "exceed its untaxed total")):
            defaults = self.env["ir.default"].with_user(self.buyer)
            defaults.set("purchase.milestone", "order_id", order.id, user_id=self.buyer.id)
            with self.subTest(words=words), self.refused(words):
                self.env["purchase.milestone"].with_user(self.buyer).create(
                    self.fixed("Crane", 1_000)
                )
            self.assertEqual(len(order.milestone_ids), 1)

    # pylint: disable-next=missing-return
    def test_what_another_addon_refuses_on_the_order_is_refused_on_its_milestones(self):
        # pylint: disable=missing-return
        def write(order, vals):
            if "milestone_ids" in vals:
                raise UserError("This order is being validated")  # pylint: disable=translation-required
            return super(CorePurchaseOrder, order).write(vals)

        template = self.env["purchase.milestone.template"].create(
            {"name": "Road", "line_ids": [(0, 0, self.percent("Sub-base", 100))]}
        )
        order = self.create_order(10_000, [self.fixed("Kerbs", 1_000), self.balance("Rest")])
        kerbs = order.milestone_ids[0]
        with patch.object(CorePurchaseOrder, "write", write):
            for edit in (
                lambda: kerbs.write({"amount": 900}),
                lambda: kerbs.write({"name": "Kerbs and drains"}),
                lambda: order.write({"milestone_ids": [(1, kerbs.id, {"amount": 900})]}),
                lambda: kerbs.copy({"amount": 0}),
                kerbs.unlink,
                lambda: order._apply_milestone_template(template),
            ):
                with self.refused("This order is being validated"):
                    edit()
            kerbs.user_id = self.manager
            kerbs.sequence = 90
        kerbs.amount = 900
        order.invalidate_recordset(["milestone_ids"])
        self.assertEqual(order.milestone_ids.mapped("amount"), [9_100, 900])

    def test_only_pending_milestones_can_be_deleted(self):
        for state in ("started", "completed", "approved", "rejected"):
            milestone = self.plan(state)
            for record in self.as_everybody(milestone):
                with self.as_whom(record.env, state=state):
                    with self.refused("(?s)Only pending milestones.*Foundations"):
                        record.unlink()
                    for command in ((2, record.id), (3, record.id), (5,), (6, 0, [])):
                        with self.refused("Only pending milestones"):
                            record.order_id.write({"milestone_ids": [command]})
            self.assertTrue(milestone.exists())
        self.plan().with_user(self.buyer).unlink()

    def test_second_open_balance_is_refused(self):
        order = self.create_order(
            100_000, [self.balance("Rest"), self.fixed("Hull", 10_000)], confirm=True
        )
        rest, hull = order.milestone_ids
        for record in self.as_everybody(hull):
            for attempt in (
                lambda record=record: record.write({"amount_type": "balance"}),
                lambda record=record: record.create(
                    {"order_id": order.id, **self.balance("Second rest")}
                ),
            ):
                with self.refused("only one open balance .* not several"):
                    attempt()
        self.assertEqual(order.milestone_ids, rest | hull)
        self.assertEqual((rest.amount, hull.amount_type), (90_000, "fixed"))
        self.bring_to(rest, "completed")
        hull.with_user(self.buyer).amount_type = "balance"
        with self.refused("Rest: the order has another open balance"):
            rest.with_user(self.approver).action_reject("Paint peels off")

    def test_second_balance_cannot_move_in(self):
        order = self.create_order(100_000, [self.balance("Rest")])
        other = self.create_order(100_000, [self.balance("Other rest")])
        for record in self.as_everybody(other.milestone_ids):
            with self.refused("only one open balance"):
                record.order_id = order
        self.assertEqual(len(order.milestone_ids), 1)

    def test_long_description_is_refused_in_a_clear_sentence(self):
        milestone = self.plan()
        for length in (501, 10_000):
            for record in self.as_everybody(milestone):
                with self.refused(f"500 characters at most, and this one has {length}"):
                    record.name = "x" * length
        self.assertEqual(milestone.name, "Foundations")
        milestone.with_user(self.buyer).name = "x" * 500

    def test_description_is_needed(self):
        milestone = self.plan().with_user(self.buyer)
        with (
            mute_logger("odoo.sql_db"),
            self.refused("null value|required", (IntegrityError, ValidationError)),
        ):
            milestone.name = False

    def test_figures_out_of_range_are_refused(self):
        milestone = self.create_order(100_000, [self.fixed("Hull", 20_000)]).milestone_ids
        percent = {"amount_type": "percent"}
        for values, words in (
            ({**percent, "percentage": -1}, "percentage_range"),
            ({**percent, "percentage": 101}, "percentage_range"),
            ({"retention_percent": -1}, "retention_percent_range"),
            ({"retention_percent": 101}, "retention_percent_range"),
            ({"amount": -0.01}, "is negative"),
        ):
            for record in self.as_everybody(milestone):
                with (
                    self.as_whom(record.env, values=values),
                    mute_logger("odoo.sql_db"),
                    self.refused(words, (IntegrityError, ValidationError)),
                ):
                    record.write(values)
                    record.flush_recordset()
        self.assertEqual((milestone.amount_type, milestone.amount), ("fixed", 20_000))
        self.assertEqual(milestone.order_id.milestone_amount, 20_000)

    def test_criteria_hold_no_images(self):
        milestone = self.plan()
        pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
        for image in (f'<img src="{pixel}"/>', '<IMG src="/web/image/1">', "<p><img></p>"):
            for record in self.as_everybody(milestone):
                with self.refused("cannot hold images"):
                    record.note = image
        self.assertFalse(milestone.note)
