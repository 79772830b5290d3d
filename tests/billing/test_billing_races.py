from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from .common_races import BillingRaceCommon


@tagged("post_install", "-at_install", "slow")
class TestBillingRaces(BillingRaceCommon):
    """Two people bill, credit or release the same thing at once: one wins, the other is told."""

    def make_posted_bill(self):
        milestone = self.make_approved()
        self.commit(self.buyer, self.on_milestone(milestone, "action_create_bill"))
        (bill,) = self.bill_ids()
        self.commit(self.accountant, self.post(bill))
        return bill

    def make_release(self, amount):
        """Commit a draft release and return its id."""
        with self.registry.cursor() as cr:
            values = {"order_id": self.order, "amount": amount, "reason": "Opened", "early": True}
            env = api.Environment(cr, self.officer, {})
            return env["purchase.retention.release"].create(values).id

    def post(self, bill):
        def post(env):
            move = env["account.move"].browse(bill)
            move.invoice_date = "2026-03-31"
            move.action_post()

        return post

    def reset(self, bill):
        return (self.accountant, self.on("account.move", bill, "button_draft"))

    def confirm(self, release):
        return (self.officer, self.on("purchase.retention.release", release, "action_confirm"))

    def make_release_bill(self, amount):
        release, before = self.make_release(amount), set(self.bill_ids())
        self.commit(*self.confirm(release))
        (bill,) = set(self.bill_ids()) - before
        return release, bill

    def credit(self, bill):
        """Commit a draft credit note of the bill and return its id."""

        def reverse(env):
            return env["account.move"].browse(bill)._reverse_moves().id

        return self.commit(self.accountant, reverse)

    def retention(self):
        """Return what the order says it holds and has open, and what the ledger holds open."""
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER_ID, {})["purchase.order"].browse(self.order)
            lines = order.retention_line_ids.filtered(lambda line: line.parent_state == "posted")
            in_books = -sum(lines.mapped("amount_currency"))
            return order.retention_held, order.retention_open, in_books

    # ------------------------------------------------------------------
    # Bills
    # ------------------------------------------------------------------

    def test_one_milestone_is_billed_once(self):
        milestone = self.make_approved()
        for second in (
            (self.second_buyer, self.on_milestone(milestone, "action_create_bill")),
            (self.second_buyer, self.on_order("action_create_invoice")),
        ):
            before = self.bill_ids()
            first = (self.buyer, self.on_milestone(milestone, "action_create_bill"))
            self.assert_refused(
                self.race(first, second), "nothing of it is left to bill|There is nothing to bill"
            )
            self.assertEqual(len(self.bill_ids()), len(before) + 1)
            self.assertEqual(self.values_of([milestone], "amount_billed"), [(200_000,)])
            made = self.on("account.move", self.bill_ids(), "unlink")
            self.commit(self.accountant, made)

    def test_bill_and_revocation(self):
        milestone = self.make_approved()
        bill = (self.buyer, self.on_milestone(milestone, "action_create_bill"))
        revoke = (self.approver, self.on_milestone(milestone, "action_revoke", "Scour"))
        self.assert_refused(self.race(bill, revoke), "it is billed. Cancel or credit its bill")
        self.assertEqual(self.values_of([milestone], "state"), [("approved",)])

    def test_revocation_and_bill(self):
        milestone = self.make_approved()
        bill = (self.buyer, self.on_milestone(milestone, "action_create_bill"))
        revoke = (self.approver, self.on_milestone(milestone, "action_revoke", "Scour"))
        self.assert_refused(self.race(revoke, bill), "it is not approved")
        self.assertFalse(self.bill_ids())

    def test_two_bills_made_by_hand_do_not_both_post(self):
        milestone = self.make_approved()
        self.commit(self.buyer, self.on_milestone(milestone, "action_create_bill"))
        (bill,) = self.bill_ids()

        def copy_lines(env):
            line = env["purchase.order"].browse(self.order).order_line
            values = {"purchase_line_id": line.id, "quantity": 1, "price_unit": 200_000}
            move = env["account.move"].create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor,
                    "invoice_line_ids": [(0, 0, {**values, "tax_ids": False})],
                }
            )
            return move.id

        second = self.commit(self.accountant, copy_lines)
        race = self.race((self.accountant, self.post(bill)), (self.accountant, self.post(second)))
        self.assert_refused(race, "200,000.00 more is billed than approved")
        self.assertEqual(self.retention(), (10_000, 10_000, 10_000))

    # ------------------------------------------------------------------
    # Releases
    # ------------------------------------------------------------------

    def test_two_releases_never_give_back_more_than_is_held(self):
        self.make_posted_bill()
        first, second = self.make_release(6_000), self.make_release(6_000)
        race = self.race(self.confirm(first), self.confirm(second))
        self.assert_refused(race, "is open. Lower the amount")
        self.assertEqual(self.order_value("retention_reserved"), 6_000)

    def test_one_release_makes_one_bill(self):
        self.make_posted_bill()
        release = self.make_release(6_000)
        race = self.race(self.confirm(release), self.confirm(release))
        self.assert_refused(race, "not a draft any more")
        self.assertEqual(len(self.bill_ids()), 2)

    def test_release_and_reset_of_the_bill_it_releases(self):
        bill = self.make_posted_bill()
        race = self.race(self.confirm(self.make_release(6_000)), self.reset(bill))
        self.assert_refused(race, "Retention of this bill has been released")

    def test_reset_of_a_bill_and_release(self):
        bill = self.make_posted_bill()
        race = self.race(self.reset(bill), self.confirm(self.make_release(6_000)))
        self.assert_refused(race, "0.00 that is open. Lower the amount")
        self.assertEqual(self.retention(), (0, 0, 0))

    def test_posted_release_bill_and_reset_of_the_bill_it_releases(self):
        bill = self.make_posted_bill()
        _release, release_bill = self.make_release_bill(10_000)
        race = self.race((self.accountant, self.post(release_bill)), self.reset(bill))
        self.assert_refused(race, "Retention of this bill has been released")
        self.assertEqual(self.retention(), (10_000, 0, 0))

    def test_release_bill_is_posted_or_cancelled(self):
        self.make_posted_bill()
        release, release_bill = self.make_release_bill(10_000)
        post = (self.accountant, self.post(release_bill))
        cancel = (self.officer, self.on("purchase.retention.release", release, "action_cancel"))
        self.assert_refused(self.race(post, cancel), "has been posted: have its bill .* reversed")
        self.assertEqual(self.retention(), (10_000, 0, 0))

    def test_credit_note_and_release(self):
        bill = self.make_posted_bill()
        credit, release = self.credit(bill), self.make_release(6_000)
        race = self.race((self.accountant, self.post(credit)), self.confirm(release))
        self.assert_refused(race, "0.00 that is open. Lower the amount")
        self.assertEqual(self.retention(), (0, 0, 0))

    def test_release_and_credit_note(self):
        bill = self.make_posted_bill()
        credit, release = self.credit(bill), self.make_release(6_000)
        race = self.race(self.confirm(release), (self.accountant, self.post(credit)))
        self.assert_refused(race, "Press “Update Retention” on the bill")
        self.assertEqual(self.retention(), (10_000, 10_000, 10_000))
