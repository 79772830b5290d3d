from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import MissingError, ValidationError
from odoo.tests import tagged

from .common_races import RaceCommon


@tagged("post_install", "-at_install", "slow")
class TestRaces(RaceCommon):
    def two_claims_on_one_limit(self):
        return self.make_order(
            self.fixed("East embankment", 80_000, retention=10),
            self.fixed("West embankment", 80_000, retention=10),
            state="completed",
            retention_limit_type="percent",
            retention_limit=5,
        )

    def test_second_approval_under_one_limit_meets_the_first(self):
        east, west = self.two_claims_on_one_limit()
        tries, failure = self.race(
            (self.approver, self.on_milestone(east, "action_approve")),
            (self.second_approver, self.on_milestone(west, "action_approve")),
            retry=False,
        )
        self.assertIsInstance(failure, SerializationFailure)
        self.assertEqual(tries, 1)
        self.assertEqual(self.order_value("retention_held"), 8_000)

    def test_two_approvals_share_one_limit(self):
        east, west = self.two_claims_on_one_limit()
        tries, failure = self.race(
            (self.approver, self.on_milestone(east, "action_approve")),
            (self.second_approver, self.on_milestone(west, "action_approve")),
        )
        self.assertIsNone(failure)
        self.assertEqual(tries, 2)
        self.assertEqual(
            self.values_of([east, west], "state", "retention_amount"),
            [("approved", 8_000), ("approved", 2_000)],
        )
        self.assertEqual(self.order_value("retention_held"), 10_000)

    def test_one_of_two_decisions_on_a_milestone_wins(self):
        for state, first, second, target in (
            ("completed", ["action_approve"], ["action_reject", "Scour"], "approved"),
            ("completed", ["action_reject", "Scour"], ["action_approve"], "rejected"),
            ("completed", ["action_approve"], ["action_approve"], "approved"),
            ("approved", ["action_revoke", "Scour"], ["action_revoke", "Cracks"], "completed"),
        ):
            with self.subTest(first=first, second=second):
                (milestone,) = self.make_order(self.fixed("Causeway", 80_000, 10), state=state)
                tries, failure = self.race(
                    (self.approver, self.on_milestone(milestone, *first)),
                    (self.second_approver, self.on_milestone(milestone, *second)),
                )
                self.assertEqual(tries, 2)
                self.assertRegex(str(failure), "Causeway: it is .* but has to be")
                self.assertEqual(self.values_of([milestone], "state"), [(target,)])

    def test_approval_and_cancellation_of_its_order(self):
        (milestone,) = self.make_order(self.fixed("Causeway", 80_000, 10), state="completed")
        tries, failure = self.race(
            (self.approver, self.on_milestone(milestone, "action_approve")),
            (self.buyer, self.on_order("button_cancel")),
        )
        self.assertEqual(tries, 2)
        self.assertRegex(str(failure), "Revoke the approval")
        self.assertEqual(self.order_value("state"), "purchase")

    def test_last_free_amount_is_given_once(self):
        self.make_order(self.fixed("East embankment", 150_000))

        def add(name):
            values = self.fixed(name, 50_000)
            return lambda env: env["purchase.milestone"].create({"order_id": self.order, **values})

        tries, failure = self.race(
            (self.buyer, add("West embankment")), (self.second_buyer, add("Lock gates"))
        )
        self.assertEqual(tries, 2)
        self.assertIsInstance(failure, ValidationError)
        self.assertIn("exceed its untaxed total", str(failure))
        self.assertEqual(self.order_value("milestone_amount"), 200_000)

    def test_second_balance_is_refused_even_when_nothing_is_left(self):
        self.make_order(self.fixed("East embankment", 200_000))

        def add(name):
            values = {"order_id": self.order, "name": name, "amount_type": "balance"}
            return lambda env: env["purchase.milestone"].create(values)

        tries, failure = self.race((self.buyer, add("Rest")), (self.second_buyer, add("Remainder")))
        self.assertIn("only one open balance", str(failure))
        self.assertEqual(tries, 2)

    def test_acceptance_and_a_late_milestone(self):
        self.make_order(self.fixed("Causeway", 200_000), state="approved")
        late = {"order_id": self.order, "name": "Rest", "amount_type": "balance"}
        tries, failure = self.race(
            (self.approver, self.on_order("action_final_acceptance")),
            (self.buyer, lambda env: env["purchase.milestone"].create(late)),
        )
        self.assertIn("No milestone can be added", str(failure))
        self.assertEqual(tries, 2)

    def test_start_and_deletion(self):
        (milestone,) = self.make_order(self.fixed("Causeway", 80_000))
        start = (self.buyer, self.on_milestone(milestone, "action_start"))
        delete = (self.second_buyer, self.on_milestone(milestone, "unlink"))
        tries, failure = self.race(start, delete)
        self.assertEqual(tries, 2)
        self.assertIn("Only pending milestones", str(failure))
        self.assertEqual(self.values_of([milestone], "state"), [("started",)])
        (milestone,) = self.make_order(self.fixed("Causeway", 80_000))
        tries, failure = self.race(
            (self.second_buyer, self.on_milestone(milestone, "unlink")),
            (self.buyer, self.on_milestone(milestone, "action_start")),
        )
        self.assertIsInstance(failure, MissingError)
        self.assertFalse(self.values_of([milestone], "state"))

    def test_start_and_replacement_by_a_template(self):
        (milestone,) = self.make_order(self.fixed("Causeway", 80_000))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            template = env["purchase.milestone.template"].create({"name": "Water works"})
            self.made.append(template)

        def replace(env):
            order = env["purchase.order"].browse(self.order)
            order._apply_milestone_template(template.with_env(env))

        tries, failure = self.race(
            (self.buyer, self.on_milestone(milestone, "action_start")), (self.second_buyer, replace)
        )
        self.assertEqual(tries, 2)
        self.assertIn("can only replace pending milestones", str(failure))
        self.assertEqual(self.values_of([milestone], "state"), [("started",)])

    def test_completion_and_removal_of_the_only_document(self):
        def make():
            plan = self.fixed("Causeway", 80_000, document_required=True)
            (milestone,) = self.make_order(plan)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, self.buyer, {})
                env["purchase.milestone"].browse(milestone).action_start()
                document = env["ir.attachment"].create(
                    {"name": "Survey.pdf", "res_model": "purchase.milestone", "res_id": milestone}
                )
            complete = (self.buyer, self.on_milestone(milestone, "action_complete"))
            remove = (self.second_buyer, self.on("ir.attachment", document.id, "unlink"))
            return complete, remove, milestone

        complete, remove, milestone = make()
        _tries, failure = self.race(complete, remove)
        self.assertIn("are evidence", str(failure))
        self.assertEqual(self.values_of([milestone], "state", "document_count"), [("completed", 1)])
        complete, remove, milestone = make()
        _tries, failure = self.race(remove, complete)
        self.assertIn("it needs a document", str(failure))
        self.assertEqual(self.values_of([milestone], "state", "document_count"), [("started", 0)])
