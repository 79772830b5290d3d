import os
import random
from collections import Counter

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PDF
from .common_billing import PortalBillingCommon

# PURCHASE_MILESTONE_REQUESTS=10000 bin/test tests/portal -k strangers
REQUESTS = int(os.environ.get("PURCHASE_MILESTONE_REQUESTS", "300"))
SECRETS = (
    *("Survey", "Foundations", "First half", "Second half", "Secret note", "Secret reason"),
    *("Ada Approver", "Nora Lind", "Only for us", "424242", "Rival gate", "NF-2026-0117"),
)
PLACE = "/my/purchase/{order}/milestones/{milestone}"
PAGES = (
    ("GET", PLACE),
    ("GET", f"{PLACE}/documents/{{document}}"),
    ("GET", f"{PLACE}/bill"),
    ("POST", f"{PLACE}/bill"),
    ("POST", f"{PLACE}/deliver"),
    ("POST", f"{PLACE}/upload"),
    ("POST", f"{PLACE}/withdraw"),
    ("GET", "/my/purchase/{order}/retention"),
    ("POST", "/my/purchase/{order}/retention"),
)
FIELDS = (
    *("number", "percentage", "note", "uploads", "date", "order_id", "milestone_id", "user_id"),
    *("partner_id", "document_id", "access_token", "state", "amount", "report_type", "id"),
)
OUR_MODELS = (
    *("purchase.milestone", "purchase.milestone.submission", "purchase.retention.release"),
    "purchase.milestone.certificate",
)
# Vendors have access to documents of their own, so that some calls are answered: with nothing.
ODOO_MODELS = ("purchase.order", "account.move", "ir.attachment")
METHODS = (
    "read",
    "write",
    "unlink",
    "copy",
    "search_read",
    "web_read",
    "export_data",
    "name_search",
)


