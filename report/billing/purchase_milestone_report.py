"""What the milestones of confirmed orders are worth, and how far each of them is."""

from odoo import fields, models
from odoo.tools import SQL

from ...tools.fields import MonetaryTotal


class PurchaseMilestoneReport(models.Model):
    """One row per milestone of a confirmed order, in the order's currency."""

    _name = "purchase.milestone.report"
    _description = "Milestones by Order"
    _auto = False
    _order = "order_id desc, sequence, id"
    _access_through = "order_id"
    _depends = {
        "purchase.milestone": [
            "amount",
            "amount_billed",
            "amount_closed",
            "amount_paid",
            "company_id",
            "currency_id",
            "date_approved",
            "date_due",
            "name",
            "order_id",
            "part_of_id",
            "partner_id",
            "retention_open",
            "sequence",
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
    sequence = fields.Integer(readonly=True, aggregator=None, export_string_translation=False)
    name = fields.Char(string="Description", readonly=True)
    order_id = fields.Many2one(
        comodel_name="purchase.order", string="Purchase Order", readonly=True
    )
    partner_id = fields.Many2one(comodel_name="res.partner", string="Vendor", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Responsible", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    date_due = fields.Date(string="Due Date", readonly=True)
    date_approved = fields.Datetime(string="Approved On", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["purchase.milestone"]._fields["state"].selection,
        string="Status",
        readonly=True,
    )
    amount = MonetaryTotal(
        string="Value", readonly=True, help="Untaxed, less what has been closed."
    )
    amount_done = MonetaryTotal(
        string="Done", readonly=True, help="The value of completed and approved milestones."
    )
    amount_billed = MonetaryTotal(string="Billed", readonly=True)
    amount_paid = MonetaryTotal(string="Paid", readonly=True)
    retention_open = MonetaryTotal(
        string="Retained", readonly=True, help="Held, and neither released nor forfeited."
    )
    amount_left = MonetaryTotal(string="Left", readonly=True, help="The value less what is done.")

    @property
    def _table_query(self):
        return SQL("SELECT %s FROM %s", self._select(), self._from())

    def _select(self):
        return SQL(
            """
                   milestone.id AS id,
                   milestone.id AS milestone_id,
                   COALESCE(milestone.part_of_id, milestone.id) AS whole_id,
                   milestone.sequence,
                   milestone.name,
                   milestone.order_id,
                   milestone.partner_id,
                   milestone.user_id,
                   milestone.company_id,
                   milestone.currency_id,
                   milestone.date_due,
                   milestone.date_approved,
                   milestone.state,
                   figure.amount,
                   figure.amount - figure.amount_left AS amount_done,
                   milestone.amount_billed,
                   milestone.amount_paid,
                   milestone.retention_open,
                   figure.amount_left
            """
        )

    def _from(self):
        return SQL(
            """
                   purchase_milestone milestone
              JOIN purchase_order po ON po.id = milestone.order_id AND po.state = 'purchase'
        CROSS JOIN LATERAL (
                    SELECT milestone.amount - COALESCE(milestone.amount_closed, 0) AS amount,
                           CASE WHEN milestone.state IN ('completed', 'approved') THEN 0
                                ELSE milestone.amount
                            END AS amount_left
                   ) figure
            """
        )

    def action_open_milestone(self):
        """Open the milestone of this row."""
        return self.milestone_id.get_formview_action()
