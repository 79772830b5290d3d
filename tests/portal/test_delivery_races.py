from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..milestone.common_races import RaceCommon
from .common import PDF


@tagged("post_install", "-at_install", "slow")
class TestDeliveryRaces(RaceCommon):
    """A request that arrives twice, and people who act at the same time."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.supplier = self.make_user(env, "race_supplier", "base.group_portal")
            self.colleague = self.make_user(env, "race_colleague", "base.group_portal")
        (self.milestone,) = self.make_order(self.fixed("Causeway", 200_000), state="started")

    def deliver(self, user, number=1):
        def deliver(env):
            milestone = env["purchase.milestone"].sudo().browse(self.milestone)
            files = [("Report.pdf", "application/pdf", PDF)]
            return milestone.submission_ids._submit(milestone, number, 100, "", files)

        return user, deliver

    def on_delivery(self, user, method, *arguments):
        def act(env):
            if user == self.supplier:
                env = env(su=True)
            milestone = env["purchase.milestone"].browse(self.milestone)
            return getattr(milestone.submission_ids, method)(*arguments)

        return user, act

    def commit(self, request):
        with self.registry.cursor() as cr:
            return request[1](api.Environment(cr, request[0], {}))

    def assert_deliveries(self, *states):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            milestone = env["purchase.milestone"].browse(self.milestone)
            deliveries = milestone.submission_ids
            self.assertEqual(deliveries.mapped("state"), list(states))
            documents = milestone.document_ids | deliveries.attachment_ids
            self.assertEqual(len(documents), len(states))
            open_ones = deliveries.filtered(lambda delivery: delivery.state == "submitted")
            kind = env.ref("purchase_milestone.mail_activity_type_submission")
            asked = milestone.activity_ids.filtered(lambda a: a.activity_type_id == kind)
            self.assertEqual(len(asked), len(open_ones))

    def test_a_doubled_request_delivers_once(self):
        request = self.deliver(self.supplier)
        self.assertEqual(self.race(request, request), (2, None))
        self.assert_deliveries("submitted")

    def test_two_people_deliver_at_once(self):
        tries, failure = self.race(self.deliver(self.supplier), self.deliver(self.colleague, 2))
        self.assertEqual(tries, 2)
        self.assertRegex(str(failure), "already waiting")
        self.assert_deliveries("submitted")

    def test_accepted_while_it_is_withdrawn(self):
        self.commit(self.deliver(self.supplier))
        tries, failure = self.race(
            self.on_delivery(self.supplier, "_withdraw"),
            self.on_delivery(self.buyer, "action_accept"),
        )
        self.assertEqual(tries, 2)
        self.assertIsInstance(failure, UserError)
        self.assertEqual(self.values_of([self.milestone], "state"), [("started",)])
        self.assert_deliveries("withdrawn")

    def test_withdrawn_while_it_is_accepted(self):
        self.commit(self.deliver(self.supplier))
        _tries, failure = self.race(
            self.on_delivery(self.buyer, "action_accept"),
            self.on_delivery(self.supplier, "_withdraw"),
        )
        self.assertRegex(str(failure), "no longer be withdrawn")
        self.assertEqual(self.values_of([self.milestone], "state"), [("completed",)])
        self.assert_deliveries("accepted")
