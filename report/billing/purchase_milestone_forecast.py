"""What the milestones of confirmed orders will cost, and have cost, by the month they are due."""

from odoo import fields, models
from odoo.tools import SQL

from ...tools.fields import MonetaryTotal


class PurchaseMilestoneForecast(models.Model):
    """One row per milestone of a confirmed order and stage that has an amount.

    A milestone that is billed in part has several; their sum is the milestone's amount, less what
    has been closed of it.
    """

    _name = "purchase.milestone.forecast"
    _description = "Milestone Forecast"
    _auto = False
    _order = "date_due, id"
    _access_through = "order_id"
    _depends = {
        "purchase.milestone": [
            "amount",
            "amount_billed",
            "amount_closed",
            "amount_paid",
            "company_id",
            "currency_id",
            "date_due",
            "name",
            "order_id",
            "part_of_id",
            "partner_id",
            "state",
            "user_id",
        ],
        "purchase.order": ["state"],
    }

    milestone_id = fields.Many2one(comodel_name="purchase.milestone", readonly=True)
    whole_id = fields.Many2one(
        comodel_name="purchase.milestone",
        string="Milestone with Its Parts",
        readonly=True,
        help="The milestone that a part has been split from, otherwise the milestone itself.",
    )
    name = fields.Char(string="Description", readonly=True)
    order_id = fields.Many2one(
        comodel_name="purchase.order", string="Purchase Order", readonly=True
    )
    partner_id = fields.Many2one(comodel_name="res.partner", string="Vendor", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Responsible", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    date_due = fields.Date(string="Due Date", readonly=True)
    stage = fields.Selection(
        selection=[
            # Numbered, because Odoo sorts the groups of a selection by its keys.
            ("1_planned", "Planned"),
            ("2_approved", "Approved"),
            ("3_billed", "Billed"),
            ("4_paid", "Paid"),
        ],
        readonly=True,
        help="Planned: not approved yet.\n"
        "Approved: approved and not billed. Orders that are billed as in Odoo stay here.\n"
        "Billed: on bills that are not paid.\n"
        "Paid: on bills that are paid.",
    )
    amount = MonetaryTotal(readonly=True, help="Untaxed, retention included.")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT milestone.id * 4 + part.number AS id,
                   milestone.id AS milestone_id,
                   COALESCE(milestone.part_of_id, milestone.id) AS whole_id,
                   milestone.name,
                   milestone.order_id,
                   milestone.partner_id,
                   milestone.user_id,
                   milestone.company_id,
                   milestone.currency_id,
                   milestone.date_due,
                   part.stage,
                   part.amount
              FROM purchase_milestone milestone
              JOIN purchase_order po ON po.id = milestone.order_id AND po.state = 'purchase'
        CROSS JOIN LATERAL (
                    VALUES (1, '1_planned', CASE WHEN milestone.state != 'approved'
                                                 THEN milestone.amount END),
                           (2, '2_approved', CASE WHEN milestone.state = 'approved'
                                                  THEN milestone.amount END
                                             - milestone.amount_closed
                                             - milestone.amount_billed),
                           (3, '3_billed', milestone.amount_billed - milestone.amount_paid),
                           (4, '4_paid', milestone.amount_paid)
                   ) part (number, stage, amount)
             WHERE part.amount != 0
            """
        )

    def action_open_milestone(self):
        """Open the milestone of this row."""
        return self.milestone_id.get_formview_action()
