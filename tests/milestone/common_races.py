from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from ..common import APPROVER, PURCHASE_USER, MilestoneCommon

COUNTED = (
    *("purchase.milestone", "purchase.order", "res.users", "res.partner", "product.template"),
    *("ir.attachment", "mail.message", "mail.followers", "mail.activity"),
)


class RaceCommon(BaseCase):
    """Two people at the same time, each in a real transaction of their own.

    Both see the data as it was before either: their snapshots are taken first. Then one is done and
    committed, and the other one runs into it. What is committed is removed again.
    """

    fixed = MilestoneCommon.fixed

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.before = self.count_rows()
        self.addCleanup(self.check_rows)
        self.made = []
        self.addCleanup(self.remove_what_was_made)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.buyer = self.make_user(env, "race_buyer", PURCHASE_USER)
            self.second_buyer = self.make_user(env, "race_second_buyer", PURCHASE_USER)
            self.approver = self.make_user(env, "race_approver", APPROVER)
            self.second_approver = self.make_user(env, "race_second_approver", APPROVER)
            vendor = env["res.partner"].create({"name": "Causeway Contractors"})
            # Odoo would leave the message on the variant behind when the product goes.
            products = env["product.product"].with_context(tracking_disable=True)
            product = products.create(
                {"name": "Causeway", "type": "service", "supplier_taxes_id": False}
            )
            self.vendor, self.product = vendor.id, product.id
            self.made += [vendor, product.product_tmpl_id]

    def make_user(self, env, login, group):
        user = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create({"name": login, "login": login, "group_ids": [(4, env.ref(group).id)]})
        )
        self.made += [user.partner_id, user]
        return user.id

    def make_order(self, *milestones, state="pending", **values):
        """Commit a confirmed order of 200,000 and return its milestones' ids, all in that state."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.buyer, {})
            line = {
                "product_id": self.product,
                "name": "Causeway",
                "product_qty": 1,
                "price_unit": 200_000,
                "tax_ids": False,
            }
            order = env["purchase.order"].create(
                {
                    "partner_id": self.vendor,
                    "order_line": [(0, 0, line)],
                    "milestone_ids": [(0, 0, milestone) for milestone in milestones],
                    **values,
                }
            )
            order.button_confirm()
            if state in ("started", "completed", "approved"):
                order.milestone_ids.action_start()
            if state in ("completed", "approved"):
                order.milestone_ids.action_complete()
            if state == "approved":
                order.milestone_ids.with_user(self.approver).action_approve()
            self.order = order.id
            return order.milestone_ids.ids

    def count_rows(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
            return {model: env[model].search_count([]) for model in COUNTED}

    def check_rows(self):
        self.assertEqual(self.count_rows(), self.before, "Something is left in the database")

    def remove_what_was_made(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
            orders = env["purchase.order"].search([("partner_id", "=", self.vendor)])
            orders._write_guarded({"date_final_acceptance": False})
            orders.milestone_ids._write_guarded({"state": "pending"})
            orders.button_cancel()
            orders.unlink()
            for record in reversed(self.made):
                record.with_env(env).unlink()

    # ------------------------------------------------------------------
    # Races
    # ------------------------------------------------------------------

    def race(self, first, second, retry=True):
        """Run two ``(user, function(env))`` at once; ``first`` commits before ``second`` goes on.

        Return how often ``second`` was tried, and the exception it ended with, if any. Without
        ``retry`` it is tried only once, as PostgreSQL alone would have it.
        """
        tries, failure = [], None
        with (
            self.registry.cursor() as one,
            self.registry.cursor() as two,
            # Odoo waits a moment before it tries again.
            patch("odoo.service.model.time.sleep"),
            mute_logger("odoo.sql_db", "odoo.service.model"),
        ):
            for cursor in (one, two):
                cursor.execute("SELECT 1 FROM purchase_order WHERE id = %s", [self.order])
            first[1](api.Environment(one, first[0], {}))
            one.commit()
            env = api.Environment(two, second[0], {})

            def attempt():
                tries.append(second)
                second[1](env)
                env.flush_all()

            try:
                if retry:
                    retrying(attempt, env)
                else:
                    attempt()
            except (SerializationFailure, UserError) as error:
                failure = error
                two.rollback()
        return len(tries), failure

    def on_milestone(self, milestone_id, method, *arguments):
        return self.on("purchase.milestone", milestone_id, method, *arguments)

    def on_order(self, method):
        return self.on("purchase.order", self.order, method)

    def on(self, model, record_id, method, *arguments):
        return lambda env: getattr(env[model].browse(record_id), method)(*arguments)

    def values_of(self, milestone_ids, *names):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            records = env["purchase.milestone"].browse(milestone_ids).exists()
            return [tuple(record[name] for name in names) for record in records]

    def order_value(self, name):
        with self.registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["purchase.order"].browse(self.order)[name]
