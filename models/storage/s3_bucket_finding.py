from odoo import fields, models


class S3BucketFinding(models.Model):
    """One line of what a test of the connection, or an audit, has found."""

    _name = "s3.bucket.finding"
    _description = "Finding on a Document Storage"
    _order = "id"
    _allow_sudo_commands = False

    bucket_id = fields.Many2one(
        comodel_name="s3.bucket", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(
        selection=[("test", "Test"), ("audit", "Audit")], required=True, readonly=True
    )
    name = fields.Char(string="Checked", required=True, readonly=True)
    result = fields.Selection(
        selection=[("ok", "OK"), ("warning", "Warning"), ("failed", "Failed")],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    key = fields.Char(readonly=True)
