import contextlib
import filecmp
import logging
import os
import shutil
from dataclasses import dataclass

from psycopg2.errors import SerializationFailure

from odoo import fields, models
from odoo.tools import SQL

from ...tools.s3.client import PART_SIZE
from ...tools.s3.failure import S3Failure
from ...tools.s3.local_file import DamagedFile, fetch
from ...tools.s3.messages import explain, explain_local_file
from .s3_bucket_cron import PARTS_TIME, OutOfTime
from .s3_bucket_offload import BATCH_SIZE, IN_A_ROW

_logger = logging.getLogger(__name__)
STEP = 100  # documents in one transaction
OK = 200  # HTTP status


@dataclass(frozen=True)
class ReturningFile:
    """A content on its way back, as the row of its attachment describes it."""

    attachment_id: int
    store_fname: str  # in S3
    path: str  # where it is until it is complete
    size: int
    checksum: str  # SHA-1, hexadecimal

    @property
    def fname(self):
        """The name that Odoo gives to it in its own store."""
        return f"{self.checksum[:2]}/{self.checksum}"


class S3Bucket(models.Model):
    """Documents on their way back to this server: a temporary file, then row and file."""

    _inherit = "s3.bucket"

    def _bring_back(self, client):
        """Bring back all that is in the bucket, until somebody stops it; then it is not in use."""
        last_id, asked = 0, False
        while self.state == "draining" and (found := self._find_stored(last_id, STEP)):
            last_id = found[-1].id
            asked |= self._bring_back_each(client, found)
        if self.state == "draining" and not self._find_stored(0, 1):
            self._write_guarded({"state": "draft"})
            shutil.rmtree(self._get_drain_folder())
            asked = True
        return asked

    def _get_drain_folder(self):
        """Return the bucket's folder for files that are not complete yet, beside Odoo's own."""
        folder = self.env["ir.attachment"]._full_path(f"s3/{self.id}")
        os.makedirs(folder, exist_ok=True)
        return folder

    def _bring_back_each(self, client, attachments):
        """Bring back these documents until somebody stops it; return whether S3 was asked.

        A document that fails waits alone, as on its way to S3.
        """
        state, refused, fetched = self.state, 0, []
        files = self._prepare_files(attachments - self._filter_failed(attachments))
        try:
            for file in files:
                try:
                    self._fetch_file(client, file)
                    fetched.append(file)
                    refused = 0
                except (S3Failure, OSError) as error:
                    self.env.cr.rollback()
                    refused += self._note_not_back(file, error)
                    if refused >= IN_A_ROW:
                        raise
                if len(fetched) == STEP or sum(file.size for file in fetched) >= BATCH_SIZE:
                    self._put_back(fetched)
                    fetched = []
                self._check_time()
                if self.state != state:
                    break
        finally:
            # What has arrived counts, whatever became of the next one.
            self._put_back(fetched)
        return bool(files)

    def _filter_failed(self, attachments):
        """Return those of the attachments that could not be brought back, and wait for a while."""
        failed = self.env["s3.object"].search(
            [
                ("store_fname", "in", attachments.mapped("store_fname")),
                ("error", "!=", False),
                ("next_try", ">", fields.Datetime.now()),
            ]
        )
        names = set(failed.mapped("store_fname"))
        return attachments.filtered(lambda attachment: attachment.store_fname in names)

    def _note_not_back(self, file, error):
        """Show why a document was not brought back; return whether that may be due to the bucket.

        :raises S3Failure: if it concerns the bucket as a whole, for all that is known
        """
        _logger.warning("Attachment %s was not brought back from S3: %s", file.attachment_id, error)
        row = self.env["s3.object"].search([("store_fname", "=", file.store_fname)])
        is_new, missing, pause, kind = not row.error, False, True, "configuration"
        if isinstance(error, S3Failure):
            missing, kind = error.kind == "missing", error.kind
            pause = error.is_of_one_document or not is_new
            reason = explain(self.env, error)
        else:
            reason = explain_local_file(self.env, error)
        self._note_document(row, reason, kind, pause=pause)
        self._step(0)
        if not pause:
            raise error
        return is_new and not missing

    def _prepare_files(self, attachments):
        """Return the `ReturningFile` of each content; commits forget what was read till then."""
        folder = self._get_drain_folder()
        files = {
            attachment.store_fname: ReturningFile(
                attachment.id,
                attachment.store_fname,
                os.path.join(folder, os.path.basename(attachment.store_fname)),
                attachment.file_size,
                attachment.checksum,
            )
            for attachment in attachments
        }
        # What other files an earlier run has left there; these ones it may have begun.
        begun = {file.path for file in files.values()}
        for other in {entry.path for entry in os.scandir(folder)} - begun:
            os.unlink(other)
        return files.values()

    def _fetch_file(self, client, file):
        """Have the object's content in the temporary file.

        :raises S3Failure: if S3 does not give what was stored
        :raises DamagedFile: if this server has another file under its name
        """
        _bucket, key = self._resolve(file.store_fname)
        try:
            fetch(
                *(file.path, file.size, file.checksum),
                lambda start, length: self._stream_parts(client, key, start, length),
            )
        except DamagedFile as error:
            raise S3Failure("missing", "OtherContent", "GetObject", OK) from error
        target = self.env["ir.attachment"]._full_path(file.fname)
        if os.path.exists(target) and not filecmp.cmp(file.path, target, shallow=False):
            raise DamagedFile(target)

    def _put_back(self, fetched):
        """Point attachments to the files that were fetched, put these in place, and commit.

        What somebody is just changing is left to a run in a minute.
        """
        if not fetched:
            return
        # A new snapshot, after the time that the downloads took.
        self._commit()
        try:
            # The rows first: Odoo's collector waits for them, so it cannot take the files away.
            names = self._point_back(fetched)
            if names:
                self._mark_unneeded(SQL("object.store_fname IN %s", tuple(names)))
        except SerializationFailure:
            self.env.cr.rollback()
            names = []
        for file in fetched:
            if file.store_fname in names:
                self._place_file(file.path, file.fname)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(file.path)
        if len(set(names)) < len(fetched):
            self._come_again()
        self._commit(len(names))

    def _point_back(self, files):
        """Point attachments to local files; return the name in S3 that each of them had."""
        self.env.cr.execute(
            SQL(
                """
                WITH unchanged AS (
                    SELECT attachment.id, file.fname, file.store_fname
                      FROM ir_attachment attachment
                      JOIN (VALUES %s) AS file (store_fname, fname)
                        ON file.store_fname = attachment.store_fname
                       FOR UPDATE OF attachment SKIP LOCKED
                )
                UPDATE ir_attachment attachment
                   SET store_fname = unchanged.fname
                  FROM unchanged
                 WHERE attachment.id = unchanged.id
             RETURNING unchanged.store_fname
                """,
                SQL(", ").join(SQL("(%s, %s)", file.store_fname, file.fname) for file in files),
            ),
            log_exceptions=False,
        )
        self.env["ir.attachment"].invalidate_model(["store_fname"])
        return [store_fname for (store_fname,) in self.env.cr.fetchall()]

    def _stream_parts(self, client, key, start, length):
        """Yield the object's bytes from ``start`` on; stop between two parts if time is up."""
        chunks, _length = client.stream(key, start, length)
        received = 0
        for chunk in chunks:
            yield chunk
            received += len(chunk)
            if received >= PART_SIZE:
                received = 0
                # A part is progress: Odoo takes an action without any for stuck.
                self._commit(1)
                self._check_time(PARTS_TIME)
                if self.state not in ("draining", "active"):
                    raise OutOfTime

    def _place_file(self, path, fname):
        attachments = self.env["ir.attachment"]
        target = attachments._full_path(fname)
        if os.path.exists(target):
            return
        # Should this transaction fail, Odoo's collector takes the file.
        attachments._mark_for_gc(fname)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)
