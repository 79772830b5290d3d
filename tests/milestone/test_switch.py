from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import APPROVER, PURCHASE_MANAGER, PURCHASE_USER, RELEASE_OFFICER
from ..retention.common import RetentionCommon

SWITCHED_OFF = "switched off for Northern Properties Ltd"
MENUS = {
    "buyer": "purchase_milestone_menu",
    "manager": "purchase_milestone_template_menu",
    "approver": "purchase_milestone_menu_to_approve",
    "release_officer": "purchase_milestone_menu_retention",
}


@tagged("post_install", "-at_install")
class TestSwitch(RetentionCommon):
    """One company switches milestones off while it has some; a harbour goes on with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.name = "Northern Properties Ltd"
        cls.env["res.company"].search([("id", "!=", cls.company.id)]).milestone_enabled = False
        cls.harbour = cls.env["res.company"].create({"name": "Harbour Works Ltd"})
        cls.harbour_buyer = new_test_user(
            cls.env,
            "ms_harbour",
            PURCHASE_USER,
            company_id=cls.harbour.id,
            company_ids=[Command.set(cls.harbour.ids)],
        )
        cls.template = cls.env["purchase.milestone.template"].create(
            {
                "name": "Fit-out 40/60",
                "company_id": cls.company.id,
                "line_ids": [
                    Command.create(cls.percent("Racks", 40)),
                    Command.create(cls.percent("Handover", 60)),
                ],
            }
        )
        states = ("pending", "started", "completed", "approved", "rejected")
        plan = [cls.fixed(state.title(), 10_000, retention=10) for state in states]
        cls.order = cls.create_order(100_000, plan, confirm=True)
        cls.in_state = dict(zip(states, cls.order.milestone_ids, strict=True))
        for state, milestone in cls.in_state.items():
            cls.bring_to(milestone, state)
        cls.request = cls.create_order(50_000, [cls.fixed("Bridge deck", 20_000)])
        cls.finished = cls.approved_order(20_000, [cls.fixed("Quay", 20_000, retention=10)])
        cls.accepted = cls.approved_order(20_000, [cls.fixed("Crane", 20_000, retention=10)])
        cls.accepted.with_user(cls.approver).action_final_acceptance()
        cls.released = cls.new_release(cls.accepted, amount=500)
        cls.released.action_confirm()
        cls.release = cls.new_release(cls.accepted, amount=700)
        cls.document = cls.attach(cls.in_state["pending"])
        cls.company.milestone_enabled = False

    @classmethod
    def attach(cls, record):
        values = {"name": "Survey.pdf", "raw": b"%PDF", **cls.place(record)}
        return cls.env["ir.attachment"].with_user(cls.buyer).create(values)

    @classmethod
    def place(cls, record):
        return {"res_model": record._name, "res_id": record.id}

    def doors(self):
        """Return what milestones offer, as ``{what: (record, method, arguments)}``."""
        pending, order, release = self.in_state["pending"], self.order, self.release
        elsewhere = self.attach(order)
        return {
            "start": (pending, "action_start"),
            "reset": (self.in_state["started"], "action_reset"),
            "complete": (self.in_state["started"], "action_complete"),
            "approve": (self.in_state["completed"], "action_approve"),
            "reject": (self.in_state["completed"], "action_reject", "Not earthed"),
            "rework": (self.in_state["rejected"], "action_rework"),
            "revoke": (self.in_state["approved"], "action_revoke", "Certificate withdrawn"),
            "edit": (pending, "write", {"name": "Survey and earthworks"}),
            "hand over": (pending, "write", {"user_id": self.manager.id}),
            "delete": (pending, "unlink"),
            "add": (pending, "create", {"order_id": order.id, **self.fixed("Signs", 1_000)}),
            "plan": (self.request, "write", {"milestone_ids": [Command.clear()]}),
            "terms": (self.request, "write", {"retention_period_days": 365}),
            "template": (self.request, "_apply_milestone_template", self.template),
            "template dialog": (self.request, "action_apply_milestone_template"),
            "save as template": (order, "action_save_milestone_template"),
            "acceptance": (self.finished, "action_final_acceptance"),
            "revoke acceptance": (self.accepted, "action_revoke_acceptance", "Leaking joints"),
            "open a release": (self.accepted, "action_release_retention"),
            "draft a release": (release, "create", {"order_id": order.id, "reason": "Taken over"}),
            "edit a release": (release, "write", {"reason": "Taken over"}),
            "release": (release, "action_confirm"),
            "cancel a release": (self.released, "action_cancel"),
            "delete a release": (release, "unlink"),
            "attach": (elsewhere, "create", {"name": "Site.jpg", **self.place(pending)}),
            "move a document here": (elsewhere, "write", self.place(pending)),
            "rename a document": (self.document, "write", {"name": "Other.pdf"}),
            "delete a document": (self.document, "unlink"),
        }

    def test_everything_is_refused_to_everybody(self):
        all_rights = ",".join((PURCHASE_MANAGER, APPROVER, RELEASE_OFFICER))
        chief = new_test_user(self.env, "ms_chief", all_rights)
        for what, (record, method, *arguments) in self.doors().items():
            for env in (self.env(user=chief), self.env(user=chief, su=True)):
                with self.subTest(what=what, su=env.su), self.refused(SWITCHED_OFF):
                    getattr(record.with_env(env), method)(*arguments)

    def test_what_a_mail_brings_is_recorded(self):
        milestone = self.in_state["completed"]
        text = "When is the test?"
        question = milestone.message_post(body=text, message_type="comment")
        mail = (
            "From: Site office <site@northern.example>\n"
            "To: purchase@properties.example\n"
            f"In-Reply-To: {question.message_id}\n"
            "Message-Id: <reply@northern.example>\n"
            "Subject: Re: test\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="part"\n\n'
            "--part\nContent-Type: text/plain\n\nTomorrow, see the plan.\n"
            "--part\nContent-Type: text/plain; name=plan.txt\n"
            "Content-Disposition: attachment; filename=plan.txt\n\nAt noon\n--part--\n"
        )
        self.env["mail.thread"].message_process(False, mail)
        self.assertEqual(milestone.document_ids.mapped("name"), ["plan.txt"])
        self.assertIn("Tomorrow", milestone.message_ids[0].body)
        for env in (self.env(user=self.buyer), self.env(user=self.buyer, su=True)):
            # The same by hand is what people do, whatever they put into the context.
            by_hand = milestone.with_env(env).with_context(purchase_milestone_mail=True)
            with self.refused(SWITCHED_OFF):
                by_hand.message_post(body=text, attachments=[("plan.txt", b"At noon")])

    def test_a_template_of_that_company_stands(self):
        template = self.template.with_user(self.manager)
        with self.refused("access"):
            template.name = "Fit-out"
        with self.refused("access"):
            template.line_ids[0].name = "Cages"

    def test_what_is_there_can_be_read(self):
        for user in (self.buyer, self.approver, self.release_officer):
            order = self.order.with_user(user)
            self.assertEqual(order.milestone_ids.mapped("state"), list(self.in_state))
            self.assertEqual(order.milestone_amount, 50_000)
            self.assertEqual(self.accepted.with_user(user).retention_open, 1_500)
        self.assertEqual(self.document.with_user(self.buyer).raw, b"%PDF")

    def test_orders_go_on_as_in_odoo(self):
        above = self.create_order(1_000)
        self.request.order_line.price_unit = 1_000
        self.assertLess(self.request.milestone_unallocated, 0)
        (self.request | above).button_confirm()
        self.assertEqual(self.request.state, "purchase")
        self.request.button_cancel()
        self.request.button_draft()
        self.request.button_cancel()
        self.request.unlink()
        self.assertFalse(self.request.exists())

    def test_an_order_with_a_draft_release_and_documents_can_be_deleted(self):
        self.company.milestone_enabled = True
        order = self.approved_order(20_000, [self.fixed("Crane rail", 20_000, retention=10)])
        self.attach(order.milestone_ids)
        self.new_release(order, amount=500)
        order.milestone_ids.with_user(self.approver).action_revoke("Certificate withdrawn")
        self.company.milestone_enabled = False
        order.button_cancel()
        order.unlink()
        self.assertFalse(order.exists())

    def test_the_approved_stay_protected(self):
        with self.refused("Revoke the approval"):
            self.order.button_cancel()

    def test_two_requests_with_plans_merge_and_keep_them(self):
        self.company.milestone_enabled = True
        other = self.create_order(30_000, [self.fixed("Piles", 30_000)])
        self.company.milestone_enabled = False
        (self.request | other).action_merge()
        states = {self.request.state: self.request, other.state: other}
        self.assertEqual(set(states), {"draft", "cancel"})
        self.assertEqual(len(states["draft"].milestone_ids), 1)
        self.assertEqual(len(states["cancel"].milestone_ids), 1)

    def test_new_orders_and_copies_get_no_milestones(self):
        self.company.milestone_template_id = self.template
        self.assertFalse(self.create_order(10_000).milestone_ids)
        self.assertFalse(self.order.copy().milestone_ids)
        with self.refused(SWITCHED_OFF):
            self.create_order(10_000, [self.fixed("Racks", 4_000)])

    def test_switched_on_again_everything_goes_on(self):
        self.company.milestone_enabled = True
        self.in_state["pending"].with_user(self.buyer).action_start()
        self.release.action_confirm()
        self.assertEqual(self.order.copy().milestone_ids.mapped("state"), ["pending"] * 5)

    def test_the_other_company_goes_on(self):
        order = (
            self.env["purchase.order"]
            .with_user(self.harbour_buyer)
            .create(
                {
                    "partner_id": self.vendor.id,
                    "order_line": [Command.create(self.line_values(900_000))],
                    "milestone_ids": [Command.create(self.fixed("Dredging", 300_000))],
                }
            )
        )
        order.button_confirm()
        order.milestone_ids.action_start()
        self.assertEqual(order.milestone_ids.state, "started")

    def assert_menus(self, shown):
        for who, menu in MENUS.items():
            menu = self.env.ref(f"purchase_milestone.{menu}")
            user = getattr(self, who)
            visible = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertEqual(menu.id in visible, shown, f"{menu.complete_name} for {who}")

    def test_menus_are_there_as_long_as_a_company_has_milestones(self):
        self.assert_menus(True)
        self.harbour.milestone_enabled = False
        self.assert_menus(False)
        self.env["res.company"].create({"name": "Western Rail Ltd"})
        self.assert_menus(True)

    def test_menus_ask_for_the_right_as_well(self):
        clerk = new_test_user(self.env, "ms_clerk", "base.group_user")
        visible = self.env["ir.ui.menu"].with_user(clerk).load_menus(False)
        for menu in (*MENUS.values(), "purchase_milestone_menu_root"):
            self.assertNotIn(self.env.ref(f"purchase_milestone.{menu}").id, visible, menu)

    def test_the_settings_switch_it(self):
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        self.assertFalse(settings.milestone_enabled)
        settings.milestone_enabled = True
        settings.execute()
        self.assertTrue(self.company.milestone_enabled)
