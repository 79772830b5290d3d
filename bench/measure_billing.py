"""What bench/billing.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

from measuring import Measuring, judge_ratio, show, show_head

from odoo.fields import Command
from odoo.tests import new_test_user

LINES = 4
MILESTONES = 4


class Bench(Measuring):
    """Orders of 100,000 in four lines; four milestones of a quarter, a tenth of each retained."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        super().__init__(env)
        self.buyer = env(user=new_test_user(env, "buyer", "purchase.group_purchase_user"))
        approver = new_test_user(env, "approver", "purchase_milestone.group_milestone_approver")
        self.approver = env(user=approver)
        self.product = env["product.product"].create({"name": "Fit-out", "type": "service"})
        env.company.retention_account_id = env["account.account"].create(
            {
                "code": "211900",
                "name": "Retention of vendors",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        env.cr.commit()

    def create_orders(self, count, milestones=0):
        """Return confirmed orders, each of a vendor of its own: Odoo merges those of one."""
        vendors = self.env["res.partner"].create([{"name": f"Vendor {n}"} for n in range(count)])
        line = {
            "product_id": self.product.id,
            "name": "Data centre fit-out",
            "product_qty": 1,
            "price_unit": 100_000 / LINES,
        }
        plan = [
            {"name": f"Section {n}", "percentage": 100 / milestones, "retention_percent": 10}
            for n in range(milestones)
        ]
        orders = self.buyer["purchase.order"].create(
            [
                {
                    "partner_id": vendor.id,
                    "milestone_billing": "bill" if milestones else "track",
                    "order_line": [Command.create(line)] * LINES,
                    "milestone_ids": [Command.create(values) for values in plan],
                }
                for vendor in vendors
            ]
        )
        orders.button_confirm()
        return orders

    def approve(self, milestones):
        milestones.action_start()
        milestones.action_complete()
        self.approver[milestones._name].browse(milestones.ids).action_approve()

    def compare_bills(self):
        ours, theirs = self.create_orders(50, MILESTONES), self.create_orders(50)
        self.approve(ours.milestone_ids)
        theirs.order_line.qty_received = 1
        self.env.cr.commit()
        ours, theirs = (self.buyer[o._name].browse(o.ids) for o in (ours, theirs))
        pair = self.alternate(7, ours.action_create_invoice, theirs.action_create_invoice)
        judge_ratio("billing 200 milestones of 50 orders : their lines", *pair, 1.25)

    def count_queries(self):
        """Queries of one bill must not grow with what the order has been billed before."""
        counts = []
        for plan in (2, 10, 40):
            order = self.create_orders(1, plan)
            for milestone in order.milestone_ids[:-1]:
                self.approve(milestone)
                milestone.action_create_bill()
            self.approve(order.milestone_ids[-1:])
            self.env.cr.commit()
            results = self.alternate(3, order.milestone_ids[-1:].action_create_bill)
            counts.append(results[0][1])
        shown = " / ".join(map(str, counts))
        met = "yes" if len(set(counts)) == 1 else "NO"
        show("queries of a bill after 1 / 9 / 39 others", shown, "", "", "same", met)

        each = []
        for count in (10, 50):
            orders = self.create_orders(count, MILESTONES)
            self.approve(orders.milestone_ids)
            self.env.cr.commit()
            each.append(self.alternate(3, orders.action_create_invoice)[0][1] / count)
        shown = " / ".join(f"{queries:.1f}" for queries in each)
        met = "yes" if each[1] <= each[0] else "NO"
        show("queries per bill, 10 / 50 orders in one press", shown, "", "", "same", met)


bench = Bench(env)  # noqa: F821
show_head()
bench.compare_bills()
bench.count_queries()
