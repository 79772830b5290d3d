"""What is held of each order, when it is due, and whether the general ledger holds the same."""

from odoo import fields, models
from odoo.tools import SQL

from ...tools.fields import MonetaryTotal


class PurchaseRetentionReport(models.Model):
    """One row per order that holds or has held retention, and one per entry without an order.

    Per company and vendor the rows add up to what orders hold and to the balance of the accounts
    on which retention waits, or ever did. Amounts are in the currency of the order or the entry.
    """

    _name = "purchase.retention.report"
    _description = "Retention Report"
    _auto = False
    _rec_name = "order_id"
    _order = "date_retention_due, id"
    _access_through = "order_id"
    _depends = {
        "account.move.line": [
            "account_id",
            "amount_currency",
            "company_id",
            "currency_id",
            "move_id",
            "move_name",
            "parent_state",
            "partner_id",
            "retention_order_id",
        ],
        "purchase.order": [
            "company_id",
            "currency_id",
            "date_final_acceptance",
            "date_retention_due",
            "milestone_billing",
            "partner_id",
            "retention_acceptance_percent",
            "retention_forfeited",
            "retention_held",
            "retention_open",
            "retention_released",
            "retention_reserved",
            "user_id",
        ],
        "res.company": ["retention_account_id"],
        "res.partner": ["commercial_partner_id"],
    }

    order_id = fields.Many2one(
        comodel_name="purchase.order", string="Purchase Order", readonly=True
    )
    partner_id = fields.Many2one(comodel_name="res.partner", string="Vendor", readonly=True)
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor Company",
        readonly=True,
        help="The company of the vendor: journal items carry it, whichever contact the order has.",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Entry Without an Order",
        readonly=True,
        help="Booked on an account for retention, but not as the retention of an order.",
    )
    move_name = fields.Char(
        string="Journal Entry",
        readonly=True,
        help="Booked on an account for retention, but not as the retention of an order.",
    )
    user_id = fields.Many2one(comodel_name="res.users", string="Buyer", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    milestone_billing = fields.Selection(
        selection=[("track", "By quantities (Odoo)"), ("bill", "By milestones")],
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
    retention_forfeited = MonetaryTotal(
        string="Forfeited", readonly=True, help="Kept for good, for example because of defects."
    )
    retention_reserved = MonetaryTotal(
        string="Reserved",
        readonly=True,
        help="On draft bills of releases. It is released when they are posted.",
    )
    retention_open = MonetaryTotal(
        string="Open", readonly=True, help="Retention held, neither released nor forfeited."
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
        help="Balance of the posted retention items of the order, if it is billed by milestones, "
        "or the one entry without an order.",
    )
    retention_difference = MonetaryTotal(
        string="Difference",
        readonly=True,
        help="Amount in the general ledger less the amount open on the order. Zero if both agree.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT held.*,
                   CASE WHEN date_retention_due < %(today)s THEN retention_due ELSE 0 END
                       AS retention_overdue,
                   CASE WHEN milestone_billing = 'bill' OR order_id IS NULL
                        THEN retention_ledger - retention_open
                        ELSE 0
                   END AS retention_difference
              FROM (%(orders)s UNION ALL %(entries)s) held
            """,
            today=fields.Date.context_today(self),
            orders=self._select_orders(),
            entries=self._select_entries(),
        )

    def _select_orders(self):
        # The rule of what is due is the one of `purchase.order._get_retention_due`.
        return SQL(
            """
                    SELECT po.id,
                           po.id AS order_id,
                           po.partner_id,
                           partner.commercial_partner_id,
                           NULL::integer AS move_id,
                           NULL::varchar AS move_name,
                           po.user_id,
                           po.company_id,
                           po.currency_id,
                           po.milestone_billing,
                           po.date_final_acceptance,
                           po.date_retention_due,
                           po.retention_held,
                           po.retention_released,
                           po.retention_forfeited,
                           po.retention_reserved,
                           po.retention_open,
                           CASE WHEN po.date_final_acceptance > %(today)s
                                  OR po.date_final_acceptance IS NULL
                                THEN 0
                                WHEN po.date_retention_due <= %(today)s
                                THEN po.retention_open - po.retention_reserved
                                ELSE GREATEST(
                                    ROUND(
                                        (po.retention_held - po.retention_forfeited)
                                        * po.retention_acceptance_percent
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
                      JOIN res_partner partner ON partner.id = po.partner_id
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
                        OR po.retention_forfeited != 0
                        OR po.retention_reserved != 0
                        OR ledger.amount IS NOT NULL
            """,
            today=fields.Date.context_today(self),
        )

    def _select_entries(self):
        """Return the query of what is on accounts for retention and is no order's retention."""
        return SQL(
            """
                    SELECT -line.id AS id,
                           NULL::integer AS order_id,
                           line.partner_id,
                           partner.commercial_partner_id,
                           line.move_id,
                           line.move_name,
                           NULL::integer AS user_id,
                           line.company_id,
                           line.currency_id,
                           NULL::varchar AS milestone_billing,
                           NULL::date AS date_final_acceptance,
                           NULL::date AS date_retention_due,
                           0 AS retention_held,
                           0 AS retention_released,
                           0 AS retention_forfeited,
                           0 AS retention_reserved,
                           0 AS retention_open,
                           0 AS retention_due,
                           -line.amount_currency AS retention_ledger
                      FROM account_move_line line
                 LEFT JOIN res_partner partner ON partner.id = line.partner_id
                     WHERE line.retention_order_id IS NULL
                       AND line.parent_state = 'posted'
                       AND line.amount_currency != 0
                       AND line.account_id IN (
                            SELECT retention_account_id
                              FROM res_company
                             WHERE retention_account_id IS NOT NULL
                             UNION
                            SELECT account_id
                              FROM account_move_line
                             WHERE retention_order_id IS NOT NULL
                           )
            """
        )

    def action_open_order(self):
        """Open the order of this row, or the entry that has none."""
        return (self.order_id or self.move_id).get_formview_action()
