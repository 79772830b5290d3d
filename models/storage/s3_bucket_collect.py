from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...tools.s3.client import DELETED_AT_ONCE, MULTIPART_FROM
from ...tools.s3.failure import S3Failure

STEP = 1000  # rows in one transaction
LOOKED_THROUGH = 2000  # rows of the ledger that a collection compares whatever happened to them


class S3Bucket(models.Model):
    """Deletes objects that no attachment refers to: marked first, deleted when the grace is over.

    Nothing is deleted in a user's transaction, so a rollback has nothing to restore.
    """

    _inherit = "s3.bucket"

    collect_cursor = fields.Integer(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="The id of the ledger's row that the last collection has compared last.",
    )

    def _collect(self, client):
        if not self._hold_fence(client):
            return
        self._mark_orphans()
        self._unmark_needed()
        self._step(0)
        self._clean_up(client)
        self._release_local_files()
        self._sweep(client)

    def _grace_ends(self):
        return fields.Datetime.now() - timedelta(days=self.grace_days)

    # ------------------------------------------------------------------
    # Mark
    # ------------------------------------------------------------------

    def _mark_orphans(self, rows=None):
        """Note on ledger rows that no attachment refers to them, or can any more.

        :param rows: these; or else those that attachments have dropped, those under way, and the
            next few thousand of all others
        """
        self.env.flush_all()
        if rows is not None:
            if rows:
                self._mark_unneeded(SQL("object.id IN %s", tuple(rows.ids)))
            return
        self._mark_unneeded(
            SQL(
                """
                object.store_fname IN (
                    SELECT store_fname FROM s3_object_dropped WHERE bucket_ref = %s)
                """,
                self.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM s3_object_dropped dropped
                 WHERE bucket_ref = %s
                   AND (to_return IS NOT TRUE
                        OR NOT EXISTS (
                            SELECT FROM ir_attachment WHERE store_fname = dropped.store_fname))
                """,
                self.id,
            )
        )
        self._mark_unneeded(SQL("object.state = 'pending'"))
        self._mark_next_slice()

    def _mark_next_slice(self):
        """Compare the next few rows with attachments, in case that SQL has changed those."""
        [(last_id, count)] = self.env.execute_query(
            SQL(
                """
                SELECT max(id), count(*)
                  FROM (SELECT id FROM s3_object
                         WHERE bucket_id = %s AND id > %s
                         ORDER BY id
                         LIMIT %s) slice
                """,
                *(self.id, self.collect_cursor, LOOKED_THROUGH),
            )
        )
        if count:
            first, last = self.collect_cursor, last_id
            self._mark_unneeded(SQL("object.id > %s AND object.id <= %s", first, last))
        cursor = last_id if count == LOOKED_THROUGH else 0
        if cursor != self.collect_cursor:
            self._write_guarded({"collect_cursor": cursor})

    def _mark_unneeded(self, chosen):
        """Mark those of the chosen rows of this bucket that nobody needs.

        What is under way is needed as long as its attachment still has the file that it is made
        from, but not for longer than the days of grace.
        """
        marked = self.env.execute_query(
            SQL(
                """
                UPDATE s3_object object
                   SET orphaned_at = %(now)s,
                       error = CASE WHEN object.state = 'pending' THEN object.error END
                  FROM s3_bucket bucket
                 WHERE %(chosen)s
                   AND object.bucket_id = %(bucket)s
                   AND bucket.id = object.bucket_id
                   AND object.orphaned_at IS NULL
                   AND NOT EXISTS (
                        SELECT FROM ir_attachment WHERE store_fname = object.store_fname)
                   AND (object.state = 'stored'
                        OR bucket.state != 'active'
                        OR object.create_date < %(now)s - bucket.grace_days * INTERVAL '1 day'
                        OR NOT EXISTS (
                            SELECT FROM ir_attachment
                             WHERE id = object.attachment_ref
                               AND store_fname = object.local_fname))
             RETURNING object.state, object.size
                """,
                now=fields.Datetime.now(),
                chosen=chosen,
                bucket=self.id,
            )
        )
        sizes = [size for state, size in marked if state == "stored"]
        self._add_to_counters(-len(sizes), -sum(sizes))
        self.env["s3.object"].invalidate_model(["orphaned_at", "error"])

    def _unmark_needed(self):
        sizes = self.env.execute_query(
            SQL(
                """
                UPDATE s3_object object
                   SET orphaned_at = NULL
                 WHERE object.bucket_id = %s
                   AND object.orphaned_at IS NOT NULL
                   AND object.state = 'stored'
                   AND EXISTS (SELECT FROM ir_attachment WHERE store_fname = object.store_fname)
             RETURNING object.size
                """,
                self.id,
            )
        )
        self._add_to_counters(len(sizes), sum(size for (size,) in sizes))
        self.env["s3.object"].invalidate_model(["orphaned_at"])

    # ------------------------------------------------------------------
    # Sweep
    # ------------------------------------------------------------------

    def _sweep(self, client):
        """Delete what has been marked for longer than the grace; what S3 refuses stays."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE s3_object object
                   SET state = 'deleting'
                 WHERE object.bucket_id = %s
                   AND object.orphaned_at <= %s
                   AND NOT EXISTS (
                        SELECT FROM ir_attachment WHERE store_fname = object.store_fname)
                """,
                self.id,
                self._grace_ends(),
            )
        )
        self.env["s3.object"].invalidate_model(["state"])
        self._step(0)
        deleting = [("bucket_id", "=", self.id), ("state", "=", "deleting")]
        while due := self.env["s3.object"].search(deleting, limit=DELETED_AT_ONCE):
            gone = []
            try:
                for row in self._delete_objects(client, due):
                    gone.append(row.id)
            finally:
                self._forget_objects(due.browse(gone))
                self._commit(len(gone))
            self._check_time()

    def _delete_objects(self, client, rows):
        """Delete the objects of ledger rows; yield each row whose object S3 does not have any more.

        Several at once, if the server knows that.
        """
        # What an earlier instance put belongs to the database that this one is a copy of.
        own = rows.filtered(lambda row: row.key.startswith(self._own_prefix()))
        yield from rows - own
        for row in own:
            if row.size >= MULTIPART_FROM and client.can("list_uploads"):
                self._abort_if_known(client, client.abort_parts, row.key)
        if len(own) > 1 and client.can("batch_delete"):
            confirmed = self._delete_many(client, own.mapped("key"))
            gone = own.filtered(lambda row: row.key in confirmed)
            yield from gone
            own -= gone
        for row in own:
            client.delete(row.key)
            yield row
            self._check_time()

    def _delete_many(self, client, keys):
        try:
            confirmed = client.delete_many(keys)
        except S3Failure as failure:
            if not failure.is_unsupported:
                raise
            client.learn("batch_delete", False)
            return set()
        client.learn("batch_delete", True)
        return confirmed

    def _forget_objects(self, rows):
        for fname in filter(None, rows.mapped("local_fname")):
            self.env["ir.attachment"]._mark_for_gc(fname)
        rows.unlink()

    def _clean_up(self, client):
        """End uploads in parts that were left behind when their object was complete."""
        left = [("bucket_id", "=", self.id), ("cleanup_needed", "=", True)]
        for row in self.env["s3.object"].search(left, limit=STEP):
            if self._abort_parts(client, row):
                row.cleanup_needed = False
            self._step(0)

    # ------------------------------------------------------------------
    # Local files of documents that are in S3
    # ------------------------------------------------------------------

    def _release_local_files(self):
        """Leave to Odoo's own collector what has been kept long enough."""
        kept = [
            ("bucket_id", "=", self.id),
            ("state", "=", "stored"),
            ("local_fname", "!=", False),
            ("stored_at", "<=", self._grace_ends()),
        ]
        while rows := self.env["s3.object"].search(kept, limit=STEP):
            for row in rows:
                self.env["ir.attachment"]._mark_for_gc(row.local_fname)
            rows.local_fname = False
            self._step(0)
