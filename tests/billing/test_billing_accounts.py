"""The accounts on which retention waits."""

from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingAccounts(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(1_000, [cls.percent("Racks", 100, retention=10)], confirm=True)
        cls.approve(cls.order.milestone_ids)
        cls.withheld = cls.bill(cls.order)

    def use_another_account(self):
        self.company.retention_account_id = self.retention_account.copy(
            {"code": "211901", "reconcile": True}
        )

    def test_an_account_with_retention_is_not_archived(self):
        self.use_another_account()
        for account in (
            self.retention_account.with_user(self.accountant),
            self.retention_account.sudo(),
        ):
            with self.refused("Retention of vendors cannot be archived: retention on it"):
                account.action_archive()
            with self.refused("cannot be archived"):
                account.write({"active": False})
        _release, bill = self.release(self.order)
        self.post(bill)
        self.retention_account.action_archive()
        self.assertFalse(self.retention_account.active)

    def test_nor_one_on_which_retention_was_booked_by_hand(self):
        entry = self.env["account.move"].create(
            {
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": balance})
                    for account, balance in ((self.retention_account, -7), (self.tax_account, 7))
                ]
            }
        )
        entry.action_post()
        self.post(self.release(self.order)[1])
        with self.refused("cannot be archived"):
            self.retention_account.action_archive()

    def test_others_are_archived_as_ever(self):
        self.assertTrue(self.withheld.line_ids.account_id - self.retention_account)
        (self.withheld.line_ids.account_id - self.retention_account).action_archive()
        self.tax_account.action_archive()
        self.assertFalse(self.tax_account.active)
