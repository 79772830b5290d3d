import logging
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import fields, models
from odoo.tools import SQL

from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import explain, explain_local_file
from .s3_bucket_state import FIRST_LONG_PAUSE, FIRST_PAUSE, pause_after

_logger = logging.getLogger(__name__)
BATCH = 100  # documents in one transaction
BATCH_SIZE = 64 * 2**20  # bytes that are hashed before the first of them goes
FLIP_TRIES = 3
IN_A_ROW = 3  # so many refused documents, and none stored, are a failure of the bucket


class S3Bucket(models.Model):
    """Documents on their way to S3: ledger row, object, then the attachment's row.

    Each of the three is committed, or confirmed by S3, before the next; a run that is killed
    between any two of them is continued by the next run.
    """

    _inherit = "s3.bucket"

    def _offload(self, client):
        """Move all that waits, in batches, until somebody pauses the bucket.

        Documents that failed before go last, and only when their own pause is over.

        :return: whether there was anything
        """
        asked = self._return_what_left(client)
        names = self._get_scope_models()
        for failed in (False, True):
            for name in names:
                last_id = 0
                while self.state == "active" and (
                    waiting := self._find_waiting(name, failed, last_id, BATCH)
                ):
                    batch, last_id = self._check_files(waiting)
                    if batch:
                        asked = True
                        self._offload_batch(client, batch, failed)
        return asked

    def _check_files(self, waiting):
        """Return the file and its name by attachment's id, and the last id that was looked at."""
        batch, hashed = {}, 0
        for attachment in waiting:
            try:
                local = attachment._s3_local_file()
            except OSError as error:
                self._note_file_error(attachment, error)
            else:
                batch[attachment.id] = (local, attachment.store_fname)
            hashed += attachment.file_size
            if hashed >= BATCH_SIZE:
                break
        return batch, attachment.id

    # ------------------------------------------------------------------
    # The three steps
    # ------------------------------------------------------------------

    def _offload_batch(self, client, batch, failed=False):
        """Store the ``(local file, its name)`` of each attachment's id.

        :param failed: whether all of these failed before, which says nothing new of the bucket
        """
        uploads = self._begin_objects(batch)
        # A physical copy of this database would go on with the same uploads.
        begun_before = not all(is_new for _row, _local, is_new in uploads)
        if begun_before and not self._hold_fence(client):
            return
        done, tried, refused = {}, self.env["s3.object"], 0
        try:
            for row, local, is_new in uploads:
                tried |= row
                try:
                    done[row] = self._upload(client, row, local, is_new)
                    refused = 0
                except OSError as error:
                    self._note_document(row, explain_local_file(self.env, error))
                except S3Failure as failure:
                    refused += not failed
                    alone = failed or failure.is_of_one_document
                    if not alone or (refused >= IN_A_ROW and not done):
                        # Others are tried before it once S3 is asked again.
                        self._note_document(row, explain(self.env, failure), pause=False)
                        raise
                    self._note_document(row, explain(self.env, failure), failure.kind)
                self._check_time()
        finally:
            # What has arrived counts, whatever became of the next one.
            new = self.env["s3.object"].union(*(row for row, _local, is_new in uploads if is_new))
            (new - tried).unlink()
            self._commit()
            self._flip(done)
        self._step(0)

    def _begin_objects(self, batch):
        """Commit the ledger's rows; return ``(row, local file, whether it is new)`` of each."""
        begun = self._find_begun(list(batch))
        uploads, vals_list = [], []
        for attachment_id, (local, fname) in batch.items():
            if row := begun.get((attachment_id, fname, local.sha256)):
                uploads.append((row, local, False))
            elif row := begun.get((attachment_id, fname, False)):
                # Its file could not be read until now.
                row.write({"size": local.size, "sha256": local.sha256})
                uploads.append((row, local, True))
            else:
                vals_list.append(
                    self._prepare_object_values(attachment_id, fname, local.size, local.sha256)
                )
        created = self.env["s3.object"].create(vals_list)
        uploads += [(row, batch[row.attachment_ref][0], True) for row in created]
        self._commit()
        return uploads

    def _find_begun(self, attachment_ids):
        """Return the ledger's rows that wait, by attachment's id, local file and SHA-256."""
        begun = self.env["s3.object"].search(
            [
                ("bucket_id", "=", self.id),
                ("attachment_ref", "in", attachment_ids),
                ("state", "=", "pending"),
                ("orphaned_at", "=", False),
            ]
        )
        # What an earlier instance has begun belongs to the database that this one is a copy of.
        own = begun.filtered(lambda row: row.key.startswith(self._own_prefix()))
        return {(row.attachment_ref, row.local_fname, row.sha256 or False): row for row in own}

    def _prepare_object_values(self, attachment_id, fname, size, sha256=False):
        key = self._new_key()
        return {
            "bucket_id": self.id,
            "key": key,
            "store_fname": self._store_fname(key),
            "size": size,
            "sha256": sha256,
            "attachment_ref": attachment_id,
            "local_fname": fname,
        }

    def _flip(self, done):
        """Point the attachments to their objects, if they are still what was uploaded.

        :param done: ETag and version by ledger row
        """
        rows = self.env["s3.object"].browse([row.id for row in done])
        if not rows:
            return
        for _try in range(FLIP_TRIES):
            try:
                flipped = self._flip_unchanged(rows)
                self._note_stored(flipped, done)
                self._mark_orphans(rows - flipped)
                self.env.flush_all()
            except SerializationFailure:
                self.env.cr.rollback()
            else:
                self._commit(len(flipped))
                return

    def _note_stored(self, rows, done):
        self._add_to_counters(len(rows), sum(rows.mapped("size")))
        for row in rows:
            etag, version_id = done[row]
            row.write(
                {
                    "state": "stored",
                    "etag": etag,
                    "version_id": version_id,
                    "upload_id": False,
                    "stored_at": fields.Datetime.now(),
                    "error": False,
                    "error_count": 0,
                    "next_try": False,
                }
            )

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

    # ------------------------------------------------------------------
    # Documents that fail wait alone
    # ------------------------------------------------------------------

    def _note_file_error(self, attachment, error):
        """Show why a local file cannot go, in a row of the ledger that waits for it."""
        reason = explain_local_file(self.env, error)
        level = logging.INFO if isinstance(error, FileNotFoundError) else logging.ERROR
        _logger.log(level, "Attachment %s stays out of S3: %s", attachment.id, reason)
        begun = self._find_begun(attachment.ids)
        fname = attachment.store_fname
        rows = [row for key, row in begun.items() if key[:2] == (attachment.id, fname)]
        row = (
            rows[0]
            if rows
            else self.env["s3.object"].create(
                self._prepare_object_values(attachment.id, fname, attachment.file_size)
            )
        )
        self._note_document(row, reason)
        self._step(0)

    def _note_document(self, row, reason, kind="configuration", pause=True):
        """Show why a document was not stored, and when it is tried again.

        :param kind: of the `S3Failure`
        :param pause: False if the bucket as a whole is paused anyway
        """
        count = row.error_count + 1
        first = FIRST_PAUSE if kind == "unavailable" else FIRST_LONG_PAUSE
        wait = pause_after(count, first) if pause else timedelta(0)
        row.write(
            {
                "error": reason,
                "error_count": count,
                "next_try": fields.Datetime.now() + wait,
            }
        )
