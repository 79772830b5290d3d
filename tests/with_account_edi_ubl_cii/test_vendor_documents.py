from odoo.tests import new_test_user, tagged

from .common import EbillCommon


@tagged("post_install", "-at_install", "slow")
class TestVendorDocuments(EbillCommon):
    """An e-bill handed in on the portal is compared with the draft, and changes nothing of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.milestone_portal = True
        cls.supplier = new_test_user(cls.env, "ms_supplier", "base.group_portal")
        cls.supplier.partner_id.parent_id = cls.vendor

    def setUp(self):
        super().setUp()
        order = self.create_order(
            milestones=[self.percent("First floor", 100, retention=10)],
            order_line=[(0, 0, {**self.line_values(1_000), "tax_ids": self.tax.ids})],
            confirm=True,
        )
        order.with_env(self.env).date_approve = "2026-01-05"
        self.approve(order.milestone_ids)
        self.milestone = order.milestone_ids

    def hand_in(self, lines, number="NF-2026-0117", date="2026-03-31", content=None, **values):
        """Hand in an e-bill with these lines; return its draft and the note on it."""
        name = values.pop("name", "Bill.xml")
        content = content or self.ebill(self.accountant, lines, **values).raw
        before = self.count()
        milestone = self.milestone.with_user(self.supplier).sudo()
        bill = milestone._hand_in_bill(number, date, name, content).with_env(self.env)
        self.assertEqual(self.count(), [count + 1 for count in before])
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (900, 1_050))
        self.assertEqual((bill.ref, str(bill.invoice_date)), (number, date))
        self.assertEqual(bill.partner_id, self.vendor)
        self.assertEqual(len(bill.attachment_ids), 1)
        notes = bill.message_ids.filtered(lambda message: "document" in message.body)
        for note in notes:
            self.assertTrue(note.is_internal or note.subtype_id.internal)
            self.assertEqual(note.author_id, self.env.ref("base.partner_root"))
        return bill, "".join(notes.mapped("body"))

    def count(self):
        """Return how many bills there are of this order, and in all."""
        moves = self.env["account.move"]
        theirs = [("invoice_line_ids.purchase_line_id.order_id", "=", self.milestone.order_id.id)]
        return [moves.search_count(theirs), moves.search_count([])]

    def test_a_document_of_the_same_figures_says_nothing(self):
        for lines in ([("First floor", 1, 1_000)], [("Walls", 2, 400), ("Doors", 1, 200)]):
            bill, note = self.hand_in(lines)
            self.assertFalse(note)
            bill.unlink()

    def test_differences_are_noted_and_not_taken_over(self):
        _bill, note = self.hand_in(
            [("First floor", 1, 1_200)], number="NF-2026-0118", date="2026-03-30"
        )
        for words in (
            "NF-2026-0117 in the document, NF-2026-0118 here",
            "03/31/2026 in the document, 03/30/2026 here",
            "1,200.00 in the document",
            "1,000.00 here",
            "1,380.00 in the document",
            "1,150.00 here",
        ):
            self.assertIn(words, note.replace("\xa0", " "))

    def test_a_vendor_who_deducts_the_retention_himself(self):
        self.company.retention_tax_policy = "on_bill"
        _bill, note = self.hand_in([("First floor", 1, 900)])
        # His tax is that of 900: it differs from that of 1,000.
        self.assertIn("1,035.00", note)

    def test_what_was_prepaid_is_not_retention(self):
        for prepaid in (100, 115):
            bill, note = self.hand_in([("First floor", 1, 1_000)], prepaid=prepaid)
            self.assertFalse(note)
            self.assertEqual(bill.amount_residual, 1_050)
            bill.unlink()

    def test_a_document_that_cannot_be_read(self):
        content = self.ebill(self.accountant, [("First floor", 1, 1_000)]).raw
        content = content.replace(b"<cbc:InvoiceTypeCode>380<", b"<cbc:InvoiceTypeCode>abc<")
        content = content.replace(b">1000.00<", b">a thousand<")
        _bill, note = self.hand_in([], content=content)
        self.assertIn("could not be read", note)

    def test_a_pdf_with_its_figures_inside(self):
        """Factur-X and ZUGFeRD: a person reads the PDF, and Odoo the XML in it."""
        for lines in ([("First floor", 1, 1_000)], [("Walls", 2, 400), ("Doors", 1, 200)]):
            content = self.factur_x(lines)
            bill, note = self.hand_in([], content=content, name="Bill.pdf")
            self.assertFalse(note)
            self.assertEqual(bill.attachment_ids.raw, content)
            self.assertEqual(bill.attachment_ids.mimetype, "application/pdf")
            self.assertEqual(
                bill.invoice_line_ids.purchase_line_id, self.milestone.order_id.order_line
            )
            bill.unlink()
        content = self.factur_x([("First floor", 1, 1_200)], number="NF-9", date="2026-03-30")
        _bill, note = self.hand_in([], content=content, name="Bill.pdf")
        for words in (
            "NF-9 in the document, NF-2026-0117 here",
            "03/30/2026 in the document, 03/31/2026 here",
            "1,200.00 in the document",
            "1,380.00 in the document",
        ):
            self.assertIn(words, note.replace("\xa0", " "))

    def test_a_pdf_whose_figures_cannot_be_read(self):
        content = self.factur_x([("First floor", 1, 1_000)], date="the end of March")
        _bill, note = self.hand_in([], content=content, name="Bill.pdf")
        self.assertIn("could not be read", note)
