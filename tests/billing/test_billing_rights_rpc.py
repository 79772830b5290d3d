"""Bills and releases through XML-RPC and JSON-2."""

from odoo.tests import tagged

from ..common_rpc import Refused, RpcCase
from .common_orders import RightsCommon


@tagged("post_install", "-at_install")
class TestBillingRightsRpc(RightsCommon, RpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_keys((cls.buyer, cls.release_officer, cls.accountant))

    def setUp(self):
        super().setUp()
        self.doors = (self.xml_rpc, self.json_2)

    def test_from_the_bill_to_its_release(self):
        self.approve(self.fitout)
        for door, milestone in zip(self.doors, self.order.milestone_ids, strict=True):
            with self.subTest(door=door.__name__):
                door(self.buyer, "purchase.milestone", "action_create_bill", milestone.ids)
                bill = self.env["account.move"].search([], order="id desc", limit=1)
                self.assertEqual(bill.milestone_ids, milestone)
                for method, arguments in (
                    ("action_post", {}),
                    ("write", {"vals": {"state": "posted"}}),
                ):
                    with self.assertRaisesRegex(Refused, "access rights to post"):
                        door(self.buyer, "account.move", method, bill.ids, **arguments)
                door(self.buyer, "account.move", "action_update_retention", bill.ids)
                bill.invalidate_recordset()
                self.assertEqual(bill.state, "draft")
                self.post(bill)
                release = (
                    self.env["purchase.retention.release"]
                    .with_user(self.release_officer)
                    .create({"order_id": self.order.id, "reason": "Taken over", "early": True})
                )
                model = "purchase.retention.release"
                self.assertIs(
                    door(self.release_officer, model, "action_confirm", release.ids), True
                )
                release.invalidate_recordset()
                payout = release.sudo().bill_id
                for method in ("read", "action_post", "unlink"):
                    with self.assertRaises(Refused):
                        door(self.release_officer, "account.move", method, payout.ids)
                self.assertIs(door(self.release_officer, model, "action_cancel", release.ids), True)
                self.assertFalse(payout.exists())

    def test_private_methods_are_no_door(self):
        bill = self.create_bill(self.shell)
        receipts = self.shell.receipt_ids
        for door in self.doors:
            for model, method, ids in (
                ("purchase.milestone.receipt", "_create_receipts", receipts.ids),
                ("purchase.order.line", "_write_guarded", self.order.order_line.ids),
                ("purchase.order", "_create_milestone_bills", self.order.ids),
                ("account.move", "_write_retention", bill.ids),
                ("account.move", "_with_retention", bill.ids),
            ):
                with self.assertRaisesRegex(Refused, "[Pp]rivate method"):
                    door(self.buyer, model, method, ids)

    def test_context_of_a_caller_is_no_door(self):
        bill = self.create_bill(self.shell)
        line = {"name": "Fees", "quantity": 1, "price_unit": 25, "retention_order_id": 1}
        line["retention_order_id"] = self.order.id
        for door in self.doors:
            for forged in (True, "MADE_BY_US", {}):
                door(
                    self.buyer,
                    "account.move",
                    "write",
                    bill.ids,
                    vals={"invoice_line_ids": [[0, 0, line]]},
                    context={"purchase_retention": forged},
                )
        bill.invalidate_recordset()
        fees = bill.invoice_line_ids.filtered(lambda ln: ln.name == "Fees")
        self.assertEqual(len(fees), 6)
        self.assertFalse(fees.retention_order_id)
