from lxml import etree

from odoo.tests import Form, tagged

from .common import RetentionCommon


@tagged("post_install", "-at_install")
class TestReleaseDialog(RetentionCommon):
    """The release officer's dialog, the numbers of releases, and what waits for him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = [cls.percent(name, 50, retention=10) for name in ("Shell", "Fit-out")]

    def accepted_order(self, **terms):
        order = self.approved_order(100_000, self.plan, **terms)
        order.with_user(self.approver).action_final_acceptance()
        return order

    def dialog(self, order):
        action = order.with_user(self.release_officer).action_release_retention()
        model = self.env[action["res_model"]].with_user(self.release_officer)
        return Form(model.with_context(**action["context"]))

    def test_a_refusal_leaves_nothing_behind(self):
        order = self.approved_order(100_000, self.plan)
        form = self.dialog(order)
        form.amount = 4_000
        form.reason = "The vendor asks for it"
        dialog = form.save()
        for _attempt in range(2):
            with self.refused("4,000.00 is more than the .*0.00 that is due"):
                dialog.action_confirm()
        self.assertFalse(order.retention_release_ids)
        form.early = True
        self.assertEqual(form.amount, 4_000, "What was typed stays")
        form.save().action_confirm()
        self.assertEqual(order.retention_release_ids.mapped("state"), ["done"])
        self.assertTrue(order.retention_release_ids.early)

    def test_a_release_needs_a_reason(self):
        form = self.dialog(self.accepted_order())
        with self.assertRaisesRegex(AssertionError, "reason is a required field"):
            form.save()

    def test_it_proposes_what_is_due(self):
        order = self.accepted_order(retention_period_days=365, retention_acceptance_percent=30)
        form = self.dialog(order)
        self.assertEqual((form.amount, form.retention_due), (3_000, 3_000))
        self.assertEqual(form.retention_due_later, 7_000)
        self.assertEqual(form.date_retention_due, order.date_retention_due)
        form.percentage = 50
        self.assertEqual(form.amount, 5_000)
        form.percentage = 0
        form.outcome = "forfeit"
        self.assertEqual(form.amount, 10_000)
        form.outcome = "pay"
        form.reason = "Taken over without defects"
        notice = form.save().action_confirm()
        self.assertEqual(order.retention_released, 3_000)
        self.assertRegex(notice["params"]["message"], "RET/.* of .*3,000.00 is now “Done”")
        form = self.dialog(order)
        self.assertEqual((form.amount, form.retention_due_later), (0, 7_000))
        form.early = True
        self.assertEqual(form.amount, 7_000)

    def test_an_entered_percentage_is_kept_as_one(self):
        order = self.accepted_order()
        form = self.dialog(order)
        form.percentage = 25
        form.reason = "Taken over without defects"
        form.save().action_confirm()
        release = order.retention_release_ids
        self.assertEqual((release.percentage, release.amount), (25, 2_500))

    def test_releases_have_numbers_of_the_company(self):
        order = self.accepted_order()
        first, second = (self.new_release(order, amount=10) for _number in range(2))
        self.assertRegex(first.name, r"^RET/\d{4}/\d{4}$")
        self.assertNotEqual(first.name, second.name)
        self.assertEqual(first.display_name, first.name)
        first._write_guarded({"name": False})
        self.assertEqual(first.display_name, first.order_id.name, "as before there were numbers")
        with self.refused("set by its buttons"):
            first.sudo().name = "RET/1"
        self.env["ir.sequence"].create(
            {
                "name": "Releases of this company",
                "code": "purchase.retention.release",
                "prefix": "OWN/",
                "company_id": self.company.id,
            }
        )
        third = self.new_release(order, amount=10, name="RET/1", status="done")
        self.assertRegex(third.name, "^OWN/")
        self.assertEqual(third.status, "draft")
        third.action_confirm()
        self.assertEqual(third.status, "done")
        self.assertEqual(
            self.env["purchase.retention.release"].name_search(third.name)[0][0], third.id
        )

    def test_due_for_release_counts_the_part_due_at_acceptance(self):
        half = self.accepted_order(retention_period_days=365, retention_acceptance_percent=50)
        later = self.accepted_order(retention_period_days=365)
        whole = self.accepted_order()
        not_accepted = self.approved_order(100_000, self.plan)
        orders = half | later | whole | not_accepted

        def due(operator=">", value=0):
            domain = [("id", "in", orders.ids), ("retention_due", operator, value)]
            officer = self.env["purchase.order"].with_user(self.release_officer)
            return officer.search(domain)

        self.assertEqual(due(), half | whole)
        self.assertEqual(due("<=", 5_000), orders - whole)
        self.assertEqual(due("=", 0), later | not_accepted)
        self.new_release(half, amount=5_000).action_confirm()
        self.assertEqual(due(), whole)
        self.assertEqual(whole.retention_due, 10_000)

    def test_filters_of_orders_with_retention_narrow_each_other(self):
        view = self.env.ref("purchase_milestone.purchase_order_view_search_retention")
        arch = etree.fromstring(self.env["purchase.order"].get_view(view.id, "search")["arch"])
        (due,) = arch.xpath("//filter[@name='retention_due']")
        # Filters of one group add to each other.
        self.assertEqual((due.getprevious().tag, due.getnext().tag), ("separator", "separator"))

    def test_the_app_opens_with_the_orders_with_retention(self):
        menus = self.env(user=self.release_officer)["ir.ui.menu"].load_menus(False)
        app = menus[self.env.ref("purchase_milestone.purchase_milestone_menu_root").id]
        self.assertEqual(menus[app["children"][0]]["name"], "Orders with Retention")

    def test_orders_are_released_and_accepted_from_their_list(self):
        view = self.env.ref("purchase_milestone.purchase_order_view_list_retention")
        acceptance = self.env.ref("purchase_milestone.purchase_order_acceptance_action")
        for user, button in (
            (self.release_officer, "action_release_retention"),
            (self.approver, str(acceptance.id)),
        ):
            arch = self.env["purchase.order"].with_user(user).get_view(view.id, "list")["arch"]
            self.assertEqual(etree.fromstring(arch).xpath("/list/button/@name"), [button])
