from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list


class ProductTemplate(models.Model):
    """A product whose type decides whether milestones or stock receive it."""

    _inherit = "product.template"

    @api.constrains("type")
    def _check_milestones_keep_their_lines(self):
        """Refuse a type with which stock would receive what milestones have received."""
        # sudo: purchase.order.line - orders of all companies count
        received = self.env["purchase.order.line"].sudo()
        received = received.search(
            [
                ("product_id.product_tmpl_id", "in", self.ids),
                ("milestone_receipt_ids", "!=", False),
            ]
        )
        taken = received.filtered(lambda line: line.qty_received_method != "milestones")
        if taken:
            raise ValidationError(
                self.env._(
                    "%(orders)s: approved milestones have received this product, so that stock "
                    "cannot receive it. Keep its type, and use another product for new orders.",
                    orders=format_list(self.env, taken.order_id.mapped("name")),
                )
            )
