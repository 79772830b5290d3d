import io

from lxml import etree
from lxml.builder import ElementMaker

from odoo.tools.pdf import OdooPdfFileWriter

from ..billing.common import BillingCommon

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
NAMESPACES = {
    None: "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "cac": CAC,
    "cbc": CBC,
}
INVOICE = ElementMaker(namespace=NAMESPACES[None], nsmap=NAMESPACES)
AGGREGATE = ElementMaker(namespace=CAC, nsmap=NAMESPACES)
BASIC = ElementMaker(namespace=CBC, nsmap=NAMESPACES)
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
CROSS_INDUSTRY = {"rsm": RSM, "ram": RAM, "udt": UDT}
DOCUMENT = ElementMaker(namespace=RSM, nsmap=CROSS_INDUSTRY)
TRADE = ElementMaker(namespace=RAM, nsmap=CROSS_INDUSTRY)
TYPE = ElementMaker(namespace=UDT, nsmap=CROSS_INDUSTRY)
PROFILE = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"


class EbillCommon(BillingCommon):
    """A vendor who sends e-bills (Peppol BIS Billing 3.0), taxed with 15 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.new_tax(15)
        cls.vendor.write({"vat": "BE0477472701", "city": "Ghent"})
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "purchase"), ("company_id", "=", cls.company.id)], limit=1
        )

    def ebill(self, user, lines, reference=None, prepaid=0):
        """Return the attachment of an e-bill that this user has.

        :param lines: ``[(description, quantity, price)]``
        :param reference: the order that it names
        :param prepaid: what the vendor says has been paid already (BT-113)
        """
        currency = self.company.currency_id.name

        def amount(name, value):
            return BASIC(name, f"{value:.2f}", currencyID=currency)

        def taxed(name):
            return AGGREGATE(
                name,
                BASIC("ID", "S"),
                BASIC("Percent", "15"),
                AGGREGATE("TaxScheme", BASIC("ID", "VAT")),
            )

        total = sum(quantity * price for _description, quantity, price in lines)
        order = [AGGREGATE("OrderReference", BASIC("ID", reference))] if reference else []
        document = INVOICE(
            "Invoice",
            BASIC("CustomizationID", PROFILE),
            BASIC("ID", "NF-2026-0117"),
            BASIC("IssueDate", "2026-03-31"),
            BASIC("InvoiceTypeCode", "380"),
            BASIC("DocumentCurrencyCode", currency),
            *order,
            AGGREGATE(
                "AccountingSupplierParty",
                AGGREGATE(
                    "Party",
                    AGGREGATE("PartyTaxScheme", BASIC("CompanyID", self.vendor.vat)),
                    AGGREGATE("PartyLegalEntity", BASIC("RegistrationName", self.vendor.name)),
                ),
            ),
            AGGREGATE(
                "TaxTotal",
                amount("TaxAmount", total * 0.15),
                AGGREGATE(
                    "TaxSubtotal",
                    amount("TaxableAmount", total),
                    amount("TaxAmount", total * 0.15),
                    taxed("TaxCategory"),
                ),
            ),
            AGGREGATE(
                "LegalMonetaryTotal",
                amount("LineExtensionAmount", total),
                amount("TaxExclusiveAmount", total),
                amount("TaxInclusiveAmount", total * 1.15),
                *([amount("PrepaidAmount", prepaid)] if prepaid else []),
                amount("PayableAmount", total * 1.15 - prepaid),
            ),
            *(
                AGGREGATE(
                    "InvoiceLine",
                    BASIC("ID", str(index)),
                    BASIC("InvoicedQuantity", str(quantity), unitCode="C62"),
                    amount("LineExtensionAmount", quantity * price),
                    AGGREGATE("Item", BASIC("Name", description), taxed("ClassifiedTaxCategory")),
                    AGGREGATE("Price", amount("PriceAmount", price)),
                )
                for index, (description, quantity, price) in enumerate(lines, 1)
            ),
        )
        return (
            self.env["ir.attachment"]
            .with_user(user)
            .create(
                {
                    "name": "NF-2026-0117.xml",
                    "raw": etree.tostring(document, xml_declaration=True, encoding="UTF-8"),
                    "mimetype": "application/xml",
                }
            )
        )

    def upload(self, lines, reference=None, **values):
        """Upload an e-bill through the purchase journal as the accountant; return its draft."""
        document = self.ebill(self.accountant, lines, reference, **values)
        journal = self.journal.with_user(self.accountant)
        return journal._create_document_from_attachment(document.ids)

    def factur_x(self, lines, number="NF-2026-0117", date="2026-03-31"):
        """Return a PDF that carries its figures as Factur-X (ZUGFeRD) does.

        :param lines: ``[(description, quantity, price)]``
        """

        def taxed():
            return TRADE(
                "ApplicableTradeTax",
                TRADE("TypeCode", "VAT"),
                TRADE("CategoryCode", "S"),
                TRADE("RateApplicablePercent", "15"),
            )

        def sums(name, total, *others):
            return TRADE(name, TRADE("LineTotalAmount", f"{total:.2f}"), *others)

        total = sum(quantity * price for _description, quantity, price in lines)
        document = DOCUMENT(
            "CrossIndustryInvoice",
            DOCUMENT(
                "ExchangedDocument",
                TRADE("ID", number),
                TRADE("TypeCode", "380"),
                TRADE(
                    "IssueDateTime",
                    TYPE("DateTimeString", date.replace("-", ""), format="102"),
                ),
            ),
            DOCUMENT(
                "SupplyChainTradeTransaction",
                *(
                    TRADE(
                        "IncludedSupplyChainTradeLineItem",
                        TRADE("SpecifiedTradeProduct", TRADE("Name", description)),
                        TRADE(
                            "SpecifiedLineTradeAgreement",
                            TRADE(
                                "NetPriceProductTradePrice", TRADE("ChargeAmount", f"{price:.2f}")
                            ),
                        ),
                        TRADE(
                            "SpecifiedLineTradeDelivery",
                            TRADE("BilledQuantity", str(quantity), unitCode="C62"),
                        ),
                        TRADE(
                            "SpecifiedLineTradeSettlement",
                            taxed(),
                            sums("SpecifiedTradeSettlementLineMonetarySummation", quantity * price),
                        ),
                    )
                    for description, quantity, price in lines
                ),
                TRADE(
                    "ApplicableHeaderTradeAgreement",
                    TRADE(
                        "SellerTradeParty",
                        TRADE("Name", self.vendor.name),
                        TRADE(
                            "SpecifiedTaxRegistration", TRADE("ID", self.vendor.vat, schemeID="VA")
                        ),
                    ),
                ),
                TRADE(
                    "ApplicableHeaderTradeSettlement",
                    TRADE("InvoiceCurrencyCode", self.company.currency_id.name),
                    taxed(),
                    sums(
                        "SpecifiedTradeSettlementHeaderMonetarySummation",
                        total,
                        TRADE("TaxBasisTotalAmount", f"{total:.2f}"),
                        TRADE("GrandTotalAmount", f"{total * 1.15:.2f}"),
                        TRADE("DuePayableAmount", f"{total * 1.15:.2f}"),
                    ),
                ),
            ),
        )
        pdf, stream = OdooPdfFileWriter(), io.BytesIO()
        pdf.addBlankPage(595, 842)
        content = etree.tostring(document, xml_declaration=True, encoding="UTF-8")
        pdf.addAttachment("factur-x.xml", content, subtype="text/xml")
        pdf.write(stream)
        return stream.getvalue()
