"""A company and its branches: settings follow the tree, and bills stay in their company."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import PURCHASE_USER
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingCompanies(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["purchase.milestone.template"].create(
            {
                "name": "Fit-out",
                "company_id": cls.company.id,
                "line_ids": [Command.create({"name": "Racks", "percentage": 100})],
            }
        )
        cls.company.write(
            {"milestone_template_id": cls.template.id, "retention_tax_policy": "on_release"}
        )
        cls.branch = cls.new_branch("Northern branch", cls.company)

    @classmethod
    def new_branch(cls, name, parent, **values):
        return cls.env["res.company"].create({"name": name, "parent_id": parent.id, **values})

    def settings(self, company):
        return [company[name] for name in company._get_milestone_setting_names()]

    def test_a_branch_starts_with_the_settings_of_its_parent(self):
        self.assertEqual(self.branch.milestone_billing, "bill")
        self.assertEqual(self.branch.retention_account_id, self.retention_account)
        self.assertEqual(self.settings(self.branch), self.settings(self.company))

    def test_and_follows_them_until_it_sets_its_own(self):
        office = self.new_branch("Office of the branch", self.branch)
        own = self.new_branch("Southern branch", self.company, retention_tax_policy="on_bill")
        self.company.milestone_four_eyes = False
        self.assertFalse(self.branch.milestone_four_eyes or office.milestone_four_eyes)
        self.branch.milestone_four_eyes = True
        self.assertTrue(office.milestone_four_eyes)
        self.company.write({"milestone_billing": "track", "retention_tax_policy": "on_bill"})
        self.assertEqual((self.branch | office | own).mapped("milestone_billing"), ["track"] * 3)
        self.company.write({"milestone_four_eyes": True, "retention_tax_policy": "on_release"})
        self.company.milestone_four_eyes = False
        self.assertEqual((self.branch.milestone_four_eyes, own.milestone_four_eyes), (False, False))

    def test_its_own_setting_stays(self):
        self.branch.retention_tax_policy = "on_bill"
        self.company.milestone_template_id = False
        self.assertEqual(self.branch.retention_tax_policy, "on_bill")
        self.assertFalse(self.branch.milestone_template_id)

    def test_milestones_are_not_switched_off_over_a_branch_with_something_to_bill(self):
        order = self.branch_order()
        self.assertTrue(order.milestone_ids)
        self.approve_in_branch(order)
        with self.refused("cannot be switched off"):
            self.company.milestone_enabled = False

    def branch_order(self):
        buyer = new_test_user(
            self.env,
            "ms_branch",
            PURCHASE_USER,
            company_id=self.branch.id,
            company_ids=[Command.set(self.branch.ids)],
        )
        order = (
            self.env["purchase.order"]
            .with_user(buyer)
            .create(
                {
                    "partner_id": self.vendor.id,
                    "order_line": [Command.create(self.line_values(1_000))],
                }
            )
        )
        order.milestone_ids.retention_percent = 10
        order.button_confirm()
        return order.with_env(self.env)

    def approve_in_branch(self, order):
        for user in (self.approver, self.buyer, self.accountant):
            user.company_ids += self.branch
        self.approve(order.milestone_ids)

    def test_an_order_of_a_branch_is_planned_and_withheld_as_in_its_parent(self):
        order = self.branch_order()
        self.assertEqual(order.milestone_billing, "bill")
        self.assertEqual(order.milestone_ids.mapped("name"), ["Racks"])
        self.approve_in_branch(order)
        bill = self.bill(order)
        self.assertEqual((bill.company_id, bill.amount_total), (self.branch, 900))
        self.assertEqual(order.retention_held, 100)

    def test_its_bill_cannot_be_entered_in_its_parent(self):
        order = self.branch_order()
        self.approve_in_branch(order)
        with self.refused("is of an order of Northern branch: bill it there"):
            self.hand_bill(order, 1_000)

    def test_nor_is_it_matched_there_by_its_reference(self):
        order = self.branch_order()
        self.approve_in_branch(order)
        bill = self.enter_bill({"name": "Racks", "price_unit": 1_000, "tax_ids": False})
        self.assertEqual(bill.company_id, self.company)
        bill = bill.with_context(allowed_company_ids=(self.company | self.branch).ids)
        bill._find_and_set_purchase_orders([order.name], self.vendor.id, 1_000)
        self.assertFalse(bill.invoice_line_ids.purchase_line_id)
        self.assertEqual(bill.amount_untaxed, 1_000)
