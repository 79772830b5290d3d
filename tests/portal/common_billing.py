from ..billing.common import BillingCommon
from .common import PDF, PortalCommon


class PortalBillingCommon(BillingCommon, PortalCommon):
    """An order of 100,000 with 15 % tax and 10 % retention; its first half is approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.new_tax(15)
        cls.works = cls.new_works()
        cls.first, cls.second = cls.works.milestone_ids
        cls.decide(cls.first)

    @classmethod
    def new_works(cls, **values):
        return cls.create_order(
            milestones=[
                cls.percent("First half", 50, retention=10),
                cls.percent("Second half", 50, retention=10),
            ],
            order_line=[(0, 0, {**cls.line_values(100_000), "tax_ids": cls.tax.ids})],
            confirm=True,
            **values,
        )

    @classmethod
    def decide(cls, milestones):
        """Have milestones approved, each step by whose job it is."""
        milestones.with_user(cls.buyer).action_start()
        milestones.with_user(cls.buyer).action_complete()
        milestones.with_user(cls.approver).action_approve()

    def hand_in(self, milestone=None, number="NF-2026-0117", date=None, content=PDF, **data):
        """Send the form of a bill, as the user who is logged in."""
        name = data.pop("name", "Our bill.pdf")
        return self.send_form(
            self.url(milestone or self.first, "/bill"),
            files=[("document", (name, content))],
            number=number,
            date=date or str(self.first.date_approved.date()),
            **data,
        )

    def bills_of(self, order=None):
        return self.env["account.move"].search(
            [("invoice_line_ids.purchase_line_id.order_id", "=", (order or self.works).id)]
        )

    def mails(self, order=None):
        """Return the mails to the vendor in the history of the order, the latest first."""
        subtype = self.env.ref("purchase_milestone.mail_message_subtype_vendor")
        return (order or self.works).message_ids.filtered(lambda m: m.subtype_id == subtype)
