from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user

PURCHASE_USER = "purchase.group_purchase_user"
PURCHASE_MANAGER = "purchase.group_purchase_manager"
APPROVER = "purchase_milestone.group_milestone_approver"
RELEASE_OFFICER = "purchase_milestone.group_retention_release"


class MilestoneCommon(TransactionCase):
    """A fit-out order of 100,000 and the people who deal with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.buyer = new_test_user(cls.env, "ms_buyer", PURCHASE_USER)
        cls.manager = new_test_user(cls.env, "ms_manager", PURCHASE_MANAGER)
        cls.approver = new_test_user(cls.env, "ms_approver", APPROVER)
        cls.release_officer = new_test_user(cls.env, "ms_release", RELEASE_OFFICER)
        cls.vendor = cls.env["res.partner"].create({"name": "Northern Fit-Out Ltd"})
        cls.product = cls.env["product.product"].create(
            {"name": "Data centre fit-out", "type": "service", "supplier_taxes_id": False}
        )

    @classmethod
    def create_order(cls, total=100_000, milestones=(), confirm=False, **values):
        """Return an order of the buyer's with one line of ``total``.

        :param milestones: values of its milestones, in the plan's order
        """
        order = (
            cls.env["purchase.order"]
            .with_user(cls.buyer)
            .create(
                {
                    "partner_id": cls.vendor.id,
                    "order_line": [
                        (0, 0, cls.line_values(total)),
                    ],
                    "milestone_ids": [
                        (0, 0, {"sequence": 10 * index, **milestone})
                        for index, milestone in enumerate(milestones, 1)
                    ],
                    **values,
                }
            )
        )
        if confirm:
            order.button_confirm()
        return order

    @classmethod
    def new_storekeeper(cls):
        """Return a user who reads orders, as stock does, and has no right to milestones."""
        for model in ("purchase.order", "purchase.order.line"):
            cls.env["ir.model.access"].create(
                {
                    "name": f"Stock reads {model}",
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "group_id": cls.env.ref("base.group_user").id,
                    "perm_read": True,
                }
            )
        return new_test_user(cls.env, "ms_storekeeper", "base.group_user")

    @classmethod
    def line_values(cls, total, quantity=1):
        return {
            "product_id": cls.product.id,
            "name": "Data centre fit-out",
            "product_qty": quantity,
            "price_unit": total / quantity,
            "tax_ids": False,
        }

    @classmethod
    def percent(cls, name, percentage, retention=0, **values):
        return {
            "name": name,
            "amount_type": "percent",
            "percentage": percentage,
            "retention_percent": retention,
            **values,
        }

    @classmethod
    def fixed(cls, name, amount, retention=0, **values):
        return {
            "name": name,
            "amount_type": "fixed",
            "amount": amount,
            "retention_percent": retention,
            **values,
        }

    @classmethod
    def balance(cls, name, retention=0, **values):
        return {
            "name": name,
            "amount_type": "balance",
            "retention_percent": retention,
            **values,
        }

    @contextmanager
    def refused(self, words, error=UserError):
        """Assert that the block is refused with these words; undo what it did until then."""
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            yield

    @classmethod
    def bring_to(cls, milestones, state):
        """Take pending milestones of a confirmed order there, each step by whose job it is."""
        by_buyer = milestones.with_user(cls.buyer)
        by_approver = milestones.with_user(cls.approver)
        if state != "pending":
            by_buyer.action_start()
        if state in ("completed", "approved", "rejected"):
            by_buyer.action_complete()
        if state == "approved":
            by_approver.action_approve()
        if state == "rejected":
            by_approver.action_reject("The cable trays are not earthed")
        assert set(milestones.mapped("state")) == {state}
