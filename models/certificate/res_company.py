from odoo import api, fields, models


class ResCompany(models.Model):
    """When a company issues payment certificates, and what it calls them."""

    _inherit = "res.company"

    milestone_certificate = fields.Selection(
        selection=[
            ("off", "No certificates"),
            ("automatic", "When a bill is posted"),
            ("manual", "By an approver"),
        ],
        string="Payment Certificates",
        default="off",
        help="Orders that Odoo bills by quantities get their certificates from an approver in "
        "either case.",
    )
    milestone_certificate_title = fields.Selection(
        selection=[
            ("payment", "Payment Certificate"),
            ("interim_payment", "Interim Payment Certificate"),
            ("interim", "Interim Certificate"),
            ("for_payment", "Certificate for Payment"),
        ],
        string="Title of Certificates",
        default="payment",
        help="What certificates are called in print.",
    )

    def _issues_certificates(self):
        # sudo: res.company - the settings count whoever asks
        company = self.sudo()
        return company.milestone_enabled and company.milestone_certificate in (
            "automatic",
            "manual",
        )

    @api.model
    def _get_milestone_setting_names(self):
        return [
            *super()._get_milestone_setting_names(),
            *("milestone_certificate", "milestone_certificate_title"),
        ]
