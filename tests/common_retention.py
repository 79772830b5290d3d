import csv

from odoo.tools.misc import file_open

from .common import MilestoneCommon


def read_cases(name):
    """Return the rows of a file of published numbers."""
    with file_open(f"purchase_milestone/tests/cases/{name}") as file:
        return list(csv.DictReader(file))


def numbers(cell):
    return [float(part) for part in cell.split("|")]


class RetentionCommon(MilestoneCommon):
    def approved_order(self, total, milestones, **values):
        order = self.create_order(total, milestones, confirm=True, **values)
        for milestone in order.milestone_ids:
            self.bring_to(milestone, "approved")
        return order

    def new_release(self, order, **values):
        return (
            self.env["purchase.retention.release"]
            .with_user(self.release_officer)
            .create({"order_id": order.id, "reason": "Taken over without defects", **values})
        )

    def use_currency(self, code, rounding):
        currency = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        )
        currency.write({"active": True, "rounding": rounding})
        return currency
