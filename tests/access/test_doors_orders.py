"""Ways around the rules that lead through the order, the history or a share of a release."""

from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Date
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import APPROVER, PURCHASE_USER
from ..retention.common import RetentionCommon

HISTORY = "history of milestones cannot be changed"


@tagged("post_install", "-at_install")
class TestDoorsOrders(RetentionCommon):
    def test_plan_is_checked_when_it_is_written_through_another_order(self):
        bridge = self.create_order(
            1_000, [self.fixed("Piers", 500), self.balance("Deck")], confirm=True
        )
        road = self.create_order(1_000, [self.fixed("Survey", 100)])
        piers = bridge.milestone_ids[0]
        for values, words in (
            ({"amount": 5_000}, "exceed its untaxed total"),
            ({"amount_type": "balance"}, "only one open balance"),
        ):
            with self.refused(words, ValidationError):
                road.write({"milestone_ids": [(1, piers.id, values)]})
        self.assertEqual(bridge.milestone_ids.mapped("amount"), [500, 500])

    def test_company_with_other_rules_is_no_way_around_four_eyes(self):
        yard = self.env["res.company"].create({"name": "Lax Yard", "milestone_four_eyes": False})
        both = new_test_user(
            self.env,
            "ms_both",
            f"{PURCHASE_USER},{APPROVER}",
            company_id=self.company.id,
            company_ids=[(6, 0, (self.company | yard).ids)],
        )
        order = self.create_order(1_000, [self.percent("Hull", 50)], confirm=True)
        order.milestone_ids.with_user(both).action_start()
        order.milestone_ids.with_user(both).action_complete()
        companies = (self.company | yard).ids
        with self.refused("company and the currency cannot be changed", UserError):
            order.with_user(both).with_context(allowed_company_ids=companies).write(
                {"company_id": yard.id}
            )

    def test_vendor_stands_from_the_first_approval(self):
        order = self.approved_order(1_000, [self.percent("Hull", 50)])
        other = self.env["res.partner"].create({"name": "Another yard"})
        with self.refused("vendor cannot be changed"):
            order.partner_id = other
        order.partner_id = self.vendor

    def test_untaxed_total_cannot_be_made_up(self):
        order = self.create_order(1_000, [self.fixed("Hull", 900)], confirm=True)
        order.write({"amount_untaxed": 50_000})
        self.assertEqual(order.amount_untaxed, 1_000)
        made_up = dict.fromkeys(("amount_untaxed", "milestone_unallocated"), 50_000)
        order = self.create_order(1_000, [self.fixed("Hull", 900)], **made_up)
        self.assertEqual((order.amount_untaxed, order.milestone_unallocated), (1_000, 100))

    def test_release_belongs_to_its_orders_company(self):
        elsewhere = self.env["res.company"].create({"name": "Other yard"})
        order = self.approved_order(1_000, [self.percent("Hull", 50, retention=10)])
        door = order.with_context(default_company_id=elsewhere.id)
        for release in (
            self.new_release(order, company_id=elsewhere.id),
            self.env["purchase.retention.release"]
            .with_context(**door.env.context)
            .create({"order_id": order.id}),
        ):
            self.assertEqual(release.company_id, self.company)

    def test_history_can_be_neither_rewritten_nor_removed(self):
        order = self.approved_order(1_000, [self.percent("Hull", 50)])
        order.with_user(self.approver).action_final_acceptance()
        for record in (order.milestone_ids, order):
            line = record.message_ids[0]
            for message in (line.with_user(self.buyer), line.sudo()):
                with self.refused(HISTORY):
                    message.write({"body": "All is fine"})
                with self.refused(HISTORY):
                    message.unlink()

    def test_history_is_mailed_to_who_follows(self):
        order = self.create_order(1_000, [self.percent("Hull", 50)])
        self.vendor.email = "yard@example.com"
        for record in (order.milestone_ids, order):
            line = record.with_user(self.buyer).message_post(  # pylint: disable=translation-required
                body="A surveyor comes", partner_ids=self.vendor.ids, subtype_xmlid="mail.mt_note"
            )
            self.assertEqual(line.message_type, "notification")
            self.assertEqual(line.sudo().mail_ids.recipient_ids, self.vendor)
            with self.refused(HISTORY):
                line.write({"subject": "All is fine"})

    def test_history_goes_with_its_milestone(self):
        order = self.create_order(1_000, [self.percent("Hull", 50)], confirm=True)
        hull = order.milestone_ids
        hull.with_user(self.buyer).action_start()
        hull.with_user(self.buyer).action_reset()
        hull.with_user(self.buyer).unlink()
        self.assertIn("Milestones deleted: Hull", order.message_ids[0].preview)

    def test_who_decided_cannot_be_deleted(self):
        inspector = new_test_user(self.env, "ms_inspector", APPROVER)
        order = self.create_order(1_000, [self.percent("Hull", 50)], confirm=True)
        self.bring_to(order.milestone_ids, "completed")
        order.milestone_ids.with_user(inspector).action_approve()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            inspector.unlink()
        self.assertEqual(order.milestone_ids.approved_by_id, inspector)

    def test_shares_are_made_by_the_release_alone(self):
        order = self.approved_order(1_000, [self.percent("Hull", 50, retention=10)])
        release = self.new_release(order, amount=20, early=True)
        release.action_confirm()
        share = {
            "release_id": release.id,
            "milestone_id": order.milestone_ids.id,
            "amount": 30,
        }
        lines = release.line_ids.sudo()
        for attempt in (
            lambda: lines.create(share),
            lambda: lines.write({"amount": 1}),
            lines.unlink,
        ):
            with self.refused("computed when it is confirmed"):
                attempt()
        self.assertEqual(order.retention_released, 20)

    def test_two_drafts_up_to_half_release_half(self):
        order = self.approved_order(1_000, [self.percent("Hull", 100, retention=10)])
        drafts = [self.new_release(order, percentage=50, early=True) for _twice in range(2)]
        drafts[0].action_confirm()
        with self.refused("above zero"):
            drafts[1].action_confirm()
        self.assertEqual(order.retention_open, 50)

    def test_terms_are_the_buyers_and_stand_with_the_lock(self):
        clerk = new_test_user(self.env, "ms_bookkeeper", "account.group_account_invoice")
        order = self.create_order(1_000, [self.percent("Hull", 50)], confirm=True)
        with self.assertRaises(AccessError):
            order.with_user(clerk).retention_limit = 5
        order.button_lock()
        with self.refused("are locked"):
            order.retention_period_days = 30

    def test_order_that_is_a_request_again_has_an_open_plan(self):
        order = self.create_order(1_000, [self.percent("Hull", 50)], confirm=True)
        self.bring_to(order.milestone_ids, "completed")
        order.button_cancel()
        order.button_draft()
        self.assertEqual(order.milestone_ids.state, "pending")
        self.assertFalse(order.milestone_ids.completed_by_id)
        self.assertIn("Completed → Pending", order.milestone_ids.message_ids[0].preview)

    def test_every_operation_of_the_reason_dialog_has_its_button(self):
        wizard = self.env["purchase.milestone.reason"].with_user(self.approver)
        arch = etree.fromstring(wizard.get_view(view_type="form")["arch"])
        shown_for = {
            button.get("invisible") for button in arch.iterfind(".//button[@name='action_confirm']")
        }
        operations = dict(wizard._fields["operation"].selection)
        self.assertEqual(shown_for, {f"operation != '{operation}'" for operation in operations})

    def test_acceptance_date_in_plain_words(self):
        order = self.approved_order(1_000, [self.percent("Hull", 50)])
        with self.refused("“soon” is not a valid date"):
            order.with_user(self.approver).action_final_acceptance("soon")
        order.with_user(self.approver).action_final_acceptance(Date.today())

    def test_unusable_default_template_does_not_stop_purchasing(self):
        yard = self.env["res.company"].create({"name": "Other yard"})
        template = self.env["purchase.milestone.template"].create({"name": "Ours"})
        self.company.milestone_template_id = template
        template.company_id = yard
        self.assertFalse(self.create_order(1_000).milestone_ids)
