import contextlib
import logging

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.s3.failure import S3Failure
from ...tools.s3.secret import client_of
from .s3_bucket_upload import OutOfTime

_logger = logging.getLogger(__name__)
BATCH = 100  # documents in one transaction
BATCH_SIZE = 64 * 2**20  # bytes that are hashed before the first of them goes
FLIP_TRIES = 3


class S3Bucket(models.Model):
    """Documents on their way to S3: ledger row, object, then the attachment's row.

    Each of the three is committed, or confirmed by S3, before the next; a run that is killed
    between any two of them is taken up by the next run.
    """

    _inherit = "s3.bucket"

    @api.model
    def _cron_offload(self):
        """Move what waits, to S3 and back. Woken after the commit of a document."""
        buckets = self.search([("state", "in", ("active", "draining"))])
        remaining = sum(
            bucket._count_stored() if bucket.state == "draining" else bucket._count_waiting()
            for bucket in buckets
        )
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        self._attempt_each(
            [
                (bucket, bucket._bring_back if bucket.state == "draining" else bucket._offload)
                for bucket in buckets
            ]
        )

    def _attempt_each(self, tasks):
        """Do the tasks, pairs of a bucket and its work; ask Odoo to come again if time is up."""
        try:
            for bucket, work in tasks:
                bucket._attempt(work)
        except OutOfTime:
            remaining = 1
        else:
            remaining = 0
        self.env["ir.cron"]._commit_progress(remaining=remaining)

    def _attempt(self, work):
        """Do the work unless a pause is on or the bucket is not ours; keep what S3 fails in.

        :param work: a function that returns False if it asked nothing of S3
        """
        if not self._is_ready() or not self._is_ours():
            return
        try:
            asked = work()
        except S3Failure as failure:
            self.env.cr.rollback()
            _logger.warning("S3 bucket %s: %s", self.id, failure)
            self._note_failure(failure)
        else:
            if asked is not False:
                self._forget_failures()
        self._step(0)

    def _step(self, processed=1):
        """Commit and count; raise OutOfTime when the scheduled action must end."""
        if not self.env["ir.cron"]._commit_progress(processed):
            raise OutOfTime

    # ------------------------------------------------------------------
    # Which
    # ------------------------------------------------------------------

    def _waiting_domain(self):
        return self.env["ir.attachment"]._s3_documents_domain(self.company_id) & fields.Domain(
            [
                ("type", "=", "binary"),
                ("store_fname", "!=", False),
                # Ours, or what another storage holds: see `is_local`.
                ("store_fname", "not =like", "%:%"),
            ]
        )

    def _count_waiting(self):
        return self.env["ir.attachment"].sudo().search_count(self._waiting_domain())

    def _offload(self):
        """Move all that waits, in batches, until somebody pauses the bucket.

        Return whether there was anything.
        """
        asked = False
        last_id = 0
        while self.state == "active":
            waiting = (
                self.env["ir.attachment"]
                .sudo()
                .search(
                    self._waiting_domain() & fields.Domain("id", ">", last_id),
                    order="id",
                    limit=BATCH,
                )
            )
            batch = {}
            hashed = 0
            for attachment in waiting:
                last_id = attachment.id
                hashed += attachment.file_size
                if local := attachment._s3_local_file():
                    batch[attachment.id] = (local, attachment.store_fname)
                if hashed >= BATCH_SIZE:
                    break
            if not waiting:
                break
            if batch:
                asked = True
                self._offload_batch(batch)
        return asked

    # ------------------------------------------------------------------
    # The three steps
    # ------------------------------------------------------------------

    def _offload_batch(self, batch):
        """Store the ``(local file, its name)`` of each attachment's id."""
        uploads = self._begin_objects(batch)
        client = client_of(self, patient=True)
        # A physical copy of this database would go on with the same uploads.
        begun_before = not all(is_new for _row, _local, is_new in uploads)
        if begun_before and not self._hold_fence(client):
            return
        done = {}
        try:
            for upload, local, is_new in uploads:
                with contextlib.suppress(FileNotFoundError):  # deleted since it was hashed
                    done[upload] = self._upload(client, upload, local, is_new)
                self._check_time()
        finally:
            # What has arrived counts, whatever became of the next one.
            self._flip(done)
        self._step(0)

    def _begin_objects(self, batch):
        """Commit the ledger's rows; return ``(row, local file, whether it is new)`` of each."""
        ledger = self.env["s3.object"].sudo()
        begun = ledger.search(
            [
                ("bucket_id", "=", self.id),
                ("attachment_ref", "in", list(batch)),
                ("state", "=", "pending"),
                ("orphaned_at", "=", False),
            ]
        )
        # What an earlier instance has begun belongs to the database that we are a copy of.
        begun = {
            (row.attachment_ref, row.local_fname, row.sha256): row
            for row in begun
            if row.key.startswith(self._own_prefix())
        }
        uploads, vals_list = [], []
        for attachment_id, (local, fname) in batch.items():
            row = begun.get((attachment_id, fname, local.sha256))
            if row:
                uploads.append((row, local, False))
                continue
            key = self._new_key()
            vals_list.append(
                {
                    "bucket_id": self.id,
                    "key": key,
                    "store_fname": self._store_fname(key),
                    "size": local.size,
                    "sha256": local.sha256,
                    "attachment_ref": attachment_id,
                    "local_fname": fname,
                }
            )
        locals_ = {attachment_id: local for attachment_id, (local, _fname) in batch.items()}
        created = ledger.create(vals_list)
        uploads += [(row, locals_[row.attachment_ref], True) for row in created]
        self.env["ir.cron"]._commit_progress()
        return uploads

    def _flip(self, done):
        """Point the attachments to their objects, if they are still what was uploaded.

        :param done: ETag and version by ledger row
        """
        rows = self.env["s3.object"].browse([row.id for row in done])
        if not rows:
            return
        self.env["ir.cron"]._commit_progress()  # a new snapshot
        for _try in range(FLIP_TRIES):
            try:
                flipped = self._flip_unchanged(rows)
                break
            except SerializationFailure:
                self.env.cr.rollback()
        else:
            return
        for row in flipped:
            etag, version_id = done[row]
            row.write(
                {
                    "state": "stored",
                    "etag": etag,
                    "version_id": version_id,
                    "upload_id": False,
                    "stored_at": fields.Datetime.now(),
                }
            )
        self.env["s3.bucket"]._mark_orphans(rows - flipped)
        self.env["ir.cron"]._commit_progress(len(flipped))

    def _flip_unchanged(self, rows):
        """Compare and swap; return the ledger rows of what was swapped.

        A row that somebody is just changing is left to the next run rather than waited for.
        """
        self.env.invalidate_all()
        self.env.cr.execute(
            SQL(
                """
                WITH unchanged AS (
                    SELECT attachment.id, object.id AS object_id, object.store_fname
                      FROM ir_attachment attachment
                      JOIN s3_object object
                        ON object.attachment_ref = attachment.id
                       AND object.local_fname = attachment.store_fname
                     WHERE object.id IN %s
                       AND object.state = 'pending'
                       AND object.orphaned_at IS NULL
                       FOR UPDATE SKIP LOCKED
                )
                UPDATE ir_attachment attachment
                   SET store_fname = unchanged.store_fname
                  FROM unchanged
                 WHERE attachment.id = unchanged.id
             RETURNING unchanged.object_id
                """,
                tuple(rows.ids),
            ),
            log_exceptions=False,
        )
        return rows.browse([object_id for (object_id,) in self.env.cr.fetchall()])
