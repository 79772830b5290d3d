from odoo import fields
from odoo.tests import tagged

from .common import PDF
from .common_billing import PortalBillingCommon

FORM = "//form[@id='bill_form']"


@tagged("post_install", "-at_install")
class TestPortalBilling(PortalBillingCommon):
    """A vendor bills what is approved: number, date and file are his, the figures are ours."""

    def assert_not_accepted(self, response, words):
        self.assertEqual(response.status_code, 422)
        self.assertIn(words, response.text)
        self.assertFalse(self.bills_of())

    # ------------------------------------------------------------------
    # The bill
    # ------------------------------------------------------------------

    def test_the_vendor_bills_exactly_what_is_approved(self):
        self.log_in(self.supplier)
        page = self.page(self.url(self.first))
        self.assertTrue(page.xpath("//a[contains(@href, '/bill')]"))
        page = self.page(self.url(self.first, "/bill"))
        figures = {
            name: page.xpath(f"//*[@id='bill_{name}']")[0].text_content()
            for name in ("gross", "retention", "tax", "total")
        }
        self.assertIn("50,000.00", figures["gross"])
        self.assertIn("5,000.00", figures["retention"])
        self.assertIn("7,500.00", figures["tax"])
        self.assertIn("52,500.00", figures["total"])
        response = self.hand_in(price_unit="1", amount_total="1", partner_id="1")
        self.assertEqual(response.status_code, 303, response.text)
        bill = self.bills_of()
        self.assertEqual(
            (bill.state, bill.move_type, bill.partner_id), ("draft", "in_invoice", self.vendor)
        )
        self.assertEqual(
            (bill.amount_untaxed, bill.amount_tax, bill.amount_total), (45_000, 7_500, 52_500)
        )
        self.assertEqual(bill.ref, "NF-2026-0117")
        self.assertEqual(bill.invoice_date, self.first.date_approved.date())
        self.assertEqual(bill.milestone_ids, self.first)
        self.assertEqual(bill.portal_user_id, self.supplier)
        self.assertEqual(bill.attachment_ids.raw, PDF)
        self.assertEqual(bill.message_main_attachment_id, bill.attachment_ids)
        self.assertEqual(self.first.billing_state, "billed")
        page = self.page(self.url(self.first)).text_content()
        self.assertIn("NF-2026-0117", page)
        self.assertIn("Received, being checked", page)
        self.assertNotIn("Bill this milestone", page)
        self.post_and_pay(bill)
        self.assertIn("Paid", self.page(self.url(self.first)).text_content())

    def test_the_list_finds_what_is_to_be_billed(self):
        self.log_in(self.supplier)
        url = "/my/milestones?filterby=bill"
        names = [a.text for a in self.page(url).xpath("//tbody//a[contains(@href, 'milestones')]")]
        self.assertEqual(names, ["First half"])
        self.hand_in()
        self.assertNotIn("First half", self.page(url).text_content())

    def post_and_pay(self, bill):
        posted = self.post_bill(bill)
        self.pay(posted)
        self.assertEqual(self.first.billing_state, "paid")

    def post_bill(self, bill):
        bill = bill.with_user(self.accountant)
        bill.action_post()
        return bill

    def test_a_colleague_bills_too(self):
        self.log_in(self.colleague)
        self.assertEqual(self.hand_in().status_code, 303)
        self.assertEqual(self.bills_of().portal_user_id, self.colleague)

    def test_whoever_checks_bills_gets_one_activity(self):
        self.log_in(self.supplier)
        self.hand_in()
        self.assertEqual(self.bills_of().activity_ids.user_id, self.buyer)
        self.company.milestone_billing_user_id = self.accountant
        self.decide(self.second)
        self.hand_in(self.second, number="NF-2026-0118")
        (bill,) = self.bills_of().filtered(lambda b: b.ref == "NF-2026-0118")
        self.assertEqual(bill.activity_ids.user_id, self.accountant)
        self.assertIn("NF-2026-0118", bill.activity_ids.summary)

    def test_the_same_bill_twice_is_one_bill(self):
        self.log_in(self.supplier)
        for number in ("NF-2026-0117", " nf-2026-0117 "):
            self.assertEqual(self.hand_in(number=number).status_code, 303)
        self.assertEqual(len(self.bills_of()), 1)
        self.assertEqual(len(self.bills_of().activity_ids), 1)
        self.assertEqual(len(self.mails()), 1)
        response = self.hand_in(number="NF-2026-0999")
        self.assertEqual(response.status_code, 422)
        self.assertIn("This milestone is billed already", response.text)
        self.assertEqual(len(self.bills_of()), 1)

    def test_a_number_is_given_once(self):
        self.enter_bill({"name": "Crane", "quantity": 1, "price_unit": 10}).ref = "Nf 2026-0117"
        self.log_in(self.supplier)
        for number in ("NF2026-0117", "nf 2026-0117", "NF\u200b 2026-0117"):
            response = self.hand_in(number=number)
            self.assert_not_accepted(response, "We already have a bill of yours with the number")
        self.assertEqual(self.hand_in(number="NF2026-0118").status_code, 303)

    def test_nobody_says_that_a_bill_came_from_the_portal(self):
        moves = self.env["account.move"].with_user(self.accountant)
        self.env["ir.default"].set("account.move", "portal_user_id", self.supplier.id)
        bill = moves.with_context(default_portal_user_id=self.supplier.id).create(
            {"move_type": "in_invoice", "partner_id": self.vendor.id}
            | {"portal_user_id": self.supplier.id}
        )
        for user in (self.accountant, self.env.ref("base.user_root")):
            with self.refused("cannot be entered or changed"):
                bill.with_user(user).portal_user_id = self.supplier
        answer = moves.load(
            ["move_type", "partner_id/.id", "portal_user_id/.id"],
            [["in_invoice", str(self.vendor.id), str(self.supplier.id)]],
        )
        self.assertFalse((bill | moves.browse(answer["ids"])).portal_user_id)
        self.log_in(self.supplier)
        self.hand_in()
        copy = self.bills_of().with_user(self.accountant).copy()
        self.assertFalse(copy.portal_user_id)

    def test_another_vendor_may_have_that_number(self):
        self.enter_bill({"name": "Crane", "quantity": 1, "price_unit": 10}).write(
            {"ref": "NF-2026-0117", "partner_id": self.rival.id}
        )
        self.log_in(self.supplier)
        self.assertEqual(self.hand_in().status_code, 303)

    def test_a_cancelled_bill_is_handed_in_again(self):
        self.log_in(self.supplier)
        self.hand_in()
        self.bills_of().with_user(self.accountant).button_cancel()
        self.assertEqual(self.hand_in().status_code, 303)
        self.assertEqual(sorted(self.bills_of().mapped("state")), ["cancel", "draft"])

    # ------------------------------------------------------------------
    # What is not accepted
    # ------------------------------------------------------------------

    def test_nothing_is_billed_before_it_is_approved(self):
        self.log_in(self.supplier)
        page = self.page(self.url(self.second, "/bill"))
        self.assertIn("not approved yet", page.text_content())
        self.assertFalse(page.xpath(FORM))
        self.assert_not_accepted(self.hand_in(self.second), "not approved yet")

    def test_an_order_that_is_not_billed_by_milestones(self):
        survey = self.survey
        survey.with_user(self.buyer).action_complete()
        survey.with_user(self.approver).action_approve()
        self.log_in(self.supplier)
        self.assertNotIn("Bill this milestone", self.page(self.url(survey)).text_content())
        response = self.hand_in(survey)
        self.assertEqual(response.status_code, 422)
        self.assertIn("not billed one by one", response.text)
        self.assertFalse(self.bills_of(self.order))

    def test_number_and_date_are_needed(self):
        self.log_in(self.supplier)
        tomorrow = str(fields.Date.add(fields.Date.today(), days=2))
        for data, words in (
            ({"number": " \u200e "}, "Give the number of your bill"),
            ({"number": "9" * 65}, "at most 64 characters"),
            ({"date": "soon"}, "Give the date of your bill"),
            ({"date": "31/12/2025"}, "Give the date of your bill"),
            ({"date": tomorrow}, "cannot lie in the future"),
            ({"date": "1999-12-31"}, "cannot lie before the order"),
        ):
            with self.subTest(data=data):
                self.assert_not_accepted(self.hand_in(**data), words)

    def test_files_that_are_not_a_bill(self):
        self.log_in(self.supplier)
        svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
        page = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'
        for name, content, words in (
            ("Bill.pdf", b"", "is empty (0 bytes)"),
            ("Bill.html", b"<html>", "is not a type of file"),
            ("Bill.svg", svg, "is not a type of file"),
            ("Bill.png", PDF, "is not a type of file"),
            ("Bill.html.pdf", PDF, "is not a type of file"),
            ("Bill.pdf", b"<html><script>1</script></html>", "is not that of a file"),
            ("Bill.xml", svg, "is not an XML file that holds a bill"),
            ("Bill.xml", page, "is not an XML file that holds a bill"),
            ("Bill.xml", b"<Invoice>", "is not an XML file that holds a bill"),
            ("Bill.pdf", PDF + b"/JavaScript", "holds a script"),
        ):
            with self.subTest(name=name, content=content[:20]):
                self.assert_not_accepted(self.hand_in(name=name, content=content), words)
        response = self.send_form(self.url(self.first, "/bill"), number="1", date="2026-01-01")
        self.assertEqual(response.status_code, 422)
        self.company.milestone_portal_file_size = 1
        large = PDF + b" " * 2**20
        self.assert_not_accepted(self.hand_in(content=large), "is larger than 1 MB")
        self.assertFalse(self.env["ir.attachment"].search([("name", "=like", "Bill.%")]))

    def test_an_xml_file_is_kept_as_text(self):
        self.log_in(self.supplier)
        name = "فاتورة " * 40 + ".xml"
        response = self.hand_in(name=name, content=b"<Invoice><ID>1</ID></Invoice>")
        self.assertEqual(response.status_code, 303, response.text)
        document = self.bills_of().attachment_ids
        self.assertEqual(document.mimetype, "text/plain")
        self.assertEqual(len(document.name), 120)

    # ------------------------------------------------------------------
    # Who may not
    # ------------------------------------------------------------------

    def test_whoever_is_not_of_the_vendor_gets_nothing(self):
        token = self.works._portal_ensure_token()
        for user in (None, self.stranger, self.buyer):
            self.log_in(user)
            for suffix in ("/bill", f"/bill?access_token={token}"):
                url = self.url(self.first, suffix)
                self.assertEqual(self.url_open(url).status_code, 404, user)
                response = self.send_form(url, number="1", date="2026-01-01", access_token=token)
                self.assertEqual(response.status_code, 404, user)
        self.assertFalse(self.bills_of())

    def test_a_token_reads_and_no_more(self):
        self.log_in(None)
        token = self.works._portal_ensure_token()
        page = self.page(self.url(self.first, token=token)).text_content()
        self.assertNotIn("Bill this milestone", page)

    def test_foreign_ids_find_nothing(self):
        other = self.new_works(partner_id=self.rival.id)
        self.decide(other.milestone_ids[0])
        self.log_in(self.supplier)
        for order, milestone in (
            (self.works.id, other.milestone_ids[0].id),
            (other.id, other.milestone_ids[0].id),
            (other.id, self.first.id),
            (self.works.id, 0),
            (2**31 - 1, self.first.id),
        ):
            url = f"/my/purchase/{order}/milestones/{milestone}/bill"
            self.assertEqual(self.url_open(url).status_code, 404)
            response = self.send_form(
                url, number="1", date="2026-01-01", milestone_id=self.first.id
            )
            self.assertEqual(response.status_code, 404)
        self.assertFalse(self.bills_of() | self.bills_of(other))

    def test_nothing_where_the_portal_is_off(self):
        self.log_in(self.supplier)
        for record in (self.company, self.works):
            record.milestone_portal = False
            self.assertEqual(self.hand_in().status_code, 404)
            record.milestone_portal = True
        self.assertFalse(self.bills_of())
