from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.s3.client import ASSUMED
from .s3_object import BigInteger


class S3Bucket(models.Model):
    """What the form tells of a bucket: how much is there, what fails, what the server can do."""

    _inherit = "s3.bucket"

    stored_count = fields.Integer(
        string="In S3", readonly=True, copy=False, help="Documents that are in this bucket."
    )
    stored_size = BigInteger(string="Bytes in S3", readonly=True, copy=False)
    waiting_count = fields.Integer(
        string="Waiting", compute="_compute_counts", help="Documents that are still on this server."
    )
    orphaned_count = fields.Integer(
        string="To Be Deleted",
        compute="_compute_counts",
        help="Objects that no document needs, kept for the days of grace.",
    )
    error_count = fields.Integer(
        string="Failed",
        compute="_compute_counts",
        help="Documents that could not be moved. Each is tried again by itself, and no other "
        "document waits for it.",
    )
    progress = fields.Float(compute="_compute_counts", help="Percent of the documents, 0 to 100.")
    failed_object_ids = fields.One2many(
        comodel_name="s3.object",
        inverse_name="bucket_id",
        string="Documents That Failed",
        domain=[("error", "!=", False)],
        readonly=True,
    )
    capabilities = fields.Json(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="What the S3 server can do, as far as it was found out.",
    )
    capabilities_text = fields.Text(string="The S3 Server", compute="_compute_capabilities_text")

    @api.private
    def init(self):
        """Count what is stored: the counters may not exist yet when the addon is updated."""
        self.env.cr.execute(
            """
            UPDATE s3_bucket bucket
               SET stored_count = stored.count, stored_size = stored.size
              FROM (SELECT bucket.id, count(object.id) AS count,
                           COALESCE(sum(object.size), 0) AS size
                      FROM s3_bucket bucket
                      LEFT JOIN s3_object object
                        ON object.bucket_id = bucket.id
                       AND object.state = 'stored'
                       AND object.orphaned_at IS NULL
                     GROUP BY bucket.id) stored
             WHERE bucket.id = stored.id
            """
        )

    def _add_to_counters(self, count, size):
        """Count documents that came to the bucket or, below zero, left it.

        :param size: of all of them, in bytes
        """
        if not count:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE s3_bucket
                   SET stored_count = COALESCE(stored_count, 0) + %s,
                       stored_size = COALESCE(stored_size, 0) + %s
                 WHERE id = %s
                """,
                *(count, size, self.id),
            )
        )
        self.invalidate_recordset(["stored_count", "stored_size"])

    def _compute_counts(self):
        # sudo: s3.object - the ledger of every company, whichever one is chosen at the moment
        ledger = self.env["s3.object"].sudo()
        for bucket in self:
            own = [("bucket_id", "=", bucket._origin.id)]
            saved = bool(bucket._origin)
            bucket.waiting_count = saved and bucket._origin._count_waiting()
            bucket.orphaned_count = saved and ledger.search_count(
                [*own, ("orphaned_at", "!=", False)]
            )
            bucket.error_count = saved and ledger.search_count([*own, ("error", "!=", False)])
            total = bucket.stored_count + bucket.waiting_count
            bucket.progress = 100 * bucket.stored_count / total if total else 0

    @api.depends("capabilities")
    def _compute_capabilities_text(self):
        for bucket in self:
            known = bucket.capabilities or {}
            sentences = bucket._describe_capabilities()
            bucket.capabilities_text = "\n".join(
                sentences[name][known[name]]
                for name in ASSUMED
                if known.get(name) in sentences[name]
            )

    def _describe_capabilities(self):
        """Return, by capability and what is known of it, the sentence that the form shows."""
        return {
            "checksums": {
                True: self.env._("It accepts the SHA-256 of what is uploaded."),
                False: self.env._("It knows no SHA-256: uploads are checked by MD5 and size."),
            },
            "conditional_put": {
                "quoted": self.env._("It replaces an object only if that is unchanged."),
                "unquoted": self.env._(
                    "It replaces an object only if that is unchanged (ETag without quotes)."
                ),
                "none": self.env._(
                    "It has no conditional writes: Odoo reads, compares and writes."
                ),
            },
            "list_parts": {
                True: self.env._(
                    "It lists the parts of an upload, so interrupted uploads are continued."
                ),
                False: self.env._(
                    "It does not list the parts of an upload: interrupted ones begin again."
                ),
            },
            "list_uploads": {
                True: self.env._("It lists unfinished uploads, which are cleaned up."),
                False: self.env._(
                    "It does not list or end unfinished uploads: have them expire on the server."
                ),
            },
            "batch_delete": {
                True: self.env._("It deletes up to 1,000 objects at once."),
                False: self.env._("It deletes one object at a time."),
            },
        }
