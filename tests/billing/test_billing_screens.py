from lxml import etree

from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingScreens(BillingCommon):
    """What accountants and release officers find where they look for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [cls.percent("Shell", 60, retention=10), cls.percent("Fit-out", 40, retention=5)],
            confirm=True,
        )

    def found_by(self, action, *filters, user=None):
        """Return the records that an action shows with these of its filters, which add up."""
        action = self.env["ir.actions.act_window"]._for_xml_id(f"purchase_milestone.{action}")
        model = self.env[action["res_model"]].with_user(user or self.release_officer)
        view = model.get_view(action["search_view_id"] and action["search_view_id"][0], "search")
        arch = etree.fromstring(view["arch"])
        context = safe_eval(action["context"])
        names = filters or [
            key.removeprefix("search_default_")
            for key, value in context.items()
            if key.startswith("search_default_") and value
        ]
        domains = [
            Domain(safe_eval(node.get("domain")))
            for name in names
            for node in arch.xpath(f"//filter[@name='{name}']")
        ]
        self.assertEqual(len(domains), len(names))
        return model.search(
            Domain(safe_eval(action["domain"] or "[]"))
            & (Domain.OR(domains) if domains else Domain.TRUE)
        )

    def test_orders_whose_retention_waits_for_its_bill_are_among_those_with_retention(self):
        other = self.create_order(10_000, [self.percent("Shell", 100, retention=10)], confirm=True)
        self.approve(self.order.milestone_ids)
        self.assertEqual(self.order.sudo().retention_open, 0)
        shown = self.found_by("purchase_order_action_retention")
        self.assertIn(self.order, shown)
        self.assertNotIn(other, shown)
        self.bill(self.order)
        waiting = self.found_by("purchase_order_action_retention", "retention_waiting")
        self.assertNotIn(self.order, waiting)
        self.assertIn(self.order, self.found_by("purchase_order_action_retention"))

    def test_a_release_that_waits_for_its_bill_says_so(self):
        self.approve(self.order.milestone_ids)
        self.bill(self.order)
        draft = self.new_draft()
        release, bill = self.release(self.order, amount=3_000)
        self.assertEqual((draft.status, release.status), ("draft", "waiting"))
        shown = self.found_by("purchase_retention_release_action")
        self.assertEqual(shown & (draft | release), draft | release)
        self.assertNotIn(draft, self.found_by("purchase_retention_release_action", "waiting"))
        self.post(bill)
        self.assertEqual(release.status, "done")
        self.assertNotIn(release, self.found_by("purchase_retention_release_action"))
        second, bill = self.release(self.order, amount=1_000)
        second.action_cancel()
        self.assertEqual(second.status, "cancelled")

    def test_the_dialog_tells_that_a_release_waits_for_its_bill(self):
        self.approve(self.order.milestone_ids)
        self.bill(self.order)
        dialogs = self.env["purchase.retention.release.create"].with_user(self.release_officer)
        values = {"order_id": self.order.id, "amount": 500, "early": True, "reason": "Agreed"}
        notice = dialogs.create(values).action_confirm()
        self.assertIn("is now “Waiting for Its Bill”", notice["params"]["message"])

    def test_bills_name_their_milestones_and_their_release(self):
        shell, fitout = self.order.milestone_ids
        self.approve(shell)
        first = self.bill(shell)
        self.assertIn("Shell", first.invoice_line_ids[0].name)
        self.approve(fitout)
        second = self.bill(self.order)
        self.assertIn("Fit-out", second.invoice_line_ids[0].name)
        self.assertNotIn("Shell", second.invoice_line_ids[0].name)
        release, bill = self.release(self.order, amount=3_000, reason="Snags are mended")
        self.assertEqual(bill.invoice_origin, f"{self.order.name}, {release.name}")
        self.assertEqual(bill.ref, f"{release.name}: Snags are mended")
        history = " ".join(bill.message_ids.mapped("preview"))
        for word in (release.name, self.order.name, "Snags are mended"):
            self.assertIn(word, history)

    def test_a_bill_of_many_milestones_names_some_of_them(self):
        plan = [self.percent(f"Floor {number}", 12.5) for number in range(1, 9)]
        order = self.create_order(80_000, plan, confirm=True)
        self.approve(order.milestone_ids)
        name = self.create_bill(order).invoice_line_ids[0].name
        self.assertIn("Floor 1, Floor 2, Floor 3, Floor 4, Floor 5, …", name)
        self.assertNotIn("Floor 6", name)

    def test_unit_prices_are_the_orders_where_amounts_allow_it(self):
        plan = [self.percent("Shell", 30, retention=10), self.percent("Fit-out", 70, retention=10)]
        values = self.line_values(29_999.97, 9)
        tax = self.new_tax(15)
        values["tax_ids"] = tax.ids
        self.assertEqual(values["price_unit"], 3_333.33)
        order = self.create_order(milestones=plan, order_line=[(0, 0, values)], confirm=True)
        for milestone in order.milestone_ids:
            self.approve(milestone)
            bill = self.create_bill(milestone)
            line = bill.invoice_line_ids[0]
            self.assertEqual(line.price_unit, 3_333.33)
            self.assertEqual(line.price_subtotal, milestone.amount)
            rounded = self.company.currency_id.round(milestone.amount * 0.15)
            self.assertEqual(bill.amount_tax, rounded)
        self.assertEqual(
            sum(
                order.invoice_ids.invoice_line_ids.filtered("purchase_line_id").mapped(
                    "price_subtotal"
                )
            ),
            29_999.97,
        )

    def test_unit_prices_hit_the_amounts_where_the_orders_would_not(self):
        # Three lines of 8,999.991 come to 26,999.97, a cent less than what is approved of them.
        plan = [self.percent("Shell", 30), self.percent("Fit-out", 70)]
        lines = [(0, 0, self.line_values(29_999.97, 9)) for _line in range(3)]
        order = self.create_order(milestones=plan, order_line=lines, confirm=True)
        for milestone in order.milestone_ids:
            self.approve(milestone)
            bill = self.create_bill(milestone)
            self.assertEqual(bill.amount_untaxed, milestone.amount)

    def test_accountants_find_what_waits_for_them(self):
        self.approve(self.order.milestone_ids[0])
        accountant = self.env(user=self.accountant)
        menus = accountant["ir.ui.menu"].load_menus(False)
        names = {menu["name"] for key, menu in menus.items() if key != "root"}
        self.assertLessEqual({"Milestones to Bill", "Releases to Post"}, names)
        to_bill = self.found_by("purchase_milestone_action_to_bill", user=self.accountant)
        self.assertEqual(to_bill & self.order.milestone_ids, self.order.milestone_ids[0])
        self.assertEqual(self.on_card("milestones_to_bill"), len(to_bill))
        action = self.order.milestone_ids[0].with_user(self.accountant).action_create_bill()
        self.assertTrue(action["res_id"])
        self.assertEqual(self.on_card("milestones_to_bill"), len(to_bill) - 1)
        self.post(self.order.invoice_ids)
        _release, bill = self.release(self.order, amount=3_000)
        self.assertIn(
            bill, self.found_by("account_move_action_releases_to_post", user=self.accountant)
        )
        before = self.on_card("releases_to_post")
        self.post(bill)
        self.assertEqual(self.on_card("releases_to_post"), before - 1)

    def test_the_plan_is_the_first_page_while_there_is_something_to_bill(self):
        self.approve(self.order.milestone_ids)
        for user, waits in ((self.accountant, True), (self.buyer, True), (self.approver, False)):
            self.assertEqual(self.order.with_user(user).milestones_wait_for_me, waits)
        self.create_bill(self.order)
        self.env.invalidate_all()
        self.assertFalse(self.order.with_user(self.accountant).milestones_wait_for_me)

    def test_releases_to_post_do_not_invite_to_upload_bills(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "purchase_milestone.account_move_action_releases_to_post"
        )
        views = self.env["account.move"].with_user(self.accountant).get_views(action["views"])
        arch = etree.fromstring(views["views"]["list"]["arch"])
        self.assertFalse(arch.get("js_class"))
        self.assertIn("No release of retention waits for its bill", action["help"])

    def test_the_report_shows_a_difference_of_zero(self):
        views = self.env["purchase.retention.report"].with_user(self.accountant)
        arch = etree.fromstring(views.get_view(view_type="list")["arch"])
        (node,) = arch.xpath("//field[@name='retention_difference']")
        self.assertIsNone(node.get("invisible"))

    def test_buyers_find_the_reports(self):
        menus = self.env(user=self.buyer)["ir.ui.menu"].load_menus(False)
        reporting = menus[self.env.ref("purchase.purchase_report_main").id]
        names = {menus[child]["name"] for child in reporting["children"]}
        self.assertLessEqual({"Retention", "Milestone Forecast"}, names)
        self.assertNotIn(self.env.ref("purchase.purchase_report").id, reporting["children"])

    def on_card(self, name):
        """Return the number of that name on the accountant's card of the journal of bills."""
        journals = self.env["account.journal"].with_user(self.accountant)
        journal = journals.search(
            [("type", "=", "purchase"), ("company_id", "=", self.company.id)], limit=1
        )
        return journal._get_journal_dashboard_data_batched()[journal.id].get(name, 0)

    def new_draft(self):
        values = {"order_id": self.order.id, "amount": 500, "reason": "Not decided yet"}
        releases = self.env["purchase.retention.release"].with_user(self.release_officer)
        return releases.create(values)
