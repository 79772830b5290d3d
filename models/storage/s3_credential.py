from odoo import fields, models
from odoo.fields import NO_ACCESS


class S3Credential(models.Model):
    """A bucket's secret, encrypted. Nobody has a right to this model, administrators included."""

    _name = "s3.credential"
    _description = "Encrypted Secret of a Bucket"
    _rec_name = "bucket_id"
    _allow_sudo_commands = False

    bucket_id = fields.Many2one(
        comodel_name="s3.bucket", required=True, index=True, ondelete="cascade", readonly=True
    )
    ciphertext = fields.Char(required=True, groups=NO_ACCESS, copy=False)

    _bucket_unique = models.Constraint("UNIQUE(bucket_id)", "A bucket has one secret.")
