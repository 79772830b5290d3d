from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..common import RELEASE_OFFICER
from ..milestone.common_races import RaceCommon


@tagged("post_install", "-at_install", "slow")
class TestRacesRetention(RaceCommon):
    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.officer = self.make_user(env, "race_officer", RELEASE_OFFICER)

    def remove_what_was_made(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            releases = env["purchase.retention.release"].search([("order_id", "=", self.order)])
            releases._write_guarded({"state": "draft"})
            releases.line_ids.unlink()
            releases.unlink()
        return super().remove_what_was_made()

    def make_drafts(self, *amounts):
        """Commit draft releases of the order's retention and return their ids."""
        with self.registry.cursor() as cr:
            drafts = api.Environment(cr, self.officer, {})["purchase.retention.release"].create(
                [
                    {"order_id": self.order, "amount": amount, "reason": "Opened", "early": True}
                    for amount in amounts
                ]
            )
            return drafts.ids

    def confirm(self, release_id):
        release = self.on("purchase.retention.release", release_id, "action_confirm")
        return (self.officer, release)

    def test_two_releases_never_give_back_more_than_is_held(self):
        self.make_order(self.fixed("Causeway", 200_000, retention=5), state="approved")
        first, second = self.make_drafts(6_000, 6_000)
        tries, failure = self.race(self.confirm(first), self.confirm(second))
        self.assertEqual(tries, 2)
        self.assertIn("is open. Lower the amount", str(failure))
        self.assertEqual(self.order_value("retention_open"), 4_000)

    def test_release_and_revocation(self):
        (milestone,) = self.make_order(self.fixed("Causeway", 200_000, 5), state="approved")
        (draft,) = self.make_drafts(10_000)
        revoke = (self.approver, self.on_milestone(milestone, "action_revoke", "Scour"))
        tries, failure = self.race(self.confirm(draft), revoke)
        self.assertEqual(tries, 2)
        self.assertIn("its retention has been released", str(failure))
        self.assertEqual(self.values_of([milestone], "state"), [("approved",)])

    def test_one_release_is_done_once(self):
        self.make_order(self.fixed("Causeway", 200_000, retention=5), state="approved")
        (draft,) = self.make_drafts(4_000)
        tries, failure = self.race(self.confirm(draft), self.confirm(draft))
        self.assertEqual(tries, 2)
        self.assertIn("not a draft any more", str(failure))
        self.assertEqual(self.order_value("retention_released"), 4_000)
