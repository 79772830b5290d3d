import time

from odoo import models

from ...tools.s3.client import MULTIPART_FROM
from ...tools.s3.failure import S3Failure

# A large file is hashed before its first part goes, so it gets more than Odoo's 10 seconds; at 120
# Odoo ends the process.
PARTS_TIME = 40  # seconds


class OutOfTime(Exception):
    """The scheduled action must end; it goes on where it stopped."""


class S3Bucket(models.Model):
    """One file into one object, also in parts, and from where an earlier run was interrupted."""

    _inherit = "s3.bucket"

    def _upload(self, client, row, local, is_new):
        """Have the object in S3; return its ETag and version."""
        if local.size >= MULTIPART_FROM:
            return self._upload_parts(client, row, local, is_new)
        # A key is used once, so what is there is what an earlier run has put and S3 has verified.
        if not is_new and (found := client.find(row.key, row.size)):
            return found
        return client.put(row.key, local.read_all(), row.sha256)

    def _upload_parts(self, client, row, local, is_new):
        if not is_new and not row.upload_id:
            client.abort_parts(row.key)
        done = {}
        if row.upload_id:
            try:
                done = client.list_parts(row.key, row.upload_id)
            except S3Failure as failure:
                if found := self._find_completed(client, row, failure):
                    return found
                row.upload_id = False
        if not row.upload_id:
            row.upload_id = client.begin_parts(row.key)
            self.env["ir.cron"]._commit_progress()
        parts = []
        for number, sha256 in enumerate(local.parts, 1):
            etag, size = done.get(number, (None, 0))
            body = local.read_part(number)
            if size != len(body):
                etag = client.put_part(row.key, row.upload_id, number, body, sha256)
                # A part is progress: Odoo takes an action without any for stuck.
                self.env["ir.cron"]._commit_progress(1)
                self._check_time(PARTS_TIME)
                if self.state != "active":
                    raise OutOfTime
            parts.append((etag, sha256))
        return self._complete_parts(client, row, parts)

    def _complete_parts(self, client, row, parts):
        try:
            answer = client.complete_parts(row.key, row.upload_id, parts)
        except S3Failure as failure:
            if found := self._find_completed(client, row, failure):
                return found
            # Somebody has ended the upload: the next run begins another one.
            raise S3Failure("unavailable", failure.code, failure.operation) from failure
        if client.head(row.key)["ContentLength"] != row.size:
            raise S3Failure("unavailable", "BadDigest", "CompleteMultipartUpload")
        # boto3 begins an upload twice if the answer to its first try is lost.
        client.abort_parts(row.key)
        return answer

    def _find_completed(self, client, row, failure):
        """Return what the object is if S3 has no such upload because it was completed.

        It was, and only the answer was lost. Any other failure is raised again.
        """
        if failure.kind != "missing":
            raise failure
        found = client.find(row.key, row.size)
        if found:
            client.abort_parts(row.key)
        return found

    def _check_time(self, more=0):
        if time.monotonic() > self.env.context.get("cron_end_time", float("inf")) + more:
            raise OutOfTime
