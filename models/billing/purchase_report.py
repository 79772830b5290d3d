from odoo import models
from odoo.tools import SQL


class PurchaseReport(models.Model):
    """Purchase Analysis, where Odoo counts what is to be billed from the product's policy."""

    _inherit = "purchase.report"

    def _select(self):
        # EXTENDS 'purchase': of lines that milestones bill, what has been approved and not billed.
        return SQL(
            """%s,
            bool_or(l.qty_received_method = 'milestones') AS is_billed_by_milestones,
            sum(l.qty_to_invoice * line_uom.factor / product_uom.factor) AS qty_of_milestones
            """,
            super()._select(),
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        # EXTENDS 'base': the columns of the report are fixed, this one is read from another.
        sql = super()._field_to_sql(alias, field_expr, query)
        if field_expr != "qty_to_be_billed":
            return sql
        return SQL(
            "CASE WHEN %s THEN %s ELSE %s END",
            SQL.identifier(alias, "is_billed_by_milestones"),
            SQL.identifier(alias, "qty_of_milestones"),
            sql,
        )
