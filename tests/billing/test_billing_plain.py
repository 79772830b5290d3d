"""Orders and bills without milestones cost what they cost in Odoo, and a constant at most."""

import sys
from pathlib import Path
from unittest.mock import patch

from odoo.fields import Command
from odoo.sql_db import Cursor
from odoo.tests import tagged

from .common import BillingCommon

ADDON = str(Path(__file__).parents[2])


def our_place():
    """Return where this addon asks for the query under way, if it is the nearest that asks."""
    frame = sys._getframe(2)
    while frame:
        path = frame.f_code.co_filename
        if path.startswith(ADDON):
            ours = not path.startswith(f"{ADDON}/tests/")
            return ours and f"{path.removeprefix(ADDON)}:{frame.f_lineno}"
        if "/odoo/addons/" in path:
            return None
        frame = frame.f_back
    return None


@tagged("post_install", "-at_install")
class TestBillingPlain(BillingCommon):
    def plain_orders(self, count):
        values = {
            "partner_id": self.vendor.id,
            "order_line": [(0, 0, self.line_values(1_000)), (0, 0, self.line_values(500))],
        }
        orders = self.env["purchase.order"].with_user(self.buyer).create([values] * count)
        orders.button_confirm()
        return orders

    def plain_bills(self, count):
        line = Command.create({"name": "Rent", "quantity": 1, "price_unit": 100})
        values = {
            "move_type": "in_invoice",
            "partner_id": self.vendor.id,
            "invoice_date": "2026-03-31",
            "invoice_line_ids": [line],
        }
        return self.env["account.move"].with_user(self.accountant).create([values] * count)

    def our_queries(self, function, records):
        """Return where this addon asks for queries while ``function`` runs."""
        self.env.flush_all()
        self.env.invalidate_all()
        ours = []
        execute = Cursor.execute

        def counted(cursor, query, *args, **kwargs):
            if place := our_place():
                ours.append(place)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", counted):
            function(records)
            self.env.flush_all()
        return ours

    def assert_constant(self, function, make):
        few = self.our_queries(function, make(2))
        many = self.our_queries(function, make(9))
        self.assertLessEqual(len(many), len(few), many)

    def test_queries_of_milestones_are_counted(self):
        """What is counted below is not nothing: an order with milestones makes us ask."""
        order = self.create_order(milestones=[self.percent("All", 100)], confirm=True)
        self.approve(order.milestone_ids)
        self.assertTrue(self.our_queries(lambda orders: orders.action_create_invoice(), order))

    def test_orders_are_billed(self):
        self.assert_constant(
            lambda orders: [order.action_create_invoice() for order in orders], self.plain_orders
        )

    def test_bills_of_orders_are_posted_reset_and_cancelled(self):
        def bills(count):
            orders = self.plain_orders(count)
            for order in orders:
                order.action_create_invoice()
            moves = orders.invoice_ids.with_user(self.accountant)
            moves.invoice_date = "2026-03-31"
            return moves

        made = {count: bills(count) for count in (2, 9)}
        for name in ("action_post", "button_draft", "button_cancel"):
            with self.subTest(name):
                self.assert_constant(lambda moves, name=name: getattr(moves, name)(), made.get)

    def test_bills_without_an_order(self):
        made = {count: self.plain_bills(count) for count in (2, 9)}
        for name in ("action_post", "button_draft", "button_cancel"):
            with self.subTest(name):
                self.assert_constant(lambda moves, name=name: getattr(moves, name)(), made.get)

    def test_entries(self):
        account = self.retention_account.copy({"code": "211901", "name": "Clearing"})

        def entries(count):
            lines = [
                Command.create({"account_id": account.id, "debit": 10}),
                Command.create({"account_id": account.id, "credit": 10}),
            ]
            moves = self.env["account.move"].with_user(self.accountant)
            return moves.create([{"move_type": "entry", "line_ids": lines}] * count)

        made = {count: entries(count) for count in (2, 9)}
        for name in ("action_post", "button_draft", "button_cancel"):
            with self.subTest(name):
                self.assert_constant(lambda moves, name=name: getattr(moves, name)(), made.get)
        self.assert_constant(entries, int)
