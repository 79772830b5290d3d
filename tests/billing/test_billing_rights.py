"""Who bills, who posts, who asks for a release, and that nobody gains a right by it."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..common import PURCHASE_USER, RELEASE_OFFICER
from .common_orders import RightsCommon


@tagged("post_install", "-at_install")
class TestBillingRights(RightsCommon):
    # ------------------------------------------------------------------
    # Bills
    # ------------------------------------------------------------------

    def test_buyer_makes_draft_bills_and_posts_none(self):
        bill = self.create_bill(self.shell).with_user(self.buyer)
        self.assertEqual((bill.state, bill.create_uid), ("draft", self.buyer))
        self.assertEqual(bill.amount_total, 54_000)
        bill.invoice_date = "2026-03-31"
        for attempt in (bill.action_post, bill._post, lambda: bill.write({"state": "posted"})):
            with self.refused("access rights to post", AccessError):
                attempt()
        self.assertEqual(bill.state, "draft")
        self.assertEqual(self.order.retention_held, 0)

    def test_who_cannot_read_payments_opens_the_bill_all_the_same(self):
        bill = self.create_bill(self.shell)
        for person in (self.buyer, self.accountant):
            action = self.order.with_user(person).action_view_invoice(bill)
            self.assertEqual(action["res_id"], bill.id)
            self.env.invalidate_all()
            form = Form(bill.with_user(person), action["views"][0][0])
            self.assertEqual(form.partner_id, self.vendor)
        self.pay(self.post(bill))
        self.env.invalidate_all()
        self.assertTrue(Form(bill.with_user(self.buyer), action["views"][0][0]))

    def test_nor_does_he_post_a_release(self):
        self.bill(self.shell)
        _release, bill = self.release(self.order)
        bill = bill.with_user(self.buyer)
        bill.invoice_date = "2026-03-31"
        for attempt in (bill.action_post, lambda: bill.write({"state": "posted"})):
            with self.refused("access rights to post", AccessError):
                attempt()
        self.assertEqual(self.order.retention_released, 0)

    def test_who_decides_makes_no_bills(self):
        for user in (self.approver, self.release_officer):
            with self.assertRaises(AccessError):
                self.shell.with_user(user).action_create_bill()
            with self.assertRaises(AccessError):
                self.order.with_user(user).action_create_invoice()
        self.assertFalse(self.order.invoice_ids)

    def test_other_company_bills_nothing_of_ours(self):
        yard = self.env["res.company"].create({"name": "Eastern Shipyard Ltd"})
        groups = f"{PURCHASE_USER},{RELEASE_OFFICER},account.group_account_manager"
        stranger = new_test_user(
            self.env,
            "ms_stranger",
            groups,
            company_id=yard.id,
            company_ids=[Command.set(yard.ids)],
        )
        bill = self.bill(self.shell)
        release, release_bill = self.release(self.order)
        for attempt in (
            lambda: self.shell.with_user(stranger).action_create_bill(),
            lambda: self.shell.with_user(stranger).action_view_bills(),
            lambda: self.order.with_user(stranger).action_create_invoice(),
            lambda: release.with_user(stranger).action_cancel(),
            lambda: release_bill.with_user(stranger).action_post(),
            lambda: bill.with_user(stranger).action_update_retention(),
            lambda: bill.with_user(stranger).action_view_milestones(),
            lambda: self.shell.receipt_ids.with_user(stranger).read(["amount"]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        receipts = self.env["purchase.milestone.receipt"].with_user(stranger)
        self.assertFalse(receipts.search([]))

    def test_bill_of_another_company_takes_nothing_of_ours(self):
        yard = self.env["res.company"].create({"name": "Eastern Shipyard Ltd"})
        values = {"name": "Bills", "code": "BIL", "type": "purchase", "company_id": yard.id}
        journal = self.env["account.journal"].create(values)
        accounts = self.env["account.account"].with_company(yard)
        expense = accounts.create({"code": "600", "name": "Cost", "account_type": "expense"})
        stranger = new_test_user(
            self.env,
            "ms_stranger",
            "account.group_account_manager",
            company_id=yard.id,
            company_ids=[Command.set(yard.ids)],
        )
        line = {
            "name": "Shell",
            "purchase_line_id": self.order.order_line.id,
            "price_unit": 60_000,
            "account_id": expense.id,
        }
        with self.refused(f"is of an order of {self.company.name}: bill it there"):
            self.env["account.move"].with_user(stranger).create(
                {
                    "move_type": "in_invoice",
                    "journal_id": journal.id,
                    "partner_id": self.vendor.id,
                    "invoice_line_ids": [Command.create(line)],
                }
            )
        self.assertEqual(self.shell.billing_state, "to_bill")

    # ------------------------------------------------------------------
    # The release officer asks, and gains nothing
    # ------------------------------------------------------------------

    def test_release_needs_no_accounting_right_and_gives_none(self):
        bill = self.bill(self.shell)
        release, release_bill = self.release(self.order)
        officer = self.env(user=self.release_officer)
        moves = officer["account.move"]
        for attempt in (
            lambda: moves.search([]),
            lambda: moves.search_count([("id", "in", (bill | release_bill).ids)]),
            lambda: release_bill.with_env(officer).read(["name"]),
            lambda: release_bill.with_env(officer).action_post(),
            lambda: release_bill.with_env(officer).unlink(),
            lambda: officer["account.move.line"].search([]),
            lambda: bill.line_ids.with_env(officer).read(["balance"]),
            lambda: release.search([("bill_id.amount_total", ">", 0)]),
            lambda: release.search([("order_id.retention_line_ids.balance", "<", 0)]),
            lambda: release.mapped("order_id.retention_line_ids.balance"),
            lambda: release.bill_id.amount_total,
            lambda: release.web_read({"bill_id": {"fields": {"amount_total": {}}}}),
            lambda: self.order.with_env(officer).retention_line_ids.mapped("balance"),
            lambda: self.shell.with_env(officer).action_view_bills(),
            lambda: self.order.with_env(officer).action_view_invoice(),
        ):
            with self.assertRaises(AccessError):
                self.env.invalidate_all()
                attempt()
        self.assertFalse(self.release_officer.has_group("account.group_account_readonly"))

    def test_he_reads_his_release_without_a_right_to_its_bill(self):
        self.bill(self.shell)
        release, _bill = self.release(self.order)
        self.env.invalidate_all()
        views = release.get_views([(False, "form"), (False, "list")])
        for view in views["views"].values():
            self.assertIn("arch", view)
        readable = [name for name in release.fields_get() if name != "bill_id"]
        values = release.read(readable)[0]
        self.assertEqual((values["state"], values["is_billed"]), ("draft", True))
        with self.assertRaises(AccessError):
            release.with_context(bin_size=True).web_read(
                {"bill_id": {"fields": {"line_ids": {"fields": {"balance": {}}}}}}
            )

    # ------------------------------------------------------------------
    # What the server owns
    # ------------------------------------------------------------------

    def test_what_bills_have_taken_cannot_be_written(self):
        bill = self.bill(self.shell)
        receipt = self.shell.receipt_ids
        release, release_bill = self.release(self.order)
        for user in (self.buyer, self.manager, self.accountant, self.release_officer):
            for su in (False, True):
                env = self.env(user=user, su=su)
                for record, values in (
                    (self.shell, {"amount_billed": 0}),
                    (self.shell, {"amount_paid": 60_000}),
                    (self.shell, {"billing_state": "paid"}),
                    (self.shell, {"retention_held": 0}),
                    (self.shell, {"receipt_ids": [Command.clear()]}),
                    (self.order, {"retention_line_ids": [Command.clear()]}),
                    (self.order, {"retention_held": 0}),
                    (self.order, {"retention_reserved": 0}),
                    (self.order.order_line, {"milestone_receipt_ids": [Command.clear()]}),
                    (receipt, {"amount": 1}),
                    (receipt, {"quantity": 1}),
                    (release, {"bill_id": bill.id}),
                    (release, {"bill_id": False}),
                    (bill, {"milestone_choice_ids": [Command.set(self.fitout.ids)]}),
                    (release_bill, {"retention_release_ids": [Command.clear()]}),
                    (bill.line_ids[0], {"retention_order_id": self.order.id}),
                    (bill.line_ids[0], {"retention_release_id": release.id}),
                ):
                    with (
                        self.subTest(user=user.login, su=su, values=values),
                        self.assertRaises(UserError),
                        self.env.cr.savepoint(),
                    ):
                        record.with_env(env).write(values)
                        self.env.flush_all()
        for receipts in (receipt.with_user(self.buyer), receipt.sudo()):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                receipts.unlink()

    def test_receipts_cannot_be_made(self):
        values = {
            "milestone_id": self.fitout.id,
            "order_line_id": self.order.order_line.id,
            "quantity": 1,
            "amount": 40_000,
        }
        for env in (self.env(user=self.buyer), self.env(user=self.approver), self.env):
            for attempt in (
                lambda env=env: env["purchase.milestone.receipt"].create(values),
                lambda env=env: self.fitout.with_env(env).write(
                    {"receipt_ids": [Command.create(values)]}
                ),
                lambda env=env: self.order.order_line.with_env(env).write(
                    {"milestone_receipt_ids": [Command.create(values)]}
                ),
            ):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    attempt()

    def test_values_and_defaults_of_a_bill_do_not_stand(self):
        release, _bill = self.release_of_another_order()
        forged_line = {"retention_order_id": self.order.id, "retention_release_id": release.id}
        forged_bill = {"milestone_choice_ids": [Command.set(self.shell.ids)]}
        line = {"name": "Fees", "quantity": 1, "price_unit": 25, "tax_ids": False}
        bill = {"move_type": "in_invoice", "partner_id": self.vendor.id}
        defaults = {f"default_{name}": value for name, value in (forged_line | forged_bill).items()}
        for user in (self.buyer, self.accountant):
            moves = self.env["account.move"].with_user(user)
            by_context = moves.with_context(**defaults)
            made = moves.create(
                {**bill, **forged_bill, "invoice_line_ids": [Command.create(line | forged_line)]}
            )
            made |= by_context.create({**bill, "invoice_line_ids": [Command.create(line)]})
            for name, value in forged_line.items():
                self.env["ir.default"].set("account.move.line", name, value, user_id=user.id)
            made |= moves.create({**bill, "invoice_line_ids": [Command.create(line)]})
            made[0].write({"invoice_line_ids": [Command.create(line | forged_line)]})
            self.assertFalse(made.milestone_choice_ids)
            self.assertFalse(made.line_ids.retention_order_id)
            self.assertFalse(made.line_ids.retention_release_id)
        self.assertFalse(self.order.sudo().retention_line_ids)

    def release_of_another_order(self):
        order = self.create_order(1_000, [self.percent("Survey", 100, 10)], confirm=True)
        self.approve(order.milestone_ids)
        self.bill(order)
        return self.release(order)

    def test_values_and_defaults_of_a_milestone_and_a_release_do_not_stand(self):
        bill = self.bill(self.shell)
        forged = {"amount_billed": 5, "amount_paid": 5, "billing_state": "paid"}
        order = self.create_order(5_000)
        plan = {"order_id": order.id, **self.percent("Crane", 100, 10)}
        milestones = self.env["purchase.milestone"].with_user(self.buyer)
        releases = self.env["purchase.retention.release"].with_user(self.release_officer)
        request = {"order_id": self.order.id, "reason": "Taken over"}
        for name, value in forged.items():
            self.env["ir.default"].set("purchase.milestone", name, value)
        self.env["ir.default"].set("purchase.retention.release", "bill_id", bill.id)
        made = milestones.create({**plan, **forged, "receipt_ids": self.shell.receipt_ids.ids})
        self.assertEqual((made.amount_billed, made.billing_state), (0, "nothing"))
        self.assertFalse(made.receipt_ids)
        for release in (
            releases.create(dict(request)),
            releases.create({**request, "bill_id": bill.id}),
            releases.with_context(default_bill_id=bill.id).create(dict(request)),
        ):
            self.assertFalse(release.sudo().bill_id)

    # ------------------------------------------------------------------
    # The vendor
    # ------------------------------------------------------------------

    def test_vendor_sees_none_of_it(self):
        vendor = new_test_user(self.env, "ms_portal", "base.group_portal")
        partner = vendor.partner_id
        self.vendor = partner
        order = self.create_order(1_000, [self.percent("Survey", 100, 10)], confirm=True)
        order.sudo().message_subscribe(partner.ids)
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        release, _release_bill = self.release(order)
        known = ("milestone_enabled", "qty_received_method")  # No secret, or Odoo's own.
        for record in (order, order.order_line, bill, bill.line_ids):
            ours = {
                name
                for name, field in record._fields.items()
                if field._module == "purchase_milestone" and name not in known
            }
            self.assertTrue(ours)
            self.assertFalse(ours & set(record.with_user(vendor).fields_get()), record)
            for name in sorted(ours):
                with self.subTest(field=name), self.assertRaises(AccessError):
                    record.with_user(vendor).read([name])
        for record in (order.milestone_ids, order.milestone_ids.receipt_ids, release):
            with self.assertRaises(AccessError):
                record.with_user(vendor).read(["display_name"])
