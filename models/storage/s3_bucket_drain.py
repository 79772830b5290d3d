import contextlib
import filecmp
import logging
import os
import shutil

from psycopg2.errors import SerializationFailure

from odoo import fields, models
from odoo.tools import SQL

from ...tools.s3.client import PART_SIZE
from ...tools.s3.failure import S3Failure
from ...tools.s3.local_file import DamagedFile, fetch
from ...tools.s3.messages import explain, explain_local_file
from .ir_attachment import in_s3
from .s3_bucket_cron import PARTS_TIME, OutOfTime
from .s3_bucket_offload import IN_A_ROW

_logger = logging.getLogger(__name__)
STEP = 100
OK = 200  # HTTP status


class S3Bucket(models.Model):
    """Documents on their way back to this server: a temporary file, then row and file."""

    _inherit = "s3.bucket"

    def _bring_back(self, client):
        """Bring back all that is in the bucket, until somebody stops it; then it is not in use."""
        last_id, asked = 0, False
        folder = self._get_drain_folder()
        while self.state == "draining" and (found := self._find_stored(last_id, STEP)):
            last_id = found[-1].id
            asked |= self._bring_back_each(client, found, folder)
        if self.state == "draining" and not self._find_stored(0, 1):
            self._write_guarded({"state": "draft"})
            shutil.rmtree(folder)
            asked = True
        return asked

    def _get_drain_folder(self):
        """Return the bucket's folder for files that are not complete yet, beside Odoo's own."""
        folder = self.env["ir.attachment"]._full_path(f"s3/{self.id}")
        os.makedirs(folder, exist_ok=True)
        return folder

    def _bring_back_each(self, client, attachments, folder):
        """Bring back these documents until somebody stops it; return whether S3 was asked.

        A document that fails waits alone, as on its way to S3.
        """
        state, refused, asked = self.state, 0, False
        for attachment in attachments - self._filter_failed(attachments):
            asked = True
            try:
                self._bring_back_file(client, attachment, folder)
                refused = 0
            except SerializationFailure:
                self.env.cr.rollback()  # somebody is just changing it: the next run takes it
            except (S3Failure, OSError) as error:
                self.env.cr.rollback()
                refused += self._note_not_back(attachment, error)
                if refused >= IN_A_ROW:
                    raise
            if self.state != state:
                break
        return asked

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

    def _note_not_back(self, attachment, error):
        """Show why a document was not brought back; return whether that may be due to the bucket.

        :raises S3Failure: if it concerns the bucket as a whole, for all that is known
        """
        _logger.warning("Attachment %s was not brought back from S3: %s", attachment.id, error)
        row = self.env["s3.object"].search([("store_fname", "=", attachment.store_fname)])
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

    def _bring_back_file(self, client, attachment, folder):
        # Each commit forgets what was read: read this one again, not a hundred.
        attachment = attachment.with_prefetch()
        store_fname, checksum = attachment.store_fname, attachment.checksum
        if not in_s3(store_fname):
            return  # brought back together with another one that shares the object
        _bucket, key = self._resolve(store_fname)
        path = os.path.join(folder, os.path.basename(key))
        # What other files an earlier run has left there; this one it may have begun.
        for other in {entry.path for entry in os.scandir(folder)} - {path}:
            os.unlink(other)
        try:
            fetch(
                path,
                attachment.file_size,
                checksum,
                lambda start, length: self._stream_parts(client, key, start, length),
            )
        except DamagedFile as error:
            raise S3Failure("missing", "OtherContent", "GetObject", OK) from error
        fname = f"{checksum[:2]}/{checksum}"
        # A new snapshot, after the time that the download took.
        self._commit()
        # The row first: Odoo's collector waits for it, so it cannot take the file away.
        self.env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET store_fname = %s WHERE store_fname = %s",
                fname,
                store_fname,
            ),
            log_exceptions=False,
        )
        if self.env.cr.rowcount:
            self._place_file(attachment, path, fname)
            attachment.invalidate_model(["store_fname"])
            self._mark_unneeded(SQL("object.store_fname = %s", store_fname))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._step()

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

    def _place_file(self, attachment, path, fname):
        target = attachment._full_path(fname)
        if os.path.exists(target):
            if not filecmp.cmp(path, target, shallow=False):
                raise DamagedFile(target)
            return
        # Should this transaction fail, Odoo's collector takes the file.
        attachment._mark_for_gc(fname)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)
