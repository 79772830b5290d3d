from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..billing.common import BillingCommon
from ..common import PURCHASE_MANAGER, PURCHASE_USER

# What belongs to an order, and how it is found.
OF_ORDER = {
    "purchase.milestone": "order_id",
    "purchase.milestone.approval": "milestone_id.order_id",
    "purchase.milestone.certificate": "order_id",
    "purchase.milestone.certificate.line": "certificate_id.order_id",
    "purchase.milestone.receipt": "milestone_id.order_id",
    "purchase.milestone.submission": "milestone_id.order_id",
    "purchase.retention.release": "order_id",
    "purchase.retention.release.line": "release_id.order_id",
    "purchase.milestone.forecast": "order_id",
    "purchase.milestone.report": "order_id",
    "purchase.retention.report": "order_id",
}


@tagged("post_install", "-at_install")
class TestAccessOrders(BillingCommon):
    """Buyers who see only the orders that they placed: a record rule of another addon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "ms_colleague", PURCHASE_USER)
        cls.env["ir.rule"].create(
            {
                "name": "Own orders",
                "model_id": cls.env["ir.model"]._get_id("purchase.order"),
                "domain_force": "[('user_id', '=', user.id)]",
                "groups": [Command.link(cls.env.ref(PURCHASE_USER).id)],
            }
        )
        cls.env["ir.rule"].create(
            {
                "name": "All orders",
                "model_id": cls.env["ir.model"]._get_id("purchase.order"),
                "domain_force": "[(1, '=', 1)]",
                "groups": [Command.link(cls.env.ref(PURCHASE_MANAGER).id)],
            }
        )
        cls.order = cls.create_order(
            1_000,
            [cls.fixed("Racks", 400, retention=10), cls.fixed("Power", 600)],
            confirm=True,
            user_id=cls.buyer.id,
        )
        cls.racks, cls.power = cls.order.milestone_ids
        cls.approve(cls.racks)
        cls.bill(cls.racks)
        cls.release(cls.order, amount=15)
        cls.company.milestone_certificate = "manual"
        cls.order.with_user(cls.approver).action_issue_certificate()
        cls.power.action_start()
        deliveries = cls.env["purchase.milestone.submission"].sudo()
        deliveries._submit(cls.power.sudo(), 1, 100, "All trays earthed", [])
        cls.document = (
            cls.env["ir.attachment"]
            .with_user(cls.buyer)
            .create(
                {
                    "name": "Earthing test.pdf",
                    "raw": b"All trays below 0.1 ohm",
                    "res_model": "purchase.milestone",
                    "res_id": cls.power.id,
                }
            )
        )
        cls.env.flush_all()

    def found(self, user, model):
        """Return what the user finds of the order in a list."""
        return self.env[model].with_user(user).search([(OF_ORDER[model], "=", self.order.id)])

    def test_who_cannot_read_the_order_finds_nothing_of_it(self):
        for model in OF_ORDER:
            with self.subTest(model=model):
                self.assertTrue(self.found(self.buyer, model))
                self.assertTrue(self.found(self.manager, model))
                self.assertFalse(self.found(self.colleague, model))

    def test_who_cannot_read_the_order_reads_nothing_of_it(self):
        for model in OF_ORDER:
            with self.subTest(model=model):
                record = self.found(self.buyer, model)[:1]
                with self.refused("", AccessError):
                    record.with_user(self.colleague).read(["company_id"])

    def test_documents_and_history_are_the_orders_too(self):
        message = self.power.with_user(self.buyer).message_post(body="Ready by Friday")  # pylint: disable=translation-required
        for record in (self.document, message):
            record.with_user(self.buyer).check_access("read")
            with self.refused("", AccessError):
                record.with_user(self.colleague).check_access("read")

    def test_nothing_can_be_done_with_the_milestones_of_others(self):
        power = self.power.with_user(self.colleague)
        for step in (
            power.action_start,
            lambda: power.write({"user_id": self.colleague.id}),
            lambda: power.message_post(body="When will it be ready?"),  # pylint: disable=translation-required
            power.unlink,
        ):
            with self.refused("", AccessError):
                step()

    def test_who_may_only_read_an_order_changes_nothing_of_its_plan(self):
        self.env["ir.rule"].search([("name", "=", "Own orders")]).perm_read = False
        power = self.power.with_user(self.colleague)
        self.assertEqual(power.name, "Power")
        with self.refused("", AccessError):
            power.user_id = self.colleague
        with self.refused("", AccessError):
            power.copy({"amount": 0})

    def test_approvers_have_no_rule_that_limits_them(self):
        self.assertEqual(self.found(self.approver, "purchase.milestone"), self.order.milestone_ids)

    def test_it_costs_one_query_more_at_most(self):
        counts = []
        for user in (self.approver, self.buyer):
            milestones = self.env["purchase.milestone"].with_user(user)
            milestones.search([]).mapped("name")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            milestones.search([]).mapped("name")
            counts.append(self.env.cr.sql_log_count - before)
        without, with_rule = counts
        self.assertLessEqual(with_rule, without + 1)