@tagged("post_install", "-at_install", "slow")
class TestPortalStrangers(PortalBillingCommon):
    """Guessed requests by the hundred: refused as if nothing existed, nothing written or told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver.name = "Ada Approver"
        cls.order.write({"retention_limit_type": "amount", "retention_limit": 424242})
        cls.survey.note = "Secret note"
        remark = "Only for us"
        cls.survey.message_post(body=remark)
        # Of a vendor of whom nobody asks for anything here.
        cls.theirs = cls.create_order(
            10_000,
            [cls.percent("Rival gate", 100)],
            confirm=True,
            partner_id=cls.env["res.partner"].create({"name": "Third Works"}).id,
        )
        cls.theirs.milestone_ids.action_start()
        cls.document = cls.env["ir.attachment"].create(
            {"name": "Only for us.pdf", "raw": PDF, "res_model": "purchase.milestone"}
            | {"res_id": cls.survey.id}
        )
        cls.release = cls.env["purchase.retention.release"].create(
            {"order_id": cls.order.id, "reason": "Secret reason"}
        )

    def setUp(self):
        super().setUp()
        self.log_in(self.supplier)
        self.deliver(files=[("Report.pdf", PDF)])
        self.survey.with_user(self.buyer).action_return_submission("Secret reason")
        self.hand_in()
        self.order._portal_ensure_token()
        self.random = random.Random(REQUESTS)

    def test_whatever_a_stranger_guesses(self):
        before = self.get_rows()
        answers = Counter()
        with mute_logger("odoo.http"):
            for user in (None, self.stranger):
                self.read_as(user)
                for _time in range(REQUESTS * 3 // 10):
                    answers[self.visit(user, self.guess_place())] += 1
            self.read_as(self.supplier)
            for _time in range(REQUESTS // 5):
                answers[self.visit(self.supplier, self.guess_foreign_place())] += 1
            self.read_as(self.stranger)
            for _time in range(REQUESTS // 5):
                self.call_model()
        self.assertEqual(self.get_rows(), before)
        # It was not the form that was refused, but what it asked for.
        self.assertGreater(answers[404], REQUESTS // 2, answers)

    def read_as(self, user):
        self.reader = user or self.env["res.users"]
        self.log_in(user)

    # ------------------------------------------------------------------
    # Guesses
    # ------------------------------------------------------------------

    def guess_id(self):
        known = (self.order, self.theirs, self.works, self.survey, self.first, self.document)
        return self.random.choice(
            [
                self.random.choice(known).id,
                self.random.randrange(10_000),
                self.random.choice((0, 1, 2**31 - 1, 2**31, 10**20)),
            ]
        )

    def guess_text(self):
        return self.random.choice(
            [
                str(self.guess_id()),
                self.order._portal_ensure_token()[:-1] + "x",
                self.random.choice(("", "-1", "1' OR '1'='1", "%00", "../../1", "[[6, 0, [1]]]")),
                self.random.choice(("true", "NaN", "<script>", "é" * 300, "\0", "pdf")),
            ]
        )

    def guess_place(self):
        """Return ``(order, milestone)``, in two of three tries one of the vendor's."""
        if self.random.random() < 2 / 3:
            milestone = self.random.choice((self.survey, self.foundations, self.first, self.second))
            return milestone.order_id.id, milestone.id
        return self.guess_id(), self.guess_id()

    def guess_foreign_place(self):
        """Return a place that is not one of the vendor's."""
        own = {(m.order_id.id, m.id) for m in (self.order | self.works).milestone_ids}
        while True:
            order, milestone = place = self.random.choice(
                [
                    (self.theirs.id, self.theirs.milestone_ids.id),
                    (self.theirs.id, self.survey.id),
                    (self.order.id, self.theirs.milestone_ids.id),
                    (self.guess_id(), self.guess_id()),
                ]
            )
            if place not in own:
                return order, milestone

    # ------------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------------

    def visit(self, user, place):
        """Send one request, which must be refused; return the status of the answer."""
        order, milestone = place
        method, page = self.random.choice(PAGES)
        if user == self.supplier and page.endswith("/retention"):
            page = PLACE  # The order may be one of his.
        if self.random.random() < 1 / 8:
            method = self.random.choice(("GET", "POST", "PUT", "DELETE", "PATCH"))
        url = page.format(order=order, milestone=milestone, document=self.guess_id())
        data = {name: self.guess_text() for name in self.random.sample(FIELDS, 5)}
        if method == "GET":
            answer = self.url_open(url, params=data, allow_redirects=False)
        elif method == "POST":
            files = [("files", ("Report.pdf", PDF)), ("document", ("Bill.pdf", PDF))]
            answer = self.send_form(url, files=self.random.choice((files, ())), **data)
        else:
            answer = self.url_open(url, data=data, method=method, allow_redirects=False)
        what = (user and user.login, method, url, data, answer.status_code)
        if answer.status_code == 303:
            self.assertIn("/web/login", answer.headers["Location"], what)
        else:
            self.assertIn(answer.status_code, (400, 404, 405), what)
        self.assert_nothing_told(answer, what)
        return answer.status_code

    def call_model(self):
        """Call a method over RPC as a vendor: what it returns holds nothing."""
        model = self.random.choice(OUR_MODELS + ODOO_MODELS)
        actions = [name for name in dir(self.env.registry[model]) if name.startswith("action_")]
        method = self.random.choice((*METHODS, *actions))
        # Odoo reads 0 as a record that is being made: it has default values and no others.
        ids = [self.guess_id() or 1 for _time in range(self.random.randrange(1, 4))]
        arguments = {
            "write": [ids, {"name": self.guess_text()}],
            "search_read": [[("id", "in", ids)]],
            "name_search": [""],
            "export_data": [ids, ["id", "display_name"]],
            "web_read": [ids, {"display_name": {}}],
        }.get(method, [ids])
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json=self.build_rpc_payload(
                {"model": model, "method": method, "args": arguments, "kwargs": {}}
            ),
        )
        what = (model, method, arguments, answer.text)
        if model in OUR_MODELS:
            self.assertFalse(answer.json().get("result"), what)
        self.assert_nothing_told(answer, what)

    def assert_nothing_told(self, answer, what):
        secrets = [secret for secret in SECRETS if secret in answer.text]
        # Each page says who is logged in.
        self.assertLessEqual(set(secrets), {self.reader.name}, what)
