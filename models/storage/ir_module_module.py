from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ir_attachment import IN_S3


class IrModuleModule(models.Model):
    """The addon cannot be uninstalled while it alone can read documents."""

    _inherit = "ir.module.module"

    def button_uninstall(self):
        leaving = self | self.downstream_dependencies()
        if "purchase_milestone" in leaving.mapped("name"):
            query = SQL(f"SELECT count(*) FROM ir_attachment attachment WHERE {IN_S3}")
            [(count,)] = self.env.execute_query(query)
            if count:
                raise UserError(
                    self.env._(
                        "%(count)s documents are in S3, and only this module can read them there. "
                        "Bring them back first: Purchase > Configuration > Document Storage, "
                        "“Bring Back”.",
                        count=count,
                    )
                )
        return super().button_uninstall()
