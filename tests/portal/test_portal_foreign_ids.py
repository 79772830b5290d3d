from odoo.tests import tagged

from .common import PDF, PNG
from .common_billing import PortalBillingCommon

BILL = [("document", ("Bill.pdf", PDF))]


@tagged("post_install", "-at_install", "slow")
class TestPortalForeignIds(PortalBillingCommon):
    """Ids that exist, at places where they do not belong: as if they did not exist."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.new_works(partner_id=cls.rival.id)
        cls.gate, cls.fence = cls.theirs.milestone_ids
        cls.decide(cls.gate)
        cls.foundations.with_user(cls.buyer).action_start()
        cls.second.with_user(cls.buyer).action_start()
        cls.fence.with_user(cls.buyer).action_start()

    def setUp(self):
        super().setUp()
        for user, milestone in (
            (self.supplier, self.survey),
            (self.supplier, self.survey),
            (self.supplier, self.second),
            (self.stranger, self.fence),
        ):
            self.log_in(user)
            number = len(milestone.submission_ids) + 1
            self.deliver(milestone, files=[(f"{milestone.name}.pdf", PDF)], number=number)
            if milestone == self.survey and number == 1:
                milestone.with_user(self.buyer).action_return_submission("Not yet")
        self.documents = {
            milestone: milestone.submission_ids[:1].attachment_ids
            for milestone in (self.survey, self.second, self.fence)
        }

    def refuse(self, user, requests, *status):
        """Send requests, ``(url, files, values)`` or addresses: nothing is written or told."""
        self.log_in(user)
        before = self.get_rows()
        for request in requests:
            url, files, values = (request, None, None) if isinstance(request, str) else request
            answer = self.url_open(url) if values is None else self.send_form(url, files, **values)
            self.assertIn(answer.status_code, status, request)
            for secret in ("Bill this milestone", "Not yet", "%PDF", "Signature"):
                self.assertNotIn(secret, answer.text)
        self.assertEqual(self.get_rows(), before)

    def requests_at(self, order, milestone):
        """Return a request to each address of a milestone, and of its document."""
        place = f"/my/purchase/{order.id}/milestones/{milestone.id}"
        document = self.documents.get(milestone) or self.documents[self.survey]
        today = str(self.first.date_approved.date())
        return [
            place,
            f"{place}/bill",
            f"{place}/documents/{document.id}",
            (f"{place}/bill", BILL, {"number": "9", "date": today}),
            (f"{place}/deliver", [("files", ("A.png", PNG))], {"number": "1", "percentage": "40"}),
            (f"{place}/deliver", [], {"number": "2", "percentage": "40"}),
            (f"{place}/upload", [("files", ("A.png", PNG))], {}),
            *((f"{place}/withdraw", [], {"number": str(number)}) for number in (1, 2)),
        ]

    def test_a_milestone_under_an_order_that_is_not_its_own(self):
        ours = [
            *((self.order, milestone) for milestone in (self.first, self.second)),
            *((self.works, milestone) for milestone in (self.survey, self.foundations)),
        ]
        foreign = [
            *((self.order, milestone) for milestone in (self.gate, self.fence)),
            *((self.theirs, milestone) for milestone in (self.survey, self.first, self.fence)),
        ]
        for order, milestone in (*ours, *foreign):
            with self.subTest(order=order.name, milestone=milestone.name):
                self.refuse(self.supplier, self.requests_at(order, milestone), 404)
        for order, milestone in (*ours, (self.order, self.fence), (self.theirs, self.second)):
            with self.subTest(order=order.name, milestone=milestone.name, user="stranger"):
                self.refuse(self.stranger, self.requests_at(order, milestone), 404)

    def test_the_retention_of_another_vendor_s_order(self):
        for order, user in ((self.theirs, self.supplier), (self.works, self.stranger)):
            url = f"/my/purchase/{order.id}/retention"
            requests = [url, f"{url}?report_type=pdf", (url, [], {"order_id": str(self.order.id)})]
            self.refuse(user, requests, 404)

    def test_documents_of_other_records(self):
        """Also of those that the vendor sees elsewhere: a document has one place."""
        self.log_in(self.supplier)
        self.hand_in()
        (kept,) = self.upload(("Kept.png", PNG), milestone=self.foundations).json()["ids"]
        shown = self.env["ir.attachment"].create(
            [
                {"name": "Plan.pdf", "raw": PDF, "visible_to_vendor": True}
                | {"res_model": record._name, "res_id": record.id}
                for record in (self.order, self.foundations, self.gate)
            ]
        )
        ids = [*shown.ids, kept, self.bills_of().attachment_ids.id]
        ids += [self.documents[self.second].id, self.documents[self.fence].id]
        self.refuse(self.supplier, [self.url(suffix=f"/documents/{number}") for number in ids], 404)
        self.refuse(
            self.supplier,
            [
                (
                    self.url(self.foundations, "/deliver"),
                    [],
                    {"number": "1", "percentage": "100", "uploads": str(number)},
                )
                for number in {*ids, self.documents[self.survey].id} - {kept}
            ],
            422,
        )

    def test_deliveries_of_other_milestones(self):
        """The second half has one delivery, the survey two: the last of each is open."""
        other, own = self.survey.submission_ids[0], self.second.submission_ids
        self.assertEqual((other.number, own.number), (2, 1))
        self.refuse(
            self.supplier,
            [
                (self.url(milestone, "/withdraw"), [], {"number": str(number)})
                for milestone, number in (
                    (self.second, 2),
                    (self.foundations, 1),
                    (self.survey, 3),
                    *((self.second, d.id) for d in other | own if d.id > 3),
                )
            ],
            404,
        )
        self.log_in(self.supplier)
        values = {"number": "1", "submission_id": str(other.id), "milestone_id": self.survey.id}
        self.send_form(self.url(self.second, "/withdraw"), **values)
        self.assertEqual((other.state, own.state), ("submitted", "withdrawn"))

    def test_the_address_says_what_is_meant_and_no_field_does(self):
        self.log_in(self.supplier)
        self.deliver(
            self.foundations,
            order_id=self.theirs.id,
            milestone_id=self.gate.id,
            user_id=self.stranger.id,
            company_id="0",
            state="accepted",
        )
        delivery = self.foundations.submission_ids
        self.assertEqual((delivery.user_id, delivery.state), (self.supplier, "submitted"))
        self.assertFalse(self.gate.submission_ids)
        self.hand_in(
            self.first,
            order_id=self.theirs.id,
            milestone_id=self.gate.id,
            partner_id=self.rival.id,
            portal_user_id=self.stranger.id,
        )
        bill = self.bills_of()
        self.assertEqual((bill.partner_id, bill.portal_user_id), (self.vendor, self.supplier))
        self.assertFalse(self.bills_of(self.theirs))
