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
from ...tools.s3.secret import client_of
from .ir_attachment import in_s3
from .s3_bucket_upload import PARTS_TIME, OutOfTime

_logger = logging.getLogger(__name__)
STEP = 100


class S3Bucket(models.Model):
    """Documents on their way back to this server: a temporary file, then row and file."""

    _inherit = "s3.bucket"

    def _stored_domain(self):
        # With an id in it, for otherwise Odoo leaves out the contents of fields.
        return [("store_fname", "=like", f"s3:{self.id}/%"), ("id", ">", 0)]

    def _count_stored(self):
        return self.env["ir.attachment"].sudo().search_count(self._stored_domain())

    def _bring_back(self):
        """Bring back all that is in the bucket, until somebody stops it; then it is not in use."""
        attachments = self.env["ir.attachment"].sudo()
        client = client_of(self, patient=True)
        folder = attachments._full_path("s3")
        os.makedirs(folder, exist_ok=True)
        last_id = 0
        lost = []
        while self.state == "draining":
            found = attachments.search(
                [*self._stored_domain(), ("id", ">", last_id)], order="id", limit=STEP
            )
            for attachment in found:
                last_id = attachment.id
                try:
                    self._bring_back_file(client, attachment, folder)
                except (S3Failure, DamagedFile) as failure:
                    if isinstance(failure, S3Failure) and failure.kind != "missing":
                        raise
                    self.env.cr.rollback()
                    _logger.error("Attachment %s is not in S3 as it was stored", attachment.id)
                    lost.append(attachment.id)
                except SerializationFailure:
                    self.env.cr.rollback()  # somebody is just changing it: the next run takes it
                if self.state != "draining":
                    return
            if not found:
                break
        if lost:
            raise S3Failure("missing", "NoSuchKey", "GetObject")
        if self.state == "draining" and not self._count_stored():
            self._write_guarded({"state": "draft"})
            shutil.rmtree(folder)

    def _bring_back_file(self, client, attachment, folder):
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
        self.env["ir.cron"]._commit_progress()
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
                self.env["ir.cron"]._commit_progress(1)
                self._check_time(PARTS_TIME)
                if self.state != "draining":
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
