from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import APPROVER, PURCHASE_MANAGER, PURCHASE_USER, RELEASE_OFFICER
from ..milestone.common_guards import GuardCommon


@tagged("post_install", "-at_install")
class TestAccessForms(GuardCommon):
    """What people without a purchase right see and do in the screens that are made for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = new_test_user(cls.env, "ms_auditor", "account.group_account_readonly")
        cls.invoicing = new_test_user(cls.env, "ms_bills", "account.group_account_invoice")
        cls.order = cls.create_order(
            100_000, [cls.fixed("Cable trays", 40_000), cls.balance("Handover")], confirm=True
        )
        cls.env["ir.attachment"].create(
            {
                "name": "Earthing.pdf",
                "raw": b"0.8 ohm",
                "res_model": "purchase.milestone",
                "res_id": cls.order.milestone_ids[0].id,
            }
        )
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.env.invalidate_all()

    def read_form(self, record, user, view_id=False):
        """Return what the form of ``user`` reads of ``record``, by field."""
        model = record.with_user(user)
        views = model.get_views([(view_id, "form")], {"toolbar": True})
        form = etree.fromstring(views["views"]["form"]["arch"])
        (values,) = model.web_read(self.specification(form, model))
        return values

    def specification(self, view, model):
        """Return what the web client asks of the server for this part of a view."""
        wanted = {}
        for node in view.iterchildren(etree.Element):
            if node.tag != "field":
                wanted.update(self.specification(node, model))
                continue
            field = model._fields[node.get("name")]
            wanted[field.name] = {}
            if field.relational:
                inner = self.specification(node, model.env[field.comodel_name])
                wanted[field.name] = {"fields": inner or {"display_name": {}}}
        return wanted

    def test_order_opens_in_a_form_without_bills(self):
        ours = self.env.ref("purchase_milestone.purchase_order_view_form_approver").id
        for user in (self.approver, self.release_officer):
            with self.subTest(user=user.login):
                order = self.order.with_user(user)
                self.assertEqual(order.get_formview_id(), ours)
                self.assertEqual(self.order.sudo().get_formview_id(access_uid=user.id), ours)
                self.assertEqual(order.get_formview_action()["views"], [(ours, "form")])
                # By its own id, and as the first form that a link or a list opens.
                for view_id in (ours, False):
                    values = self.read_form(self.order, user, view_id)
                    names = [milestone["name"] for milestone in values["milestone_ids"]]
                    self.assertEqual(names, ["Cable trays", "Handover"])
                    self.assertEqual(values["order_line"][0]["price_subtotal"], 100_000)
                    self.assertFalse({"invoice_ids", "invoice_count"} & values.keys())
                self.assertFalse(self.env["account.move"].with_user(user).has_access("read"))

    def test_buyers_keep_odoos_form(self):
        for user in (self.buyer, self.manager):
            user.group_ids += self.env.ref(APPROVER)
            form_id = self.order.with_user(user).get_formview_id()
            self.assertNotEqual(
                form_id, self.env.ref("purchase_milestone.purchase_order_view_form_approver").id
            )

    def test_everybody_who_reads_milestones_can_open_their_form_and_list(self):
        milestone = self.order.milestone_ids[0]
        users = (
            *(self.buyer, self.manager, self.approver, self.release_officer),
            *(self.auditor, self.invoicing),
        )
        for user in users:
            with self.subTest(user=user.login):
                values = self.read_form(milestone, user)
                self.assertEqual(values["document_ids"][0]["name"], "Earthing.pdf")
                self.assertEqual(values["order_line_ids"][0]["price_subtotal"], 100_000)
                self.assertIn(self.order.name, values["order_id"]["display_name"])
                model = milestone.with_user(user)
                views = model.get_views([(False, "list"), (False, "search")])["views"]
                fields = self.specification(etree.fromstring(views["list"]["arch"]), model)
                found = model.web_search_read([("order_id", "=", self.order.id)], fields)
                self.assertEqual(found["length"], 2)

    def test_buttons_of_others_are_not_shown(self):
        for user, methods in (
            (
                self.buyer,
                {
                    *("action_start", "action_open_completion", "action_reset", "action_rework"),
                    *("action_merge_back", "action_accept_submission"),
                    *("action_create_bill", "action_verify_evidence"),
                },
            ),
            (self.approver, {"action_approve", "action_verify_evidence"}),
            (self.auditor, {"action_verify_evidence"}),
        ):
            form = self.env["purchase.milestone"].with_user(user).get_view(view_type="form")
            buttons = etree.fromstring(form["arch"]).xpath("//header/button[@type='object']")
            self.assertEqual({button.get("name") for button in buttons}, methods)

    def test_menu_of_ones_own(self):
        own = self.env.ref("purchase_milestone.purchase_milestone_menu_root")
        purchase = self.env.ref("purchase.menu_purchase_root")
        to_approve = self.env.ref("purchase_milestone.purchase_milestone_menu_to_approve")
        for user, seen in (
            (self.approver, own + to_approve),
            (self.release_officer, own),
            (self.buyer, own + purchase),
        ):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            menus = own + purchase + to_approve
            self.assertEqual(menus.filtered(lambda m, ids=visible: m.id in ids), seen, user.login)

    def test_chatter_is_open_to_readers(self):
        milestone = self.order.milestone_ids[0]
        for user in (self.approver, self.release_officer, self.auditor):
            message = milestone.with_user(user).message_post(body="Who measured the earthing?")  # pylint: disable=translation-required
            self.assertEqual(message.author_id, user.partner_id)
        employee = new_test_user(self.env, "ms_employee")
        with self.assertRaises(AccessError):
            milestone.with_user(employee).message_post(body="What is this?")  # pylint: disable=translation-required

    def test_each_right_stands_alone(self):
        rights = [self.env.ref(APPROVER), self.env.ref(RELEASE_OFFICER)]
        purchase = self.env.ref(PURCHASE_USER)
        privileges = {right.privilege_id for right in rights}
        self.assertEqual(len(privileges), 2)
        self.assertNotIn(purchase.privilege_id, privileges)
        for right in rights:
            self.assertEqual(right.privilege_id.group_ids, right)
            self.assertFalse(right.all_implied_ids & (purchase | rights[0] | rights[1]) - right)
            for other in (PURCHASE_USER, PURCHASE_MANAGER):
                self.assertNotIn(right, self.env.ref(other).all_implied_ids)
        self.assertFalse(self.manager.has_group(APPROVER))
        self.assertFalse(self.manager.has_group(RELEASE_OFFICER))

    def test_settings_are_the_administrators(self):
        settings = self.env["res.config.settings"]
        for user in (self.buyer, self.manager, self.approver, self.release_officer):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                settings.with_user(user).create({"milestone_four_eyes": False}).execute()
        self.assertTrue(self.company.milestone_four_eyes)
        settings.with_user(self.administrator).create({"milestone_four_eyes": False}).execute()
        self.assertFalse(self.company.milestone_four_eyes)
