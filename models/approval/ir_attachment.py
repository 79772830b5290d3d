import hashlib

from odoo import models

from ...tools.s3.messages import S3ObjectMissing
from ...tools.s3.secret import client_of
from ..storage.ir_attachment import in_s3


class IrAttachment(models.Model):
    """Documents that are sealed by an approval."""

    _inherit = "ir.attachment"

    def _get_seal(self):
        """Return the name of this document, its size in bytes and its SHA-256, as stored now.

        :raises S3Unavailable: if S3 does not answer
        :raises S3ObjectMissing: if the file is not there
        """
        self.ensure_one()
        size, sha256 = self._hash_content()
        return {"id": self.id, "name": self.name, "size": size, "sha256": sha256}

    def _get_stored_seal(self):
        """Return the seal of what is stored now, or None if the file is missing."""
        try:
            return self._get_seal()
        except S3ObjectMissing:
            return None

    def _hash_content(self):
        """Return ``(size in bytes, SHA-256)`` of what is stored, read anew and piece by piece."""
        if not self.store_fname:
            content = self.db_datas or (self.url or "").encode()
            return len(content), hashlib.sha256(content).hexdigest()
        if in_s3(self.store_fname):
            return self._hash_in_s3()
        try:
            with open(self._full_path(self.store_fname), "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                return file.tell(), sha256
        except OSError:
            raise self._s3_file_missing() from None

    def _hash_in_s3(self):
        sha256, size = hashlib.sha256(), 0
        with self._s3_reading(self.store_fname) as (bucket, key):
            chunks, _size = client_of(bucket).stream(key)
            for chunk in chunks:
                sha256.update(chunk)
                size += len(chunk)
        return size, sha256.hexdigest()
