"""What is held of each order, when it is due, and whether the general ledger holds the same."""

from odoo import fields, models
from odoo.tools import SQL

from ...tools.fields import MonetaryTotal


class PurchaseRetentionReport(models.Model):
    """One row per order that holds or has held retention; amounts in the order's currency."""

    _name = "purchase.retention.report"
    _description = "Retention Report"
    _auto = False
    _rec_name = "order_id"
    _order = "date_retention_due, id"
    _access_through = "order_id"
    _depends = {
        "account.move.line": ["amount_currency", "parent_state", "retention_order_id"],
        "purchase.order": [
            "company_id",
            "currency_id",
            "date_final_acceptance",
            "date_retention_due",
            "milestone_billing",
            "partner_id",
            "retention_acceptance_percent",
            "retention_held",
            "retention_open",
            "retention_released",
            "retention_reserved",
            "user_id",
        ],
    }

    order_id = fields.Many2one(
        comodel_name="purchase.order", string="Purchase Order", readonly=True
    )
    partner_id = fields.Many2one(comodel_name="res.partner", string="Vendor", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Buyer", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    milestone_billing = fields.Selection(
        selection=[("track", "As Odoo does"), ("bill", "By milestones")],
        string="Billing",
        readonly=True,
        help="The general ledger holds the retention only of orders that are billed by milestones.",
    )
    date_final_acceptance = fields.Date(string="Final Acceptance", readonly=True)
    date_retention_due = fields.Date(
        string="Retention Due", readonly=True, help="Final acceptance plus the retention period."
    )
    retention_held = MonetaryTotal(string="Held", readonly=True)
    retention_released = MonetaryTotal(string="Released", readonly=True)
    retention_reserved = MonetaryTotal(
        string="Reserved",
        readonly=True,
        help="On draft bills of releases. It is released when they are posted.",
    )
    retention_open = MonetaryTotal(
        string="Open", readonly=True, help="Retention held and not yet released."
    )
    retention_due = MonetaryTotal(
        string="Due",
        readonly=True,
        help="What can be released today, less what is released or reserved: nothing before the "
        "final acceptance, then the part due at acceptance, everything from the due date on.",
    )
    retention_overdue = MonetaryTotal(
        string="Overdue", readonly=True, help="Due, and the due date has passed."
    )
    retention_ledger = MonetaryTotal(
        string="In the Ledger",
        readonly=True,
        help="Balance of the posted retention items of the order, if it is billed by milestones.",
    )
    retention_difference = MonetaryTotal(
        string="Difference",
        readonly=True,
        help="Amount in the general ledger less the amount open on the order. Zero if both agree.",
    )

    @property
    def _table_query(self):
        # The rule of what is due is the one of `purchase.order._get_retention_due`.
        return SQL(
            """
            SELECT held.*,
                   CASE WHEN date_retention_due < %(today)s THEN retention_due ELSE 0 END
                       AS retention_overdue,
                   CASE WHEN milestone_billing = 'bill'
                        THEN retention_ledger - retention_open
                        ELSE 0
                   END AS retention_difference
              FROM (
                    SELECT po.id,
                           po.id AS order_id,
                           po.partner_id,
                           po.user_id,
                           po.company_id,
                           po.currency_id,
                           po.milestone_billing,
                           po.date_final_acceptance,
                           po.date_retention_due,
                           po.retention_held,
                           po.retention_released,
                           po.retention_reserved,
                           po.retention_open,
                           CASE WHEN po.date_final_acceptance > %(today)s
                                  OR po.date_final_acceptance IS NULL
                                THEN 0
                                WHEN po.date_retention_due <= %(today)s
                                THEN po.retention_open - po.retention_reserved
                                ELSE GREATEST(
                                    ROUND(
                                        po.retention_held * po.retention_acceptance_percent
                                        / 100 / currency.rounding
                                    ) * currency.rounding
                                    - po.retention_released - po.retention_reserved,
                                    0
                                )
                           END AS retention_due,
                           CASE WHEN po.milestone_billing = 'bill'
                                THEN COALESCE(ledger.amount, 0)
                                ELSE 0
                           END AS retention_ledger
                      FROM purchase_order po
                      JOIN res_currency currency ON currency.id = po.currency_id
                 LEFT JOIN (
                            SELECT line.retention_order_id,
                                   -SUM(line.amount_currency) AS amount
                              FROM account_move_line line
                             WHERE line.retention_order_id IS NOT NULL
                               AND line.parent_state = 'posted'
                          GROUP BY line.retention_order_id
                           ) ledger
                        ON ledger.retention_order_id = po.id
                     WHERE po.retention_held != 0
                        OR po.retention_released != 0
                        OR po.retention_reserved != 0
                        OR ledger.amount IS NOT NULL
                   ) held
            """,
            today=fields.Date.context_today(self),
        )

    def action_open_order(self):
        """Open the order of this row."""
        return self.order_id.get_formview_action()
