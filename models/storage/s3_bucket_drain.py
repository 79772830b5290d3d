import contextlib
import filecmp
import logging
import os
import shutil

from psycopg2.errors import SerializationFailure

from odoo import models
from odoo.tools import SQL

from ...tools.s3.client import PART_SIZE
from ...tools.s3.failure import S3Failure
from ...tools.s3.local_file import DamagedFile, fetch
from .ir_attachment import in_s3
from .s3_bucket_cron import PARTS_TIME, OutOfTime

_logger = logging.getLogger(__name__)
STEP = 100


class S3Bucket(models.Model):
    """Documents on their way back to this server: a temporary file, then row and file."""

    _inherit = "s3.bucket"

    def _bring_back(self, client):
        """Bring back all that is in the bucket, until somebody stops it; then it is not in use."""
        last_id, lost = 0, []
        folder = self._get_drain_folder()
        while self.state == "draining" and (found := self._find_stored(last_id, STEP)):
            for attachment in found:
                last_id = attachment.id
                if not self._bring_back_if_there(client, attachment, folder):
                    lost.append(attachment.id)
                if self.state != "draining":
                    return
        if lost:
            raise S3Failure("missing", "NoSuchKey", "GetObject")
        if self.state == "draining" and not self._find_stored(0, 1):
            self._write_guarded({"state": "draft"})
            shutil.rmtree(folder)

    def _get_drain_folder(self):
        """Return the bucket's folder for files that are not complete yet, beside Odoo's own."""
        folder = self.env["ir.attachment"]._full_path(f"s3/{self.id}")
        os.makedirs(folder, exist_ok=True)
        return folder

    def _bring_back_if_there(self, client, attachment, folder):
        """Bring back one document; return False if S3 does not have what was stored there."""
        try:
            self._bring_back_file(client, attachment, folder)
        except (S3Failure, DamagedFile) as failure:
            if isinstance(failure, S3Failure) and failure.kind != "missing":
                raise
            self.env.cr.rollback()
            _logger.error("Attachment %s is not in S3 as it was stored", attachment.id)
            return False
        except SerializationFailure:
            self.env.cr.rollback()  # somebody is just changing it: the next run takes it
        return True

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
        fetch(
            path,
            attachment.file_size,
            checksum,
            lambda start, length: self._stream_parts(client, key, start, length),
        )
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
