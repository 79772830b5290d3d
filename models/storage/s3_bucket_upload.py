from odoo import models

from ...tools.s3.client import MULTIPART_FROM
from ...tools.s3.failure import S3Failure
from .s3_bucket_cron import PARTS_TIME, OutOfTime


class S3Bucket(models.Model):
    """One file into one object, also in parts, and from where an earlier run was interrupted."""

    _inherit = "s3.bucket"

    def _upload(self, client, row, local, is_new):
        """Have the object in S3; return its ETag and version.

        :param row: of the ledger
        :param local: the `LocalFile`
        :param is_new: whether nothing was ever tried for this row
        :raises S3Failure: if S3 does not store it
        :raises OSError: if the local file cannot be read any more
        """
        if local.size >= MULTIPART_FROM:
            return self._upload_parts(client, row, local, is_new)
        # A key is used once, so what is there is what an earlier run has put and S3 has verified.
        if not is_new and (found := client.find(row.key, row.size)):
            return found
        return client.put(row.key, local.read_all(), row.sha256)

    def _upload_parts(self, client, row, local, is_new):
        found, done = (None, {}) if is_new else self._resume_parts(client, row)
        if found:
            return found
        if not row.upload_id:
            row.upload_id = client.begin_parts(row.key)
            self._commit()
        parts = []
        for number, sha256 in enumerate(local.parts, 1):
            etag, size = done.get(number, (None, 0))
            body = local.read_part(number)
            if size != len(body):
                etag = client.put_part(row.key, row.upload_id, number, body, sha256)
                # A part is progress: Odoo takes an action without any for stuck.
                self._commit(1)
                self._check_time(PARTS_TIME)
                if self.state != "active":
                    raise OutOfTime
            parts.append((etag, sha256))
        return self._complete_parts(client, row, parts)

    def _resume_parts(self, client, row):
        """Return the object's ETag and version if it is complete, else the parts that S3 has."""
        if not row.upload_id:
            self._abort_parts(client, row)
            return None, {}
        if client.can("list_parts"):
            try:
                return None, client.list_parts(row.key, row.upload_id)
            except S3Failure as failure:
                if not failure.is_unsupported:
                    found = self._find_completed(client, row, failure)
                    row.upload_id = found and row.upload_id
                    return found, {}
                client.learn("list_parts", False)
        found = client.find(row.key, row.size)
        if not found:
            # Which parts are there is not known, so all of them go again.
            self._abort_if_known(client, client.abort, row.key, row.upload_id)
            row.upload_id = False
        return found, {}

    def _complete_parts(self, client, row, parts):
        try:
            answer = client.complete_parts(row.key, row.upload_id, parts)
        except S3Failure as failure:
            if found := self._find_completed(client, row, failure):
                return found
            # Somebody has ended the upload: the next run begins another one.
            raise S3Failure(
                "unavailable", failure.code, failure.operation, failure.status
            ) from failure
        if client.head(row.key)["ContentLength"] != row.size:
            raise S3Failure("unavailable", "BadDigest", "CompleteMultipartUpload")
        self._abort_others(client, row)
        return answer

    def _find_completed(self, client, row, failure):
        """Return what the object is if S3 has no such upload because it was completed.

        It was, and only the answer was lost. Any other failure is raised again.
        """
        if failure.kind != "missing":
            raise failure
        found = client.find(row.key, row.size)
        if found:
            self._abort_others(client, row)
        return found

    def _abort_others(self, client, row):
        """End what is left of uploads of this object, which is complete.

        boto3 begins an upload twice if the answer to its first try is lost.
        """
        row.cleanup_needed = not self._abort_parts(client, row)

    def _abort_parts(self, client, row):
        """End all uploads of this object in parts; return whether that is done.

        What fails here is tried again by the collection, and never in the way of a document.
        """
        if not client.can("list_uploads"):
            return True
        try:
            self._abort_if_known(client, client.abort_parts, row.key)
        except S3Failure:
            return False
        return True

    def _abort_if_known(self, client, abort, *arguments):
        """End uploads in parts; a server that does not know how to has to let them expire."""
        try:
            abort(*arguments)
        except S3Failure as failure:
            if not failure.is_unsupported:
                raise
            client.learn("list_uploads", False)
