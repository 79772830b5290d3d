import shutil
import tempfile

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.purchase_milestone.system.life import LifeCommon

AUDITED = ("purchase.order", "purchase.order.line", "purchase.milestone", "account.move")


class NeighbourCommon(LifeCommon):
    """An order of 1,000 in two milestones, of which the first is approved and billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            1_000,
            [cls.percent("Racks", 60, retention=10), cls.percent("Power", 40, retention=10)],
            confirm=True,
            user_id=cls.buyer.id,
        )
        cls.racks, cls.power = cls.order.milestone_ids


@tagged("post_install", "-at_install")
class TestPurchaseNeighbours(NeighbourCommon):
    def test_security_hides_the_milestones_of_orders_of_others(self):
        colleague = new_test_user(
            self.env, "nb_colleague", "purchase_security.group_purchase_own_orders"
        )
        self.assertFalse(self.env["purchase.milestone"].with_user(colleague).search([]))
        with self.refused("", AccessError):
            self.racks.with_user(colleague).read(["name"])
        with self.refused("", AccessError):
            self.racks.with_user(colleague).action_start()

    def test_tier_validation_holds_for_the_plan_too(self):
        self.env["tier.definition"].create(
            {
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "review_type": "individual",
                "reviewer_id": self.manager.id,
                "definition_domain": "[]",
            }
        )
        order = self.create_order(1_000, [self.percent("Racks", 60), self.percent("Power", 40)])
        order.request_validation()
        racks = order.milestone_ids[0]
        for edit in (
            lambda: racks.write({"percentage": 50}),
            racks.unlink,
            lambda: racks.copy({"percentage": 0}),
        ):
            with self.refused("under validation", ValidationError):
                edit()

    def test_archived_order_with_retention_keeps_milestones_switched_on(self):
        self.approve(self.racks)
        self.bill(self.racks)
        order = self.order.sudo()
        order.button_lock()
        order.action_archive()
        with self.refused(f"retention to release on {order.name}"):
            self.company.milestone_enabled = False

    def test_order_that_is_forced_to_be_billed_has_nothing_to_bill(self):
        self.approve(self.racks)
        order = self.order.sudo()
        order.button_lock()
        order.force_invoiced = True
        self.assertNotEqual(order.invoice_status, "to invoice")
        with self.refused("nothing to bill"):
            self.create_bill(self.racks)
        order.force_invoiced = False
        self.assertEqual(order.invoice_status, "to invoice")

    def test_deposit_is_billed_before_anything_is_approved_and_recovered(self):
        wizard = (
            self.env["purchase.advance.payment.inv"]
            .with_context(active_ids=self.order.ids)
            .create(
                {
                    "advance_payment_method": "fixed",
                    "amount": 300,
                    "deposit_account_id": self.tax_account.id,
                    "deposit_taxes_id": [Command.clear()],
                }
            )
        )
        wizard.create_invoices()
        deposit = self.post(self.order.sudo().invoice_ids)
        self.assertEqual((deposit.state, deposit.amount_total), ("posted", 300))
        self.approve(self.racks)
        self.assertEqual(self.bill(self.racks).amount_total, 600 - 60 - 300)
        self.approve(self.power)
        self.assertEqual(self.bill(self.power).amount_total, 400 - 40)

    def test_merged_bills_withhold_once(self):
        for milestone in (self.racks, self.power):
            self.approve(milestone)
            self.create_bill(milestone)
        bills = self.order.sudo().invoice_ids.with_user(self.accountant)
        bills.do_merge(keep_references=False)
        merged = self.order.sudo().invoice_ids.filtered(lambda bill: bill.state == "draft")
        self.assertEqual(len(merged), 1)
        merged = merged.with_user(self.accountant)
        merged.action_update_retention()
        self.post(merged)
        self.assertEqual(self.held_in_books(self.order), 100)
        self.assertEqual(self.order.retention_held, 100)
        self.assertEqual(merged.amount_total, 900)


@tagged("post_install", "-at_install")
class TestAudited(NeighbourCommon):
    """Everything that happens to orders, milestones and bills is logged in full."""

    def setUp(self):
        super().setUp()
        rules = self.env["auditlog.rule"]
        for model in AUDITED:
            rules |= rules.create(
                {
                    "name": f"All of {model}",
                    "model_id": self.env["ir.model"]._get_id(model),
                    "log_type": "full",
                    **{f"log_{kind}": True for kind in ("create", "write", "unlink", "read")},
                }
            )
        rules.set_to_confirmed()
        self.addCleanup(rules.set_to_draft)

    def test_milestone_made_by_a_write_of_its_order_is_whole(self):
        order = self.create_order(1_000, [self.fixed("Racks", 600)])
        order.write({"milestone_ids": [Command.create(self.fixed("Power", 400))]})
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT currency_id, company_id, partner_id FROM purchase_milestone"
            " WHERE order_id = %s",
            (order.id,),
        )
        expected = (order.currency_id.id, order.company_id.id, order.partner_id.id)
        self.assertEqual(self.env.cr.fetchall(), [expected] * 2)
        order.button_confirm()
        self.bring_to(order.milestone_ids, "approved")

    def test_life_of_an_order(self):
        self.set_rates(self.company)
        tax = self.new_tax(15)
        for policy in ("on_bill", "on_release"):
            for currency in (self.company.currency_id, self.foreign):
                with self.subTest(policy=policy, currency=currency.name):
                    self.company.retention_tax_policy = policy
                    order, bills = self.live(self.company, currency, tax)
                    self.check_books(order, bills)
        logged = self.env["auditlog.log"].search([]).model_id.mapped("model")
        self.assertEqual(set(logged) & set(AUDITED), set(AUDITED))


@tagged("post_install", "-at_install")
class TestOtherStorage(NeighbourCommon):
    """The addon fs_attachment stores everything in a storage of its own, which it calls s3."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.env["fs.storage"].create(
            {
                "name": "Shared Disk",
                "code": "s3",
                "protocol": "file",
                "directory_path": folder,
                "use_as_default_for_attachments": True,
            }
        )

    def test_its_documents_are_theirs(self):
        document = self.env["ir.attachment"].create(
            {
                "name": "Earthing test.pdf",
                "raw": b"All trays below 0.1 ohm",
                "res_model": "purchase.milestone",
                "res_id": self.power.id,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(document.store_fname.startswith("s3://"))
        self.assertEqual(document.raw, b"All trays below 0.1 ohm")
        bucket = self.env["s3.bucket"].create(
            {"name": "Documents", "bucket": "fit-out", "company_id": self.company.id}
        )
        self.assertEqual(bucket.waiting_count, 0)
        self.assertEqual(document.copy().raw, b"All trays below 0.1 ohm")


@tagged("post_install", "-at_install")
class TestLineReassigned(NeighbourCommon):
    def test_line_stays_once_something_of_it_is_approved(self):
        self.approve(self.racks)
        other = self.create_order(500, confirm=True)
        wizard = (
            self.env["purchase.order.line.reassign.wiz"]
            .with_user(self.buyer)
            .with_context(active_ids=self.order.order_line.ids)
            .create({"purchase_order_id": other.id})
        )
        with self.refused("", UserError):
            wizard.action_apply()
