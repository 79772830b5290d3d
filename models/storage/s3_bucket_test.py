import hashlib
import socket
import uuid
from urllib.parse import urlsplit

import requests

from odoo import models

from ...tools.s3.client import INTERACTIVE_TIMEOUT
from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import explain
from ...tools.s3.secret import client_of

CONTENT = b"Written by Odoo to test the document storage, deleted at once"


class Finding(Exception):
    """A check that did not come out as it should, in plain words."""

    def __init__(self, detail, result="failed"):
        super().__init__(detail)
        self.result = result


class S3Bucket(models.Model):
    """Tries everything that documents in S3 need, with an object of its own."""

    _inherit = "s3.bucket"

    def action_test_connection(self):
        """Try every right that is needed and show on the form what fails and why.

        An error of configuration is forgotten when what documents need works again.
        """
        self.check_access("write")
        for bucket in self:
            lines = bucket._test_connection()
            bucket._show_findings("test", lines)
            if all(line["result"] != "failed" for line in lines):
                bucket._forget_failures()
                bucket._wake_offload()
        return True

    def _show_findings(self, kind, lines):
        findings = self.env["s3.bucket.finding"].sudo()
        findings.search([("bucket_id", "=", self.id), ("kind", "=", kind)]).unlink()
        findings.create([{"bucket_id": self.id, "kind": kind, **line} for line in lines])

    def _test_connection(self):
        """Return the values of the findings; without the first ones no later one is tried."""
        lines = []
        key = f"{self.prefix}/{self.instance or 'test'}/test-{uuid.uuid4()}"
        parts_key = f"{key}-parts"
        try:
            client = client_of(self)
        except S3Failure as failure:
            return [self._finding(self.env._("Credentials"), "failed", explain(self.env, failure))]
        needed = (
            (self.env._("Address"), self._test_address),
            (self.env._("Store"), self._test_put),
        )
        for name, check in needed:
            if not self._test(lines, name, check, client, key):
                return lines
        self._test(lines, self.env._("Read a range"), self._test_range, client, key)
        self._test(lines, self.env._("Signed download"), self._test_signed, client, key)
        self._test(lines, self.env._("Not public"), self._test_unsigned, client, key)
        self._test(lines, self.env._("Store in parts"), self._test_parts, client, parts_key)
        self._test(
            lines, self.env._("Abort an upload in parts"), self._test_abort, client, parts_key
        )
        self._test(lines, self.env._("List, for the audit"), self._test_list, client, key)
        self._test(lines, self.env._("Delete"), self._test_delete, client, key, parts_key)
        return lines

    def _finding(self, name, result, detail=False, key=False):
        return {"name": name, "result": result, "detail": detail, "key": key}

    def _test(self, lines, name, check, *arguments):
        """Do one check, append its finding, and tell whether it came out well."""
        result, detail = "ok", False
        try:
            check(*arguments)
        except S3Failure as failure:
            result, detail = "failed", explain(self.env, failure)
        except Finding as finding:
            result, detail = finding.result, finding.args[0]
        lines.append(self._finding(name, result, detail))
        return result == "ok"

    def _test_address(self, client, _key):
        address = urlsplit(client.endpoint_url)
        port = address.port or (443 if address.scheme == "https" else 80)
        try:
            socket.getaddrinfo(address.hostname, port)
        except OSError as error:
            raise Finding(
                self.env._(
                    "There is no server of the name %s: check the endpoint.", address.hostname
                )
            ) from error

    def _test_put(self, client, key):
        client.put(key, CONTENT, hashlib.sha256(CONTENT).hexdigest())

    def _test_range(self, client, key):
        chunks, _length = client.stream(key, 11, 4)
        if b"".join(chunks) != CONTENT[11:15]:
            raise Finding(self.env._("S3 returned something else than was stored."))

    def _test_signed(self, client, key):
        url = client.sign(key, self.url_expiry, "attachment; filename=test.txt", "text/plain")
        needed = "failed" if self.download_mode == "redirect" else "warning"
        answer = self._fetch(url, "warning")
        if answer.status_code != 200 or answer.content != CONTENT:
            raise Finding(
                self.env._(
                    "The public endpoint refuses signed addresses (status %s): check the public "
                    "endpoint, or let downloads go through Odoo.",
                    answer.status_code,
                ),
                needed,
            )
        if not answer.headers.get("Content-Disposition", "").startswith("attachment"):
            raise Finding(self.env._("S3 does not send files under their own names."), "warning")

    def _test_unsigned(self, client, key):
        url = client.sign(key, self.url_expiry, "inline", "text/plain").partition("?")[0]
        if self._fetch(url, "warning").content == CONTENT:
            raise Finding(
                self.env._("Anybody can read the objects: block public access to the bucket.")
            )

    def _fetch(self, url, result):
        try:
            return requests.get(url, timeout=INTERACTIVE_TIMEOUT)
        except requests.RequestException as error:
            # The message of the exception holds the signed address.
            raise Finding(
                self.env._(
                    "This server cannot reach the public endpoint (%s): try a download in a "
                    "browser.",
                    type(error).__name__,
                ),
                result,
            ) from None

    def _test_parts(self, client, key):
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        upload_id = client.begin_parts(key)
        etag = client.put_part(key, upload_id, 1, CONTENT, sha256)
        if list(client.list_parts(key, upload_id)) != [1]:
            raise Finding(self.env._("S3 does not list the parts that it has."))
        client.complete_parts(key, upload_id, [(etag, sha256)])

    def _test_abort(self, client, key):
        client.begin_parts(key)
        client.abort_parts(key)

    def _test_list(self, client, key):
        try:
            found = any(item["Key"] == key for item in client.list(key))
        except S3Failure as failure:
            raise Finding(explain(self.env, failure), "warning") from failure
        if not found:
            raise Finding(self.env._("S3 does not list an object that it has."), "warning")

    def _test_delete(self, client, *keys):
        for key in keys:
            client.delete(key)
            if client.get_small(key) != (None, None):
                raise Finding(self.env._("The object is still there after it was deleted."))
