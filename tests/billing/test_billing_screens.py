from lxml import etree

from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingScreens(BillingCommon):
    """What accountants and release officers find where they look for it."""

    def setUp(self):
        super().setUp()
        self.order = self.create_order(
            100_000,
            [self.percent("Shell", 60, retention=10), self.percent("Fit-out", 40, retention=5)],
            confirm=True,
        )

    def found_by(self, action, *filters):
        """Return the records that an action shows with these of its filters, which add up."""
        action = self.env["ir.actions.act_window"]._for_xml_id(f"purchase_milestone.{action}")
        model = self.env[action["res_model"]].with_user(self.release_officer)
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
        return model.search(Domain(safe_eval(action["domain"] or "[]")) & Domain.OR(domains))

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

    def new_draft(self):
        values = {"order_id": self.order.id, "amount": 500, "reason": "Not decided yet"}
        releases = self.env["purchase.retention.release"].with_user(self.release_officer)
        return releases.create(values)
