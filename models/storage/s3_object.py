from odoo import fields, models


class BigInteger(fields.Integer):
    """An integer of 8 bytes: the sizes of files go beyond 2 GiB."""

    _column_type = ("int8", "int8")


class S3Object(models.Model):
    """The ledger: one row for each object that was ever begun, until S3 confirms that it is gone.

    Attachments refer to objects by `store_fname` alone. A row is committed before its object is
    put, so whatever this database has put into the bucket is listed here.
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
    sha256 = fields.Char(
        string="SHA-256", readonly=True, help="Empty if the local file could not be read yet."
    )
    etag = fields.Char(string="ETag", readonly=True)
    version_id = fields.Char(readonly=True)
    upload_id = fields.Char(
        readonly=True, help="The id of an upload in parts that has not ended yet."
    )
    cleanup_needed = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="Parts of an upload that did not become the object may still be in S3.",
    )
    # No foreign key: the attachment may be gone long before the object.
    attachment_ref = fields.Integer(
        string="Attachment",
        index=True,
        readonly=True,
        help="The id of the attachment that the object was made for.",
    )
    document_name = fields.Char(string="Document", compute="_compute_document_name")
    local_fname = fields.Char(
        string="Local File",
        index="btree_not_null",
        readonly=True,
        help="The local file that it was made from, as long as that is kept.",
    )
    stored_at = fields.Datetime(readonly=True)
    orphaned_at = fields.Datetime(
        readonly=True,
        help="Since when no attachment has referred to it. It is deleted when the days of grace "
        "are over.",
    )
    error = fields.Char(readonly=True, help="Why the document was not stored at the last try.")
    error_count = fields.Integer(readonly=True, export_string_translation=False)
    next_try = fields.Datetime(
        readonly=True, help="When it is tried again. Other documents do not wait for it."
    )

    _store_fname_unique = models.Constraint("UNIQUE(store_fname)", "A key is used only once.")
    # Whatever a scheduled action looks for is found without looking at all that is stored.
    _pending_idx = models.Index("(bucket_id, attachment_ref) WHERE state = 'pending'")
    _deleting_idx = models.Index("(bucket_id, id) WHERE state = 'deleting'")
    _orphaned_idx = models.Index("(bucket_id, orphaned_at) WHERE orphaned_at IS NOT NULL")
    _local_idx = models.Index("(bucket_id, stored_at) WHERE local_fname IS NOT NULL")
    _error_idx = models.Index("(bucket_id, next_try) WHERE error IS NOT NULL")
    _cleanup_idx = models.Index("(bucket_id, id) WHERE cleanup_needed IS TRUE")
    _key_idx = models.Index('(bucket_id, key COLLATE "C")')

    def _compute_document_name(self):
        # sudo: ir.attachment - administrators are told which document failed, whoever may read it
        attachments = self.env["ir.attachment"].sudo().browse(self.mapped("attachment_ref"))
        names = {attachment.id: attachment._s3_label() for attachment in attachments.exists()}
        for row in self:
            row.document_name = names.get(row.attachment_ref)
