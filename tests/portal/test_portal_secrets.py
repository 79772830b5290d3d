import json

from odoo.tests import tagged

from .common import PDF, PNG
from .common_billing import PortalBillingCommon

SECRETS = (
    *(
        "Ada Approver",
        "Bo Buyer",
        "Rita Release",
        "Carl Ledger",
        "Secret rule",
        "424242",
        "424,242",
    ),
    *("Only for us", "Secret reason", "Site office 7", "Rival Works", "Rival gate"),
)
REMARK = "Only for us: it is too expensive"
ORDER = "/my/purchase/<int:order_id>"
MILESTONE = f"{ORDER}/milestones/<int:milestone_id>"


@tagged("post_install", "-at_install")
class TestPortalSecrets(PortalBillingCommon):
    """No page and no answer to a script says what is not for vendors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver.name, cls.buyer.name = "Ada Approver", "Bo Buyer"
        cls.release_officer.name, cls.accountant.name = "Rita Release", "Carl Ledger"
        cls.env["purchase.milestone.approval.rule"].create(
            {"name": "Secret rule", "amount_from": 424242, "approver_ids": cls.approver.ids}
        )
        plan = cls.env["account.analytic.plan"].create({"name": "Sites"})
        site = cls.env["account.analytic.account"].create(
            {"name": "Site office 7", "plan_id": plan.id}
        )
        cls.works.order_line.analytic_distribution = {str(site.id): 100}
        cls.order.write({"retention_limit_type": "amount", "retention_limit": 424242})
        for record in (cls.first, cls.second, cls.works):
            record.message_post(body=REMARK)
            cls.env["ir.attachment"].create(
                {"name": "Only for us.pdf", "raw": PDF}
                | {"res_model": record._name, "res_id": record.id}
            )
        cls.decide(cls.second)
        theirs = cls.create_order(
            10_000, [cls.percent("Rival gate", 100)], confirm=True, partner_id=cls.rival.id
        )
        theirs.milestone_ids.action_start()

    def setUp(self):
        super().setUp()
        self.visited = set()
        self.bill(self.first)
        release = (
            self.env["purchase.retention.release"]
            .with_user(self.release_officer)
            .create({"order_id": self.works.id, "amount": 1_000, "early": True})
        )
        release.reason = "Secret reason"
        release.action_confirm()
        self.pay(self.post(release.sudo().bill_id))
        self.log_in(self.supplier)

    def visit(self, rule, milestone=None, status=200, may_name=(), files=(), query="", **data):
        """Open an address, or send a form to it, and look for secrets in the answer."""
        self.visited.add(rule)
        milestone = milestone or self.first
        url = (
            rule.replace("<int:order_id>", str(milestone.order_id.id))
            .replace("<int:milestone_id>", str(milestone.id))
            .replace("<int:document_id>", str(milestone.submission_ids.attachment_ids[:1].id))
            .replace("<int:page>", "1")
        )
        answer = self.send_form(url, files, **data) if data else self.url_open(url + query)
        self.assertEqual(answer.status_code, status, (url, answer.text[:2000]))
        told = [secret for secret in SECRETS if secret in answer.text]
        self.assertLessEqual(set(told), set(may_name), url)
        return answer

    def test_no_answer_tells_what_is_not_for_vendors(self):
        photo = [("files", ("Site.png", PNG))]
        page = [("files", ("page.html", b"<html>"))]
        # Deliveries: as pages, and as what the script reads.
        self.visit(MILESTONE, self.survey)
        self.visit(f"{MILESTONE}/upload", self.survey, 422, files=page, note="")
        self.visit(f"{MILESTONE}/upload", self.survey, files=photo, note="")
        form = {"number": "1", "percentage": "40", "note": "North side"}
        self.visit(f"{MILESTONE}/deliver", self.survey, 422, **{**form, "percentage": "0"})
        self.visit(f"{MILESTONE}/deliver", self.foundations, 422, **form)
        self.visit(f"{MILESTONE}/deliver", self.survey, 303, files=photo, **form)
        self.visit(f"{MILESTONE}/withdraw", self.survey, 303, number="1")
        self.opener.headers["X-Requested-With"] = "XMLHttpRequest"
        form["number"] = "2"
        self.visit(f"{MILESTONE}/deliver", self.survey, 422, **{**form, "percentage": "0"})
        self.visit(f"{MILESTONE}/deliver", self.survey, **form)
        self.survey.with_user(self.buyer).action_return_submission("The corner is missing")
        self.visit(f"{MILESTONE}/withdraw", self.survey, 422, number="2")
        del self.opener.headers["X-Requested-With"]
        self.visit(f"{MILESTONE}/documents/<int:document_id>", self.survey)
        # Bills.
        for milestone in (self.first, self.second, self.survey):
            self.visit(MILESTONE, milestone)
            self.visit(f"{MILESTONE}/bill", milestone)
        self.visit(f"{MILESTONE}/bill", self.second, 422, number="")
        today = str(self.second.date_approved.date())
        bill = [("document", ("Bill.pdf", PDF))]
        self.visit(f"{MILESTONE}/bill", self.second, 303, files=bill, number="9", date=today)
        for move in self.bills_of():
            move.message_post(body=REMARK)
        self.visit(MILESTONE, self.second)
        # Retention.
        self.visit(f"{ORDER}/retention")
        self.visit(f"{ORDER}/retention", status=422, amount="1")
        self.works.with_user(self.approver).action_final_acceptance()
        self.visit(f"{ORDER}/retention", status=303, amount="1")
        self.visit(f"{ORDER}/retention")
        # Lists, what counts them, and Odoo's own page of the order, which names the buyer.
        filters = "open", "all", "deliver", "rejected", "checked", "approved", "bill", "retained"
        for filterby in filters:
            self.visit("/my/milestones", query=f"?filterby={filterby}&search=e")
        self.visit("/my/milestones/page/<int:page>")
        self.visit("/my/home")
        for milestone in (self.survey, self.second):
            self.visit(ORDER, milestone, may_name=("Bo Buyer",))
        counters = self.url_open(
            "/my/counters",
            data=json.dumps({"params": {"counters": ["purchase_milestone_count"]}}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(counters.json()["result"], {"purchase_milestone_count": 4})
        self.assert_everything_visited()

    def assert_everything_visited(self):
        ours = {
            rule.rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.rule.startswith("/my/milestones")
            or rule.rule.startswith((MILESTONE, f"{ORDER}/retention"))
        }
        self.assertTrue(ours)
        self.assertFalse(ours - self.visited, "Visit the new pages in this test.")

    def test_the_statement_and_the_mails_tell_no_more(self):
        reports = self.env["ir.actions.report"]
        statement, _type = reports._render_qweb_html(
            "purchase_milestone.report_retention_statement", self.works.ids
        )
        self.second.with_user(self.approver).action_revoke("Secret reason")
        self.second.with_user(self.approver).action_reject("The cable trays are not earthed")
        mails = self.mails()
        self.assertTrue(mails)
        for text in (statement.decode(), *mails.mapped("body")):
            self.assertFalse([secret for secret in SECRETS if secret in text], text)
