from odoo import models
from odoo.tools import SQL

from ...tools.fields import MonetaryTotal


class PurchaseMilestoneReport(models.Model):
    """What payment certificates say of each milestone, beside what it is worth."""

    _inherit = "purchase.milestone.report"
    _depends = {
        "purchase.milestone.certificate": ["state"],
        "purchase.milestone.certificate.line": ["amount_now", "certificate_id", "milestone_id"],
    }

    amount_certified = MonetaryTotal(
        string="Certified",
        readonly=True,
        help="To date, by the payment certificates that are not void. Certificates name a "
        "milestone that is completed in parts as a whole.",
    )

    def _select(self):
        return SQL("%s, certified.amount AS amount_certified", super()._select())

    def _from(self):
        return SQL(
            """
            %s
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(last.amount_to_date), 0) AS amount
                  FROM (SELECT line.amount_to_date
                          FROM purchase_milestone_certificate_line line
                          JOIN purchase_milestone_certificate certificate
                            ON certificate.id = line.certificate_id
                           AND certificate.state = 'issued'
                         WHERE line.milestone_id = milestone.id
                         ORDER BY certificate.number DESC
                         LIMIT 1) last
            ) certified
            """,
            super()._from(),
        )
