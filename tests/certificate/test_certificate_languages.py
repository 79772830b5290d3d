"""The certificate in the vendor's language, and in his currency."""

from lxml import html

from odoo.tests import HttpCase, tagged

from .common_print import REPORT, PrintCommon

TITLES = {
    "en_US": (
        *("Payment Certificate", "Interim Payment Certificate", "Interim Certificate"),
        "Certificate for Payment",
    ),
    "ar_001": ("شهادة الدفع", "شهادة دفع مرحلية", "شهادة مرحلية", "شهادة للدفع"),
    "de_DE": (
        *("Zahlungszertifikat", "Zwischenzahlungszertifikat", "Zwischenzertifikat"),
        "Zertifikat zur Zahlung",
    ),
    "es_ES": (
        *("Certificado de pago", "Certificado de pago parcial", "Certificado parcial"),
        "Certificado para pago",
    ),
    "fr_FR": (
        *("Certificat de paiement", "Certificat de paiement intermédiaire"),
        *("Certificat intermédiaire", "Certificat pour paiement"),
    ),
}
# The description, what is worth and what was certified before, and what is left to do.
HEADINGS = {
    "en_US": ("Description", "Value", "Previously", "To Finish"),
    "ar_001": ("الوصف", "القيمة", "سابقًا", "للإنجاز"),
    "de_DE": ("Beschreibung", "Wert", "Bisher", "Restleistung"),
    "es_ES": ("Descripción", "Valor", "Anterior", "Por terminar"),
    "fr_FR": ("Description", "Valeur", "Précédemment", "À achever"),
}


@tagged("post_install", "-at_install", "slow")
class TestCertificateLanguages(PrintCommon, HttpCase):
    def load(self, *codes):
        for code in codes:
            self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms(["purchase_milestone"], codes)

    def test_titles_and_headings_are_in_the_vendors_language(self):
        self.load(*(TITLES.keys() - {"en_US"}))
        certificate = self.certified()
        values = dict(self.company._fields["milestone_certificate_title"].selection)
        for code, titles in TITLES.items():
            self.vendor.lang = code
            for value, title in zip(values, titles, strict=True):
                self.company.milestone_certificate_title = value
                document = self.html(certificate)
                self.assertIn(f"{title} 1", " ".join(document.text_content().split()), code)
            headings = [th.text_content().strip() for th in document.xpath("//table//th")]
            self.assertEqual(len(headings), 8)
            self.assertEqual((*headings[:3], headings[6]), HEADINGS[code])

    def test_it_is_in_the_vendors_language_and_direction(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.vendor.lang = "ar_001"
        certificate = self.certified()
        report = self.env.ref("purchase_milestone.action_report_certificate")
        content = report._render_qweb_html(REPORT, certificate.ids)[0]
        (body,) = report._prepare_html(content, report_model=certificate._name)[0]
        document = html.fromstring(str(body))
        (page,) = document.xpath("//div[hasclass('o_certificate')]")
        self.assertEqual(page.get("dir"), "rtl")
        # Otherwise the sign of an amount would stand behind it.
        amounts = page.xpath(".//td[hasclass('o_amount')]")
        self.assertEqual({cell.get("dir") for cell in amounts}, {"ltr"})
        sheets = document.xpath("//link[@rel='stylesheet']/@href")
        self.assertTrue(any("rtl" in sheet for sheet in sheets), sheets)

    def money(self, rounding):
        """Return a new currency of this rounding."""
        currency = self.env["res.currency"].create(
            {"name": f"X{len(str(rounding))}", "symbol": "X", "rounding": rounding}
        )
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 1}
        )
        return currency

    def test_amounts_have_the_decimals_of_their_currency_in_each_language(self):
        codes = ("de_DE", "fr_FR", "es_ES")
        self.load(*codes)
        moneys = {0: self.money(1), 3: self.money(0.001)}
        for code, decimals, *words in (
            ("en_US", 0, "Payment Certificate", "18,000", "-36,000"),
            ("en_US", 3, "Payment Certificate", "18,000.000", "-36,000.000"),
            ("de_DE", 3, "Zahlungszertifikat", "18.000,000", "-36.000,000"),
            ("fr_FR", 0, "Certificat de paiement", "18 000", "-36 000"),
            ("es_ES", 3, "Certificado de pago", "18.000,000", "-36.000,000"),
        ):
            self.vendor.lang = code
            (text,) = self.texts(self.pdf(self.certified(currency_id=moneys[decimals].id)))
            lines = text.replace("\u202f", " ").replace("\xa0", " ").splitlines()
            for word in words:
                self.assertIn(word, lines, code)

    def test_arabic_is_printed_from_right_to_left(self):
        self.load("ar_001")
        self.vendor.lang = "ar_001"
        (text,) = self.texts(self.pdf(self.certified(name="رصيف {}")))
        # The letters as they are printed, joined and from the left: "رصيف 1".
        self.assertIn("1\n ﻒﻴﺻر", text)
        self.assertIn("100,000.00", text)
