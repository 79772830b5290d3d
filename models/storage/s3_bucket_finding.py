from odoo import fields, models

from .s3_object import BigInteger


class S3BucketFinding(models.Model):
    """One line of what a test of the connection, an audit or a preview has found."""

    _name = "s3.bucket.finding"
    _description = "Finding on a Document Storage"
    _order = "id"
    _allow_sudo_commands = False

    bucket_id = fields.Many2one(
        comodel_name="s3.bucket", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(
        selection=[("test", "Test"), ("audit", "Audit"), ("scope", "Preview")],
        required=True,
        readonly=True,
    )
    name = fields.Char(string="Checked", required=True, readonly=True)
    result = fields.Selection(
        selection=[("ok", "OK"), ("warning", "Warning"), ("failed", "Failed")],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    key = fields.Char(readonly=True)
    count = fields.Integer(string="Documents", readonly=True)
    size = BigInteger(string="Bytes", readonly=True)
