"""What milestones need before they drive bills, and what cannot be changed afterwards."""

from psycopg2 import IntegrityError

from odoo.exceptions import RedirectWarning, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingSetup(BillingCommon):
    def test_order_needs_the_companys_retention_account(self):
        self.company.write({"milestone_billing": "track", "retention_account_id": False})
        with self.refused("Set a retention account for", RedirectWarning):
            self.create_order(milestones=[self.percent("Handover", 100)], milestone_billing="bill")
        order = self.create_order()
        with self.refused("Set a retention account for", RedirectWarning):
            order.milestone_billing = "bill"
        with self.refused("Set a retention account for", RedirectWarning):
            self.company.milestone_billing = "bill"

    def test_warning_leads_to_the_settings(self):
        self.company.write({"milestone_billing": "track", "retention_account_id": False})
        with self.assertRaises(RedirectWarning) as warning, self.env.cr.savepoint():
            self.company.milestone_billing = "bill"
        action = self.env.ref("purchase.action_purchase_configuration")
        self.assertEqual(warning.exception.args[1:3], (action.id, "Open the Settings"))

    def test_account_of_a_company_that_bills_by_milestones_stays(self):
        with self.refused("Set a retention account for", RedirectWarning):
            self.company.retention_account_id = False

    def test_nor_can_it_be_deleted(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.retention_account.unlink()
        self.assertEqual(self.company.retention_account_id, self.retention_account)

    def test_only_a_fitting_account_holds_retention(self):
        tax = self.new_tax(5)
        values = {
            "code": "211950",
            "name": "Retention of subcontractors",
            "account_type": "liability_current",
            "reconcile": True,
        }
        for index, wrong in enumerate(
            (
                {"account_type": "liability_payable"},
                {"account_type": "asset_current"},
                {"reconcile": False},
                {"tax_ids": [Command.set(tax.ids)]},
            )
        ):
            account = self.env["account.account"].create(
                {**values, **wrong, "code": f"21195{index}"}
            )
            with self.refused("cannot hold retention", ValidationError):
                self.company.retention_account_id = account

    def test_account_that_no_longer_fits_takes_no_retention(self):
        order = self.create_order(
            milestones=[self.percent("Handover", 100, retention=10)], confirm=True
        )
        self.approve(order.milestone_ids)
        for wrong in (
            {"account_type": "asset_current"},
            {"reconcile": False},
            {"tax_ids": [Command.set(self.new_tax(5).ids)]},
        ):
            with self.refused("cannot hold retention", ValidationError):
                self.retention_account.write(wrong)
                self.create_bill(order)

    def test_how_an_order_is_billed_stands_from_its_confirmation(self):
        order = self.create_order(milestones=[self.percent("Handover", 100)])
        self.assertEqual(order.milestone_billing, "bill")
        order.milestone_billing = "track"
        order.milestone_billing = "bill"
        order.button_confirm()
        for env in (order.env, self.env):
            with self.refused("billing method cannot be changed once the order is confirmed"):
                order.with_env(env).milestone_billing = "track"
        order.write({"milestone_billing": "bill", "partner_ref": "SO 7"})
        self.company.milestone_billing = "track"
        self.assertEqual(order.milestone_billing, "bill")

    def test_plan_bills_what_its_lines_are_worth(self):
        order = self.create_order(milestones=[self.fixed("Shell", 60_000)])
        with self.refused("milestones bill .*60,000.00, but the lines .* worth .*100,000.00"):
            order.button_confirm()
        order.milestone_ids = [Command.create(self.balance("Fit-out"))]
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_so_does_one_that_only_tracks_not(self):
        order = self.create_order(
            milestones=[self.fixed("Shell", 60_000)], milestone_billing="track", confirm=True
        )
        self.assertEqual(order.order_line.qty_received_method, "manual")
        self.approve(order.milestone_ids)
        with self.refused("its order is not billed by milestones. Create the bill there"):
            self.create_bill(order.milestone_ids)
        bill = self.create_bill(order)
        self.assertEqual(bill.amount_untaxed, 100_000)
        self.assertFalse(bill.milestone_ids or bill.line_ids.retention_order_id)

    def test_first_milestone_comes_before_receiving_and_billing(self):
        plan = [Command.create(self.percent("Handover", 100, retention=10))]
        received = self.create_order(confirm=True)
        received.order_line.qty_received = 0.5
        billed = self.create_order(confirm=True)
        self.create_bill(billed)
        untouched = self.create_order(confirm=True)
        for order in (received, billed):
            with self.refused("something of it has been received or billed without milestones"):
                order.milestone_ids = plan
            with self.refused("something of it has been received or billed without milestones"):
                order.milestone_ids.create({"order_id": order.id, **self.percent("All", 100)})
            self.assertEqual(order.order_line.qty_received_method, "manual")
        untouched.milestone_ids = plan
        self.assertEqual(untouched.order_line.qty_received_method, "milestones")
        self.approve(untouched.milestone_ids)
        self.assertEqual(self.bill(untouched).amount_total, 90_000)

    def test_received_follows_from_approvals(self):
        order = self.create_order(milestones=[self.percent("Handover", 100)], confirm=True)
        line = order.order_line
        for env in (line.env, self.env):
            for name, value in (
                ("qty_received", 1),
                ("qty_received_manual", 1),
                ("qty_received_method", "manual"),
            ):
                with self.refused("follows from its approved milestones and cannot be entered"):
                    line.with_env(env).write({name: value})
                with self.refused("follows from its approved milestones and cannot be entered"):
                    order.with_env(env).order_line = [Command.update(line.id, {name: value})]
        spare = {**self.line_values(0), "order_id": order.id}
        forged = {"qty_received": 1, "qty_received_manual": 1, "qty_received_method": "manual"}
        for values in ({}, {"qty_received": 0}, {"qty_received": 1}, forged):
            created = line.create({**spare, **values})
            self.assertEqual(
                (created.qty_received_method, created.qty_received), ("milestones", 0), values
            )
        defaults = {f"default_{name}": value for name, value in forged.items()}
        created = line.with_context(**defaults).create(dict(spare))
        self.assertEqual((created.qty_received_method, created.qty_received), ("milestones", 0))
        # What is there already may be sent again.
        line.write({"qty_received": 0, "qty_received_method": "milestones", "name": "Fit-out"})

    def test_line_is_added_in_the_form(self):
        order = self.create_order(milestones=[self.percent("Handover", 100)], confirm=True)
        with Form(order) as form, form.order_line.new() as line:
            line.product_id = self.product
            line.price_unit = 5_000
        self.assertEqual(order.order_line.mapped("qty_received_method"), ["milestones"] * 2)
        self.assertEqual(order.milestone_ids.amount, 105_000)

    def test_company_is_not_switched_off_with_something_to_bill(self):
        order = self.create_order(
            milestones=[self.percent("Handover", 100, retention=10)], confirm=True
        )
        company = self.company
        company.milestone_enabled = False  # Nothing is approved.
        company.milestone_enabled = True
        self.approve(order.milestone_ids)
        with self.refused(f"something to bill or retention to release on {order.name}"):
            company.milestone_enabled = False
        self.bill(order)
        with self.refused(f"something to bill or retention to release on {order.name}"):
            company.milestone_enabled = False
        release, bill = self.release(order)
        with self.refused(f"retention to release on {order.name}"):
            company.milestone_enabled = False
        self.post(bill)
        company.milestone_enabled = False
        self.assertEqual(release.state, "done")
        self.assertFalse(company.milestone_enabled)

    def test_posted_bills_can_be_paid_where_milestones_were_switched_off(self):
        order = self.create_order(milestones=[self.percent("Handover", 100)], confirm=True)
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        self.company.milestone_enabled = False
        self.pay(bill)
        self.assertEqual(order.milestone_ids.billing_state, "paid")

    def test_nothing_more_is_billed_where_they_were_switched_off(self):
        order = self.create_order(milestones=[self.percent("Handover", 100)], confirm=True)
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        self.company.milestone_enabled = False
        bill.button_draft()
        bill.button_cancel()
        for billed in (order, order.milestone_ids):
            with self.refused("Milestones are switched off"):
                self.create_bill(billed)
        self.company.milestone_enabled = True
        self.assertEqual(self.create_bill(order).amount_total, 100_000)

    def test_order_made_confirmed_has_a_complete_plan(self):
        values = {
            "partner_id": self.vendor.id,
            "state": "purchase",
            "order_line": [(0, 0, self.line_values(100_000))],
            "milestone_ids": [(0, 0, self.percent("Half", 50))],
        }
        orders = self.env["purchase.order"].with_user(self.buyer)
        with self.refused("50,000.00"):
            orders.create(values)
        values["milestone_ids"].append((0, 0, self.balance("The rest")))
        self.assertEqual(orders.create(values).milestone_amount, 100_000)

    def test_another_company_does_not_change_how_a_confirmed_order_is_billed(self):
        order = self.create_order(milestones=[self.percent("Handover", 100)], confirm=True)
        yard = self.env["res.company"].create({"name": "Eastern Shipyard Ltd"})
        with self.refused("Set a retention account for Eastern", RedirectWarning):
            order.sudo().company_id = yard
        account = {"code": "211", "name": "Retention", "account_type": "liability_current"}
        accounts = self.env["account.account"].with_company(yard)
        yard.retention_account_id = accounts.create({**account, "reconcile": True})
        order.sudo().company_id = yard
        self.assertEqual(order.milestone_billing, "bill")
