from odoo import fields, models


class BigInteger(fields.Integer):
    """An integer of 8 bytes: the sizes of files go beyond 2 GiB."""

    _column_type = ("int8", "int8")


class S3Object(models.Model):
    """The ledger: one row for each object that was ever begun, until S3 confirms that it is gone.

    Attachments refer to objects by `store_fname` alone. A row is committed before its object is
    put, so whatever is in the bucket under our name stands here.
    """

    _name = "s3.object"
    _description = "Object in S3"
    _rec_name = "key"
    _order = "id"
    _allow_sudo_commands = False

    bucket_id = fields.Many2one(
        comodel_name="s3.bucket", required=True, index=True, ondelete="restrict", readonly=True
    )
    key = fields.Char(required=True, readonly=True)
    store_fname = fields.Char(
        required=True,
        readonly=True,
        help="How attachments refer to it: “s3:”, the bucket's id, “/” and the key.",
    )
    state = fields.Selection(
        selection=[
            ("pending", "Being uploaded"),
            ("stored", "Stored"),
            ("deleting", "Being deleted"),
        ],
        default="pending",
        required=True,
        readonly=True,
    )
    size = BigInteger(required=True, readonly=True, help="In bytes.")
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    etag = fields.Char(string="ETag", readonly=True)
    version_id = fields.Char(readonly=True)
    upload_id = fields.Char(readonly=True, help="Of an upload in parts that is under way.")
    # No foreign key: the attachment may be gone long before the object.
    attachment_ref = fields.Integer(
        string="Attachment", index=True, readonly=True, help="The id of whom it was made for."
    )
    local_fname = fields.Char(
        index="btree_not_null",
        readonly=True,
        help="The local file that it was made from, while that is kept.",
    )
    stored_at = fields.Datetime(readonly=True)
    orphaned_at = fields.Datetime(
        index="btree_not_null",
        readonly=True,
        help="Since when no attachment has referred to it. It is deleted when the grace is over.",
    )

    _store_fname_unique = models.Constraint("UNIQUE(store_fname)", "A key is used once.")
