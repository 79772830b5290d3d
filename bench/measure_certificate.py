"""What bench/certificate.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

from measuring import Measuring, judge_ratio, show_head

from odoo.fields import Command
from odoo.tests import new_test_user

BILLS = 200
MILESTONES = 4


class Bench(Measuring):
    """Orders of 100,000 with four milestones, the first of which is billed and not posted."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        super().__init__(env)
        approver = new_test_user(env, "approver", "purchase_milestone.group_milestone_approver")
        product = env["product.product"].create({"name": "Fit-out", "type": "service"})
        env.company.retention_account_id = env["account.account"].create(
            {
                "code": "211900",
                "name": "Retention of vendors",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        vendors = env["res.partner"].create([{"name": f"Vendor {n}"} for n in range(BILLS)])
        line = {"product_id": product.id, "product_qty": 1, "price_unit": 100_000}
        plan = [
            {"name": f"Section {n}", "percentage": 100 / MILESTONES, "retention_percent": 10}
            for n in range(MILESTONES)
        ]
        orders = env["purchase.order"].create(
            [
                {
                    "partner_id": vendor.id,
                    "milestone_billing": "bill",
                    "order_line": [Command.create(line)],
                    "milestone_ids": [Command.create(values) for values in plan],
                }
                for vendor in vendors
            ]
        )
        orders.button_confirm()
        first = env["purchase.milestone"].union(*(order.milestone_ids[0] for order in orders))
        first.action_start()
        first.action_complete()
        first.with_user(approver).action_approve()
        first.action_create_bill()
        self.bills = orders.invoice_ids
        self.bills.invoice_date = "2026-03-31"
        env.cr.commit()

    def post(self, setting):
        self.env.company.milestone_certificate = setting
        self.bills.browse(self.bills.ids).action_post()

    def compare(self):
        pair = self.alternate(5, lambda: self.post("automatic"), lambda: self.post("off"))
        judge_ratio(f"posting {BILLS} bills with certificates : without", *pair, 1.15)


def main(env):
    """Measure and print one table."""
    bench = Bench(env)
    show_head()
    bench.compare()


main(env)  # noqa: F821
