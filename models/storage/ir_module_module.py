from odoo import models
from odoo.exceptions import UserError


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def button_uninstall(self):
        leaving = self | self.downstream_dependencies()
        if "purchase_milestone" in leaving.mapped("name"):
            in_s3 = [
                ("store_fname", "=like", "s3:%"),
                ("store_fname", "not =like", "s3://%"),
                ("id", ">", 0),
            ]
            count = self.env["ir.attachment"].sudo().search_count(in_s3)
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
