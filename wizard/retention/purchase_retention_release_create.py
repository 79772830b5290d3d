from odoo import api, fields, models

from ...models.retention.purchase_retention_release import OUTCOMES


class PurchaseRetentionReleaseCreate(models.TransientModel):
    """The dialog that releases or forfeits: a refusal leaves nothing behind, not even a draft."""

    _name = "purchase.retention.release.create"
    _description = "Release Retention of an Order"

    order_id = fields.Many2one(
        comodel_name="purchase.order", string="Purchase Order", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="order_id.currency_id", export_string_translation=False)
    retention_open = fields.Monetary(related="order_id.retention_open", string="Open")
    retention_reserved = fields.Monetary(related="order_id.retention_reserved", string="Reserved")
    retention_due = fields.Monetary(
        string="Due Now",
        compute="_compute_retention_due",
        help="What the contract allows to be released on the date of this release.",
    )
    retention_due_later = fields.Monetary(
        string="Due Later", compute="_compute_retention_due", help="What is open and not due yet."
    )
    date_retention_due = fields.Date(related="order_id.date_retention_due", string="Due On")
    outcome = fields.Selection(
        selection=OUTCOMES,
        default="pay",
        required=True,
        help="Pay out: the vendor gets the amount.\n"
        "Forfeit: the amount is kept for good, for example because of defects.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    percentage = fields.Float(
        string="Up to (%)",
        digits=(16, 6),
        min_display_digits=2,
        help="Another way to enter the amount: up to this part of what is held in all, 0 to 100, "
        "less what has been released already. What is forfeited is not held any more.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="By default what is due; of an early release or a forfeit all that is open.",
    )
    early = fields.Boolean(
        string="Early Release", help="Before the contract makes the amount due, on purpose."
    )
    reason = fields.Text(
        required=True,
        help="It stays in the history of the order. The vendor can read it on the release's bill.",
    )

    @api.depends("order_id", "date")
    def _compute_retention_due(self):
        for wizard in self:
            order = wizard.order_id
            wizard.retention_due = order._get_retention_due(wizard.date) if wizard.date else 0
            wizard.retention_due_later = order._get_retention_available() - wizard.retention_due

    @api.depends("order_id", "date", "outcome", "percentage", "early")
    def _compute_amount(self):
        for wizard in self:
            order = wizard.order_id
            if wizard.percentage:
                wizard.amount = order._get_retention_up_to(wizard.percentage, wizard.outcome)
            elif wizard.outcome == "forfeit":
                wizard.amount = order._get_retention_available()
            elif wizard.early:
                wizard.amount = wizard.amount or order._get_retention_available()
            else:
                wizard.amount = wizard.retention_due

    def action_confirm(self):
        """Release or forfeit the amount. Release officers.

        :return: an action that tells the status of the release: its bill may have to be posted
        :raise UserError: more than is open or due, or the order is not ready; nothing is kept
        """
        self.ensure_one()
        entry = "percentage" if self.percentage else "amount"
        release = self.env["purchase.retention.release"].create(
            {
                "order_id": self.order_id.id,
                "outcome": self.outcome,
                "date": self.date,
                entry: self[entry],
                "early": self.early and self.outcome == "pay",
                "reason": self.reason,
            }
        )
        release.action_confirm()
        status = dict(release._fields["status"]._description_selection(self.env))[release.status]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(release)s of %(amount)s is now “%(status)s”.",
                    release=release.name,
                    amount=release.currency_id.format(release.amount),
                    status=status,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
