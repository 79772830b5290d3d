from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..billing.common_races import BillingRaceCommon
from .common import PDF


@tagged("post_install", "-at_install", "slow")
class TestPortalRaces(BillingRaceCommon):
    """A vendor who presses twice, or from two places, makes one bill and one request."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.company.milestone_portal = True
            self.supplier = self.make_user(env, "race_supplier", "base.group_portal")
            env["res.users"].browse(self.supplier).partner_id.parent_id = self.vendor

    def remove_what_was_made(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.company.milestone_portal = False
            orders = env["purchase.order"].search([("partner_id", "=", self.vendor)])
            orders.activity_ids.unlink()
        return super().remove_what_was_made()

    def hand_in(self, milestone, number):
        def hand_in(env):
            today = str(env["purchase.milestone"].browse(milestone).sudo().date_approved.date())
            record = env["purchase.milestone"].sudo().browse(milestone)
            return record._hand_in_bill(number, today, "Bill.pdf", PDF)

        return (self.supplier, hand_in)

    def test_a_doubled_request_makes_one_bill(self):
        milestone = self.make_approved()
        request = self.hand_in(milestone, "NF-1")
        tries, failure = self.race(request, request)
        self.assertEqual((tries, failure), (2, None))
        self.assertEqual(len(self.bill_ids()), 1)

    def test_two_numbers_at_once_make_one_bill(self):
        milestone = self.make_approved()
        race = self.race(self.hand_in(milestone, "NF-1"), self.hand_in(milestone, "NF-2"))
        self.assert_refused(race, "billed already")
        self.assertEqual(len(self.bill_ids()), 1)

    def test_one_number_at_once_on_two_orders(self):
        first, second = self.make_approved(), self.make_approved()
        race = self.race(self.hand_in(first, "NF-1"), self.hand_in(second, "nf-1"))
        self.assert_refused(race, "We already have a bill of yours")

    def test_retention_is_asked_for_once(self):
        plan = self.fixed("Causeway", 200_000, retention=5)
        self.make_order(plan, state="approved")
        self.commit(self.approver, self.on_order("action_final_acceptance"))

        def ask(env):
            env["purchase.order"].sudo().browse(self.order)._request_retention()

        race = self.race((self.supplier, ask), (self.supplier, ask))
        self.assert_refused(race, "asked for it already")
        self.assertEqual(len(self.order_value("activity_ids")), 1)
