import hashlib
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.s3.client import MULTIPART_FROM
from ...tools.s3.failure import S3Failure
from ...tools.s3.secret import client_of

STEP = 100  # rows in one transaction


class S3Bucket(models.Model):
    """Deletes objects that no attachment refers to: marked first, deleted when the grace is over.

    Nothing is deleted in a user's transaction, so a rollback has nothing to restore.
    """

    _inherit = "s3.bucket"

    @api.model
    def _cron_collect(self):
        """Mark, unmark and delete. Runs once a day, and by itself marks nothing that is needed."""
        ours = [("instance", "!=", False), ("state", "in", ("draft", "active", "draining"))]
        self._attempt_each([(bucket, bucket._collect) for bucket in self.search(ours)])

    def _collect(self):
        client = client_of(self, patient=True)
        if not self._hold_fence(client):
            return
        self._mark_orphans()
        self._unmark_needed()
        self._step(0)
        self._release_local_files()
        self._sweep(client)

    def _grace_ends(self):
        return fields.Datetime.now() - timedelta(days=self.grace_days)

    # ------------------------------------------------------------------
    # The fence: two databases that believe to be the same one find each other
    # ------------------------------------------------------------------

    def _hold_fence(self, client):
        """Replace the token in the bucket, if it is what we wrote last; detach the bucket if not.

        Return whether it was ours. A physical copy of the database has all that we have, but it
        cannot have the token that was written after it was made.
        """
        key = f"{self._own_prefix()}fence"
        body, etag = client.get_small(key)
        found = body and body.decode(errors="replace")
        # Each that was written and not confirmed: S3 may have been slow, and done it since.
        unconfirmed = (self.fence_next or "").split()
        known = {self.fence_token, *unconfirmed} - {False}
        first = not self.fence_token and not found
        if not (first or self.fence_taken_over or found in known):
            self._detach()
            return False
        token = uuid.uuid4().hex
        # Committed before it is written there: whenever we are killed, we know what we find.
        unconfirmed.append(token)
        self._write_guarded({"fence_token": found or False, "fence_next": " ".join(unconfirmed)})
        self._step(0)
        conditions = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            self._put_fence(client, key, token, conditions)
        except S3Failure as failure:
            if failure.kind != "conflict":
                raise
            # boto3's second try is refused if only the answer to its first was lost.
            body, _etag = client.get_small(key)
            token = body and body.decode(errors="replace")
            if token not in unconfirmed:
                self._detach()
                return False
        self._write_guarded({"fence_token": token, "fence_next": False, "fence_taken_over": False})
        self._step(0)
        return True

    def _put_fence(self, client, key, token, conditions):
        body = token.encode()
        sha256 = hashlib.sha256(body).hexdigest()
        try:
            client.put(key, body, sha256, **conditions)
        except S3Failure as failure:
            if failure.code != "NotImplemented":
                raise
            client.put(key, body, sha256)

    # ------------------------------------------------------------------
    # Mark and sweep
    # ------------------------------------------------------------------

    def _mark_orphans(self, rows=None):
        """Note on ledger rows that nobody refers to them, or can any more.

        :param rows: these, or else all of this bucket
        """
        if rows is not None and not rows:
            return
        now = fields.Datetime.now()
        chosen = (
            SQL("object.bucket_id = %s", self.id)
            if rows is None
            else SQL("object.id IN %s", tuple(rows.ids))
        )
        self.env["s3.object"].flush_model()
        self.env["ir.attachment"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE s3_object object
                   SET orphaned_at = %(now)s
                  FROM s3_bucket bucket
                 WHERE %(chosen)s
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
                """,
                now=now,
                chosen=chosen,
            )
        )
        self.env["s3.object"].invalidate_model(["orphaned_at"])

    def _unmark_needed(self):
        self.env.cr.execute(
            SQL(
                """
                UPDATE s3_object object
                   SET orphaned_at = NULL
                 WHERE object.bucket_id = %s
                   AND object.orphaned_at IS NOT NULL
                   AND object.state = 'stored'
                   AND EXISTS (SELECT FROM ir_attachment WHERE store_fname = object.store_fname)
                """,
                self.id,
            )
        )
        self.env["s3.object"].invalidate_model(["orphaned_at"])

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
        self._step(0)
        ledger = self.env["s3.object"].sudo()
        own_prefix = self._own_prefix()
        while due := ledger.search(
            [("bucket_id", "=", self.id), ("state", "=", "deleting")], limit=STEP
        ):
            gone = ledger.browse()
            try:
                for row in due:
                    # What an earlier instance put belongs to the database that we are a copy of.
                    if row.key.startswith(own_prefix):
                        self._delete_object(client, row)
                    gone |= row
                    self._check_time()
            finally:
                self._forget_objects(gone)
                self.env["ir.cron"]._commit_progress(len(gone))

    def _delete_object(self, client, row):
        if row.size >= MULTIPART_FROM:
            client.abort_parts(row.key)
        client.delete(row.key)

    def _forget_objects(self, rows):
        for fname in filter(None, rows.mapped("local_fname")):
            self.env["ir.attachment"]._mark_for_gc(fname)
        rows.unlink()

    # ------------------------------------------------------------------
    # Local files of documents that are in S3
    # ------------------------------------------------------------------

    def _release_local_files(self):
        """Leave to Odoo's own collector what has been kept long enough."""
        ledger = self.env["s3.object"].sudo()
        kept = [
            ("bucket_id", "=", self.id),
            ("state", "=", "stored"),
            ("local_fname", "!=", False),
            ("stored_at", "<=", self._grace_ends()),
        ]
        while rows := ledger.search(kept, limit=STEP):
            for row in rows:
                self.env["ir.attachment"]._mark_for_gc(row.local_fname)
            rows.local_fname = False
            self._step(0)
