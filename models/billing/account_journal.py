"""What waits for accountants, on the card of the journal for vendor bills."""

from odoo import models


class AccountJournal(models.Model):
    """The journal in which bills of milestones are made, with what is to be billed or posted."""

    _inherit = "account.journal"

    def _fill_sale_purchase_dashboard_data(self, dashboard_data):
        result = super()._fill_sale_purchase_dashboard_data(dashboard_data)
        # The journal that a company's new bills get: the first.
        purchase = self.filtered(lambda journal: journal.type == "purchase")
        first = {
            company: journals[0] for company, journals in purchase.grouped("company_id").items()
        }
        for name, model, domain in (
            ("milestones_to_bill", "purchase.milestone", [("billing_state", "=", "to_bill")]),
            ("releases_to_post", "purchase.retention.release", [("status", "=", "waiting")]),
        ):
            if first and self.env[model].has_access("read"):
                companies = [company.id for company in first]
                counts = self.env[model]._read_group(
                    [*domain, ("company_id", "in", companies)], ["company_id"], ["__count"]
                )
                for company, count in counts:
                    dashboard_data[first[company].id][name] = count
        return result
