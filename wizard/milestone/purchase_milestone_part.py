from odoo import api, fields, models


class PurchaseMilestonePart(models.TransientModel):
    """The dialog that asks how much of a milestone is done, and which documents show it."""

    _name = "purchase.milestone.part"
    _description = "Complete a Part of a Milestone"

    milestone_id = fields.Many2one(comodel_name="purchase.milestone", required=True)
    currency_id = fields.Many2one(related="milestone_id.currency_id")
    amount_left = fields.Monetary(
        related="milestone_id.amount", string="Left of the Milestone", help="Untaxed."
    )
    measure = fields.Selection(
        selection=[("percentage", "Percentage"), ("amount", "Amount")],
        string="Enter as",
        required=True,
        default="percentage",
    )
    percentage = fields.Float(
        string="Done %",
        digits=(16, 6),
        min_display_digits=2,
        help="Of what is left of the milestone, above 0 and below 100.",
    )
    amount = fields.Monetary(
        string="Done",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Untaxed, above zero and below what is left of the milestone.",
    )
    amount_rest = fields.Monetary(string="Goes On", compute="_compute_amount_rest")
    document_count = fields.Integer(
        related="milestone_id.document_count", export_string_translation=False
    )
    document_ids = fields.Many2many(
        comodel_name="ir.attachment",
        string="Documents of the Part",
        compute="_compute_document_ids",
        store=True,
        readonly=False,
        domain="[('res_model', '=', 'purchase.milestone'), ('res_id', '=', milestone_id),"
        " ('res_field', '=', False)]",
        help="They move to the part. The others stay with what is left.",
    )

    document_required = fields.Boolean(
        related="milestone_id.document_required", export_string_translation=False
    )
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="purchase_milestone_part_new_document_rel",
        string="New Documents",
        help="They become documents of the part.",
    )

    @api.depends("milestone_id", "measure", "percentage")
    def _compute_amount(self):
        for part in self:
            if part.measure == "percentage":
                part.amount = part.currency_id.round(part.amount_left * part.percentage / 100)

    @api.depends("amount_left", "amount")
    def _compute_amount_rest(self):
        for part in self:
            part.amount_rest = part.amount_left - part.amount

    @api.depends("milestone_id")
    def _compute_document_ids(self):
        for part in self:
            part.document_ids = part.milestone_id.document_ids

    def action_confirm(self):
        """Complete the part."""
        self.ensure_one()
        given = {self.measure: self[self.measure]}
        self.milestone_id._attach_documents(self.attachment_ids)
        documents = self.document_ids | self.attachment_ids
        self.milestone_id.action_complete_part(**given, document_ids=documents.ids)
        return True
