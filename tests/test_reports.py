from odoo.tests import tagged

from .common_billing import BillingCommon


@tagged("post_install", "-at_install")
class TestReports(BillingCommon):
    def test_smoke(self):
        order = self.create_order(
            100_000,
            [self.percent("Racks", 50, retention=10), self.percent("Rest", 50, retention=10)],
            confirm=True,
        )
        self.approve(order.milestone_ids[0])
        self.bill(order)
        r = self.env["purchase.retention.report"].search([])
        print(r.read())
        print(self.env["purchase.milestone.forecast"].search([]).read())
        print(self.env["purchase.retention.report"].search([("retention_difference", "!=", 0)]))
