from lxml import html

from odoo.tests import tagged

from ..common import MilestoneCommon

REPORTS = ("purchase.action_report_purchase_order", "purchase.report_purchase_quotation")


@tagged("post_install", "-at_install")
class TestPrint(MilestoneCommon):
    """The plan stands in the order's and in the request's PDF."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = [
            cls.percent("Racks installed", 30, retention=10, date_due="2027-03-15"),
            cls.fixed("Handover", 62_345.67),
        ]
        cls.order = cls.create_order(100_000, plan)
        cls.env["res.lang"]._activate_lang("fr_FR")

    def rows(self, report, order):
        """Return the printed plan, a list of cells for each row; None without a plan."""
        reports = self.env["ir.actions.report"].with_user(order.env.user)
        page = html.fromstring(reports._render_qweb_html(report, order.ids)[0])
        for plan in page.xpath("//div[@name='milestones']"):
            return [
                [cell.text_content().strip().replace("\xa0", " ") for cell in row]
                for row in plan.xpath(".//tr")
            ]
        return None

    def test_both_documents_show_the_plan(self):
        for report in REPORTS:
            with self.subTest(report=report):
                self.assertEqual(
                    self.rows(report, self.order),
                    [
                        ["Description", "Due Date", "Share", "Amount", "Retention"],
                        ["Racks installed", "03/15/2027", "30.00%", "$ 30,000.00", "$ 3,000.00"],
                        ["Handover", "", "62.35%", "$ 62,345.67", "$ 0.00"],
                        ["Total", "$ 92,345.67", "$ 3,000.00"],
                    ],
                )

    def test_what_is_forfeited_is_printed(self):
        self.order.button_confirm()
        self.bring_to(self.order.milestone_ids[0], "approved")
        for outcome, amount in (("pay", 500), ("forfeit", 700)):
            self.assertEqual(len(self.rows(REPORTS[0], self.order)), 4)
            release = self.env["purchase.retention.release"].with_user(self.release_officer)
            values = {"outcome": outcome, "amount": amount, "early": True, "reason": "Defects"}
            release.create({"order_id": self.order.id, **values}).action_confirm()
        self.assertEqual(
            self.rows(REPORTS[0], self.order)[4:],
            [
                ["Retention released", "$ 500.00"],
                ["Retention forfeited", "$ 700.00"],
                ["Retention open", "$ 1,800.00"],
            ],
        )

    def test_the_terms_of_the_retention_are_printed(self):
        self.order.write(
            {
                "retention_limit_type": "percent",
                "retention_limit": 5,
                "retention_acceptance_percent": 50,
                "retention_period_days": 365,
            }
        )
        reports = self.env["ir.actions.report"].with_user(self.buyer)
        page = html.fromstring(reports._render_qweb_html(REPORTS[0], self.order.ids)[0])
        (terms,) = page.xpath("//p[@name='retention_terms']")
        self.assertEqual(
            " ".join(terms.text_content().split()),
            "Retention: at most 5.00 % of the order; 50.00 % of it is due at final acceptance; "
            "all of it is due 365 days after the final acceptance.",
        )

    def test_an_order_without_milestones_prints_as_ever(self):
        for report in REPORTS:
            self.assertIsNone(self.rows(report, self.create_order(100_000)))

    def test_switched_off_it_is_not_printed(self):
        self.company.milestone_enabled = False
        for report in REPORTS:
            self.assertIsNone(self.rows(report, self.order))

    def test_who_prints_the_order_prints_its_plan(self):
        order = self.order.with_user(self.new_storekeeper())
        self.assertEqual(len(self.rows(REPORTS[0], order)), 4)

    def test_it_speaks_the_vendors_language(self):
        self.vendor.lang = "fr_FR"
        amounts = self.rows(REPORTS[0], self.order)[1][3]
        self.assertEqual(amounts.replace("\u202f", " "), "$ 30 000,00")
