from contextlib import contextmanager

from odoo import api, models

from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import OneAtATime, S3ObjectMissing, S3Unavailable, explain
from ...tools.s3.secret import client_of
from ...tools.s3.stream import S3Stream
from .ir_attachment import in_s3


class IrAttachment(models.Model):
    """Reading contents that are in S3."""

    _inherit = "ir.attachment"

    @api.model
    def _file_read(self, fname, size=None):
        """Return all bytes, or the first ``size``.

        :raises S3Unavailable: if S3 does not give them now
        :raises S3ObjectMissing: if S3 does not have them
        """
        if not in_s3(fname):
            return super()._file_read(fname, size)
        with self._s3_reading(fname) as (bucket, key):
            return client_of(bucket).get(key, size) if size != 0 else b""

    @contextmanager
    def _s3_reading(self, fname):
        """Give the bucket and the key of a content; tell people why it cannot be read.

        :raises S3Unavailable: if S3 does not give it now
        :raises S3ObjectMissing: if S3 does not have it
        """
        bucket, key = self.env["s3.bucket"]._resolve(fname)
        if not bucket:
            raise self._s3_error(S3Failure("missing", "NoSuchBucket", "GetObject"))
        try:
            yield bucket, key
        except S3Failure as failure:
            raise self._s3_error(failure) from failure

    @api.model
    def _s3_error(self, failure):
        """Return the error that tells people about a failed read."""
        if failure.kind == "missing":
            return S3ObjectMissing(
                self.env._(
                    "The file is missing in the document storage: an administrator can look for it "
                    "with “Audit” in Purchase > Configuration > Document Storage."
                )
            )
        return S3Unavailable(
            self.env._(
                "The document storage does not answer, so the file cannot be read now. Try again "
                "in a minute. %(reason)s",
                reason=explain(self.env, failure),
            )
        )

    @api.depends("store_fname", "db_datas", "file_size")
    @api.depends_context("bin_size")
    def _compute_datas(self):
        if not self.env.context.get("bin_size"):
            self._s3_one_at_a_time()
        return super()._compute_datas()

    @api.depends("store_fname", "db_datas")
    def _compute_raw(self):
        self._s3_one_at_a_time()
        result = super()._compute_raw()
        for attachment in self:
            if attachment.raw:
                continue
            # sudo: ir.attachment - where the content is, is asked for whoever reads it
            content = attachment.sudo()
            if content.store_fname and content.file_size and content._s3_documents():
                # What is not there must not be read as empty the next time either.
                self.invalidate_recordset(["raw"], flush=False)
                raise self._s3_file_missing()
        return result

    def _s3_one_at_a_time(self):
        # The ORM asks for the neighbours too, which would fetch all files of a list. Not by `sudo`:
        # what that puts into the cache, the user's own computation would find there unchecked.
        if len(self) > 1 and any(in_s3(attachment.store_fname) for attachment in self):
            raise OneAtATime

    @api.model
    def _s3_file_missing(self):
        return S3ObjectMissing(
            self.env._(
                "The file of this document is not on this server: it must be restored from a "
                "backup."
            )
        )

    def _to_http_stream(self):
        self.ensure_one()
        if in_s3(self.store_fname):
            return S3Stream.of(self)
        try:
            return super()._to_http_stream()
        except FileNotFoundError:
            if not self._s3_documents():
                raise
            raise self._s3_file_missing() from None
