import csv

from odoo.tools.misc import file_open

from ..common import MilestoneCommon

# The published cents stand for the smallest coin of currencies with 2, 3 and 0 decimals.
COINS = {"USD": 1, "KWD": 0.1, "JPY": 100}


def read_cases(name):
    """Return the rows of a file of published numbers."""
    with file_open(f"purchase_milestone/tests/cases/{name}") as file:
        return list(csv.DictReader(file))


def numbers(cell):
    return [float(part) for part in cell.split("|")]


class RetentionCommon(MilestoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 6

    @classmethod
    def approved_order(cls, total, milestones, **values):
        order = cls.create_order(total, milestones, confirm=True, **values)
        for milestone in order.milestone_ids:
            cls.bring_to(milestone, "approved")
        return order

    @classmethod
    def new_release(cls, order, **values):
        return (
            cls.env["purchase.retention.release"]
            .with_user(cls.release_officer)
            .create({"order_id": order.id, "reason": "Taken over without defects", **values})
        )

    def use_currency(self, code, rounding):
        currency = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        )
        currency.write({"active": True, "rounding": rounding})
        return currency
