"""What bench/approval.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

import os
import time
from datetime import date, timedelta
from functools import partial
from unittest.mock import patch

from measuring import Measuring, judge_memory, judge_ratio, peak, show, show_head

from odoo.fields import Command
from odoo.tests import new_test_user

MANY = 100_000


class Bench(Measuring):
    """Orders of ten milestones: half of them wait for an approver, half of them are due soon."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        super().__init__(env)
        approver = "purchase_milestone.group_milestone_approver"
        self.approvers = env["res.users"].union(
            *(
                new_test_user(env, f"approver{n}", approver, notification_type="inbox")
                for n in range(3)
            )
        )
        self.buyer = new_test_user(env, "buyer", "purchase.group_purchase_user")
        env["purchase.milestone.approval.rule"].create(
            {"name": "Site", "approver_ids": self.approvers[0].ids, "sequence": 1}
        )
        env["purchase.milestone.approval.rule"].create(
            {"name": "Board", "approver_ids": self.approvers[1:].ids, "amount_from": 50_000}
        )
        self.vendor = env["res.partner"].create({"name": "Northern Fit-Out Ltd"})
        self.product = env["product.product"].create({"name": "Fit-out", "type": "service"})
        self.milestones = env["purchase.milestone"]
        self.today = date.today()

    def create_orders(self, count):
        plan = [
            {
                "name": f"Section {number}",
                "percentage": 10,
                "date_due": self.today + timedelta(days=number % 5),
            }
            for number in range(10)
        ]
        line = {"product_id": self.product.id, "product_qty": 1, "price_unit": 100_000}
        values = {
            "partner_id": self.vendor.id,
            "user_id": self.buyer.id,
            "order_line": [Command.create(line)],
            "milestone_ids": [Command.create(milestone) for milestone in plan],
        }
        orders = self.env["purchase.order"].with_user(self.buyer).create([values] * count)
        orders.button_confirm()
        return orders.sudo()

    def wait(self, count):
        """Return so many milestones that wait for a decision, and of which nobody knows yet."""
        milestones = self.create_orders(count // 10).milestone_ids
        milestones._write_guarded({"state": "completed", "completed_by_id": self.buyer.id})
        self.env.cr.commit()
        return self.milestones.browse(milestones.ids)

    # ------------------------------------------------------------------
    # The measures
    # ------------------------------------------------------------------

    def compare_nights(self):
        waiting = self.wait(1_000)
        due = self.create_orders(100).milestone_ids
        orders = self.create_orders(1_000)
        self.env.cr.commit()
        asking, reminding, theirs = self.alternate(
            3,
            lambda: self.milestones.browse(waiting.ids)._remind_approvers(self.today),
            lambda: self.milestones.browse(due.ids)._remind_due(self.today),
            lambda: self.schedule(orders),
        )
        judge_ratio("asking about 1,000 : scheduling 1,000 activities", asking, theirs, 1.0)
        judge_ratio("reminding of 1,000 : scheduling 1,000 activities", reminding, theirs, 1.0)
        waiting._remind_approvers(self.today)
        self.env.cr.commit()
        again, theirs = self.alternate(
            3,
            lambda: self.milestones.browse(waiting.ids)._remind_approvers(self.today),
            lambda: self.schedule(orders),
        )
        judge_ratio("a night without news, 1,000 : the same", again, theirs, 0.25)
        inbox = partial(self.milestones.search, [("waiting_for_ids", "in", self.approvers[0].ids)])
        ((seconds, queries),) = self.alternate(9, inbox)
        show("finding 1,000 that wait", f"{1000 * seconds:,.0f} ms, {queries} q", "", "", "", "")

    def schedule(self, orders):
        """Schedule an activity on each order, as Odoo does; it mails each of them."""
        self.env["purchase.order"].browse(orders.ids).activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=self.today, user_id=self.approvers[0].id
        )

    def count_queries(self):
        # Odoo inserts a hundred rows at a time: of more than that, the inserts grow.
        parts = [self.wait(count) for count in (10, 50, 100)]
        results = self.alternate(
            2, *(partial(part._remind_approvers, self.today) for part in parts)
        )
        queries = [queries for _seconds, queries in results]
        met = "yes" if len(set(queries)) == 1 else "NO"
        show("queries of 10 / 50 / 100: asking", " / ".join(map(str, queries)), "", "", "same", met)

    def compare_many(self):
        """Run two nights over 100,000 milestones, and print what each batch takes."""
        self.fill()
        for night in ("the first night", "a night without news"):
            self.env.cr.execute("UPDATE purchase_milestone SET date_turn_checked = NULL")
            self.env.cr.commit()
            self.env.invalidate_all()
            self.run_night(night)

    def fill(self):
        """Store 10,000 orders with 100,000 milestones."""
        order = self.create_orders(1)
        self.env.cr.flush()
        count = MANY // 10
        first = self.multiply(order, count, name="'PB' || n")
        self.multiply(
            order.milestone_ids[0],
            MANY,
            order_id=f"{first} + n / 10",
            state="CASE WHEN mod(n, 2) = 0 THEN 'completed' ELSE 'started' END",
            completed_by_id=f"CASE WHEN mod(n, 2) = 0 THEN {self.buyer.id} END",
            amount="10000 * (1 + mod(n, 10))",
            rule_amount="10000 * (1 + mod(n, 10))",
        )
        self.env.cr.execute("ANALYZE")
        self.env.cr.commit()

    def run_night(self, night):
        batches = []
        cron = self.env.registry["ir.cron"]
        commit = cron._commit_progress

        def note(crons, *args, **kwargs):
            batches.append((time.perf_counter(), self.env.cr.sql_log_count))
            return commit(crons, *args, **kwargs)

        with patch.object(cron, "_commit_progress", note):
            rise = peak(os.getpid(), self.milestones._cron_remind)
        took = [later[0] - earlier[0] for earlier, later in zip(batches, batches[1:], strict=False)]
        queries = [b[1] - a[1] for a, b in zip(batches, batches[1:], strict=False)]
        seconds = sum(took)
        show(
            f"{night}: {MANY:,} milestones, {len(took)} batches",
            f"{seconds:,.0f} s",
            "",
            "",
            "",
            "",
        )
        shown = f"{min(queries)} to {max(queries)} q"
        show(f"{night}: queries of a batch", shown, "", "", "", "")
        first, last = sum(took[:10]), sum(took[-10:])
        show(f"{night}: 10 first, last batches", f"{first:.1f} s", f"{last:.1f} s", "", "", "")
        judge_memory(f"{night}: memory", rise)


bench = Bench(env)  # noqa: F821
show_head()
bench.compare_nights()
bench.count_queries()
bench.compare_many()
