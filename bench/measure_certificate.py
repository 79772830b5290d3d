"""What bench/certificate.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

import os

from measuring import Measuring, judge_ratio, show_head

from odoo.fields import Command
from odoo.tests import new_test_user

BILLS = 200
MILESTONES = 4
ROWS = 400


class Bench(Measuring):
    """Orders of 100,000 with four milestones, the first of which is billed and not posted.

    Besides, an order of many lines and a certificate of as many milestones, to be printed.
    """

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        super().__init__(env)
        group = "purchase_milestone.group_milestone_approver"
        self.approver = new_test_user(env, "approver", group)
        self.product = env["product.product"].create({"name": "Fit-out", "type": "service"})
        env.company.retention_account_id = env["account.account"].create(
            {
                "code": "211900",
                "name": "Retention of vendors",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        vendors = env["res.partner"].create([{"name": f"Vendor {n}"} for n in range(BILLS)])
        line = {"product_id": self.product.id, "product_qty": 1, "price_unit": 100_000}
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
        first.with_user(self.approver).action_approve()
        first.action_create_bill()
        self.bills = orders.invoice_ids
        self.bills.invoice_date = "2026-03-31"
        env.cr.commit()

    def post(self, setting):
        self.env.company.milestone_certificate = setting
        self.bills.browse(self.bills.ids).action_post()

    def prepare_prints(self):
        """Make an order of many lines, and a certificate of as many milestones."""
        self.env["ir.config_parameter"].set_param("report.url", os.environ["BENCH_URL"])
        self.env.company.milestone_certificate = "manual"
        vendor = self.env["res.partner"].create({"name": "Vendor of Long Orders"})
        line = {"product_id": self.product.id, "product_qty": 1, "price_unit": 1_000}
        plan = [
            {"name": f"Section {n}", "percentage": 100 / ROWS, "retention_percent": 10}
            for n in range(ROWS)
        ]
        self.long_order, planned = self.env["purchase.order"].create(
            [
                {
                    "partner_id": vendor.id,
                    "milestone_billing": "track",
                    "order_line": [Command.create(line) for _row in range(ROWS)],
                    "milestone_ids": [Command.create(values) for values in milestones],
                }
                for milestones in ([], plan)
            ]
        )
        planned.button_confirm()
        planned.milestone_ids.action_start()
        planned.milestone_ids.action_complete()
        planned.milestone_ids.with_user(self.approver).action_approve()
        planned.with_user(self.approver).action_issue_certificate()
        self.certificate = planned.certificate_ids
        self.env.cr.commit()

    def print_pdf(self, report, record):
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        reports._render_qweb_pdf(report, record.ids)

    def compare_prints(self):
        certificate, order = (
            "purchase_milestone.report_certificate",
            "purchase.report_purchaseorder",
        )
        pair = self.alternate(
            5,
            lambda: self.print_pdf(certificate, self.certificate),
            lambda: self.print_pdf(order, self.long_order),
        )
        judge_ratio(f"PDF of a certificate of {ROWS} rows : of an order", *pair, 1.0)

    def compare(self):
        pair = self.alternate(5, lambda: self.post("automatic"), lambda: self.post("off"))
        judge_ratio(f"posting {BILLS} bills with certificates : without", *pair, 1.15)


def main(env):
    """Measure and print one table."""
    bench = Bench(env)
    show_head()
    bench.compare()
    bench.prepare_prints()
    bench.compare_prints()


main(env)  # noqa: F821
