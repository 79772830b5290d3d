from odoo import SUPERUSER_ID, api

from ..common import RELEASE_OFFICER
from ..milestone.common_races import RaceCommon


class BillingRaceCommon(RaceCommon):
    """Races on orders that are billed by milestones; bills and releases are removed again."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.officer = self.make_user(env, "race_officer", RELEASE_OFFICER)
            self.accountant = self.make_user(
                env, "race_accountant", "account.group_account_manager"
            )
            account = env["account.account"].create(
                {
                    "code": "211900",
                    "name": "Retention of vendors",
                    "account_type": "liability_current",
                    "reconcile": True,
                }
            )
            self.made.append(account)
            env.company.retention_account_id = account

    def remove_what_was_made(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            orders = env["purchase.order"].search([("partner_id", "=", self.vendor)])
            releases = orders.retention_release_ids
            releases._write_guarded({"state": "draft", "bill_id": False})
            releases.line_ids.unlink()
            moves = orders.order_line.invoice_lines.move_id | orders.retention_line_ids.move_id
            moves.line_ids.remove_move_reconcile()
            for move in moves.filtered(lambda m: m.state == "posted").sorted("id", reverse=True):
                move.button_draft()
            moves.with_context(force_delete=True).unlink()
            releases._write_guarded({"state": "draft"})
            releases.unlink()
            orders.milestone_ids._write_guarded({"state": "completed"})
            orders.milestone_ids.receipt_ids.unlink()
            env.company.retention_account_id = False
        return super().remove_what_was_made()

    def make_approved(self):
        """Commit an order of 200,000 whose one milestone holds 10,000 once it is billed."""
        plan = self.fixed("Causeway", 200_000, retention=5)
        (milestone,) = self.make_order(plan, state="approved", milestone_billing="bill")
        return milestone

    def commit(self, user, function):
        with self.registry.cursor() as cr:
            return function(api.Environment(cr, user, {}))

    def bill_ids(self):
        return self.order_value("invoice_ids").ids

    def assert_refused(self, race, words):
        tries, failure = race
        self.assertEqual(tries, 2)
        self.assertRegex(str(failure), words)
