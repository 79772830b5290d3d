import hashlib
import os
import socket
import uuid
from urllib.parse import urlsplit

import requests

from odoo import models

from ...tools.s3.client import INTERACTIVE_TIMEOUT
from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import explain
from ...tools.s3.secret import client_of
from .s3_bucket_fence import CONDITIONS, condition_of

CONTENT = b"Written by Odoo to test the document storage, deleted at once"
PART = 5 * 2**20  # bytes; S3 takes no smaller part, except for the last one
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class Finding(Exception):
    """A check that did not come out as it should, in plain words."""

    def __init__(self, detail, result="failed"):
        super().__init__(detail)
        self.result = result


class S3Bucket(models.Model):
    """Tries everything that the scheduled actions do, with objects of its own."""

    _inherit = "s3.bucket"

    def action_test_connection(self):
        """Try every right that is needed, and show on the form what fails and why.

        If all that documents need works, what failed before is tried again at once.

        :return: an action that tells the result
        """
        self.check_access("write")
        lines = []
        for bucket in self:
            found = bucket._test_connection()
            bucket._show_findings("test", found)
            if all(line["result"] != "failed" for line in found):
                bucket._try_again()
            lines += found
        return self._notify_result(lines)

    def _notify_result(self, lines):
        failed = [line for line in lines if line["result"] == "failed"]
        unfit = failed or [line for line in lines if line["result"] == "warning"]
        if unfit:
            message = "\n".join(f"{line['name']}: {line['detail']}" for line in unfit)
        else:
            message = self.env._("All %(count)s checks passed.", count=len(lines))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Test of the Connection"),
                "message": message,
                "type": "danger" if failed else "warning" if unfit else "success",
                "sticky": bool(unfit),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _show_findings(self, kind, lines):
        # sudo: s3.bucket.finding - administrators only read findings
        findings = self.env["s3.bucket.finding"].sudo()
        findings.search([("bucket_id", "=", self.id), ("kind", "=", kind)]).unlink()
        findings.create([{"bucket_id": self.id, "kind": kind, **line} for line in lines])

    def _finding(self, name, result, detail=False, key=False):
        return {"name": name, "result": result, "detail": detail, "key": key}

    def _test_connection(self):
        """Return the values of the findings; without the first ones no later one is tried."""
        if self.state == "detached" or (self.instance and not self._is_ours()):
            detail = self.env._(
                "The bucket is detached, so nothing is written to it, not even for a test: tell "
                "first whether this is the moved server or a copy."
            )
            return [self._finding(self.env._("Test"), "failed", detail)]
        try:
            client = client_of(self, patient=True)
        except S3Failure as failure:
            return [self._finding(self.env._("Credentials"), "failed", explain(self.env, failure))]
        # What the server can do is found out again.
        client.capabilities.clear()
        try:
            return self._test_with(client)
        finally:
            self._keep_learned(client)

    def _test_with(self, client):
        lines = []
        key = f"{self.prefix}/{self.instance or 'test'}/test-{uuid.uuid4()}"
        parts_key = f"{key}-parts"
        if not self._test(lines, self.env._("Address"), self._test_address, client):
            return lines
        lines.clear()  # that there is a server does not say that it is the right one
        if not self._test(lines, self.env._("Store"), self._test_put, client, key):
            return lines
        self._test(lines, self.env._("Replace if unchanged"), self._test_condition, client, key)
        self._test(lines, self.env._("Read a range"), self._test_range, client, key)
        self._test(lines, self.env._("Signed download"), self._test_signed, client, key)
        if self.download_mode == "redirect":
            self._test(lines, self.env._("Preview in the browser"), self._test_cors, client, key)
        self._test(lines, self.env._("Not public"), self._test_unsigned, client, key)
        self._test(lines, self.env._("Store in parts"), self._test_parts, client, parts_key)
        self._test(
            lines, self.env._("Abort an upload in parts"), self._test_abort, client, parts_key
        )
        self._test(lines, self.env._("List, for the audit"), self._test_list, client, key)
        self._test(lines, self.env._("Delete"), self._test_delete, client, key, parts_key)
        return lines

    def _test(self, lines, name, check, *arguments):
        """Do one check, append its finding, and return whether it came out well."""
        result, detail = "ok", False
        try:
            check(*arguments)
        except S3Failure as failure:
            result, detail = "failed", explain(self.env, failure)
        except Finding as finding:
            result, detail = finding.result, finding.args[0]
        lines.append(self._finding(name, result, detail))
        return result == "ok"

    # ------------------------------------------------------------------
    # The checks
    # ------------------------------------------------------------------

    def _test_address(self, client):
        address = urlsplit(client.endpoint_url)
        if any(os.environ.get(name) for name in PROXIES):
            return  # the proxy knows the server, this machine perhaps not
        try:
            port = address.port or (443 if address.scheme == "https" else 80)
            socket.getaddrinfo(address.hostname, port)
        except ValueError as error:
            raise S3Failure("configuration", "InvalidEndpoint", "CreateClient") from error
        except OSError as error:
            raise Finding(
                self.env._(
                    "There is no server named %(name)s: correct the endpoint.",
                    name=address.hostname,
                )
            ) from error

    def _test_put(self, client, key):
        client.put(key, CONTENT, hashlib.sha256(CONTENT).hexdigest())

    def _test_condition(self, client, key):
        """Find out how S3 can be asked to replace an object only if it is unchanged."""
        _body, etag = client.get_small(key)
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        other = f'"{hashlib.md5(b"", usedforsecurity=False).hexdigest()}"'
        for way in CONDITIONS[:-1]:
            try:
                client.put(key, CONTENT, sha256, **condition_of(way, etag))
            except S3Failure as failure:
                if failure.kind == "conflict" or failure.is_unsupported:
                    continue
                raise
            if self._refuses(client, key, sha256, condition_of(way, other)):
                client.learn("conditional_put", way)
                return
        client.learn("conditional_put", "none")

    def _refuses(self, client, key, sha256, condition):
        try:
            client.put(key, CONTENT, sha256, **condition)
        except S3Failure as failure:
            if failure.kind != "conflict":
                raise
            return True
        return False

    def _test_range(self, client, key):
        chunks, _length = client.stream(key, 11, 4)
        if b"".join(chunks) != CONTENT[11:15]:
            raise Finding(self.env._("S3 returned something else than was stored."))

    def _test_signed(self, client, key):
        url = client.sign(key, self.url_expiry, "attachment; filename=test.txt", "text/plain")
        needed = "failed" if self.download_mode == "redirect" else "warning"
        answer = self._fetch(url)
        if answer.status_code != 200 or answer.content != CONTENT:
            raise Finding(
                self.env._(
                    "The public endpoint refuses signed addresses (status %(status)s): correct the "
                    "public endpoint, or let downloads go through Odoo.",
                    status=answer.status_code,
                ),
                needed,
            )
        if not answer.headers.get("Content-Disposition", "").startswith("attachment"):
            raise Finding(
                self.env._("S3 does not send files under the names that they have in Odoo."),
                "warning",
            )

    def _test_cors(self, client, key):
        """Ask as a page of Odoo does that shows a PDF: the browser needs S3's permission."""
        address = urlsplit(self.get_base_url())
        origin = f"{address.scheme}://{address.netloc}"
        url = client.sign(key, self.url_expiry, "inline; filename=test.txt", "text/plain")
        answer = self._fetch(url, {"Origin": origin, "Range": "bytes=0-9"})
        if answer.headers.get("Access-Control-Allow-Origin") not in ("*", origin):
            raise Finding(
                self.env._(
                    "The bucket does not permit pages of %(origin)s to read documents, so PDF "
                    "files cannot be previewed: add a CORS rule that allows GET from there, or let "
                    "downloads go through Odoo.",
                    origin=origin,
                ),
                "warning",
            )

    def _test_unsigned(self, client, key):
        url = client.sign(key, self.url_expiry, "inline", "text/plain").partition("?")[0]
        if self._fetch(url).content == CONTENT:
            raise Finding(
                self.env._("Anybody can read the objects: block public access to the bucket.")
            )

    def _fetch(self, url, headers=None):
        try:
            return requests.get(url, headers=headers, timeout=INTERACTIVE_TIMEOUT)
        except requests.RequestException as error:
            # The message of the exception holds the signed address.
            raise Finding(
                self.env._(
                    "This server cannot reach the public endpoint (%(error)s): try a download in a "
                    "browser.",
                    error=type(error).__name__,
                ),
                "warning",
            ) from None

    def _test_parts(self, client, key):
        upload_id = client.begin_parts(key)
        parts = []
        for number, body in enumerate((bytes(PART), CONTENT), 1):
            sha256 = hashlib.sha256(body).hexdigest()
            parts.append((client.put_part(key, upload_id, number, body, sha256), sha256))
        self._test_list_parts(client, key, upload_id)
        client.complete_parts(key, upload_id, parts)
        if client.head(key)["ContentLength"] != PART + len(CONTENT):
            raise Finding(self.env._("S3 returned something else than was stored."))

    def _test_list_parts(self, client, key, upload_id):
        try:
            known = list(client.list_parts(key, upload_id)) == [1, 2]
        except S3Failure as failure:
            # Without the list interrupted uploads begin again, which is no reason to refuse.
            if failure.kind != "missing" and not failure.is_unsupported:
                raise
            known = False
        client.learn("list_parts", known)

    def _test_abort(self, client, key):
        upload_id = client.begin_parts(key)
        try:
            client.abort(key, upload_id)
            client.abort_parts(key)
        except S3Failure as failure:
            if not failure.is_unsupported:
                raise
            client.learn("list_uploads", False)
        else:
            client.learn("list_uploads", True)

    def _test_list(self, client, key):
        try:
            found = any(item["Key"] == key for item in client.list(key))
        except S3Failure as failure:
            raise Finding(explain(self.env, failure), "warning") from failure
        if not found:
            raise Finding(self.env._("S3 does not list an object that it has."), "warning")

    def _test_delete(self, client, *keys):
        confirmed = self._delete_many(client, list(keys))
        for key in keys:
            if key not in confirmed:
                client.delete(key)
            if client.get_small(key) != (None, None):
                raise Finding(self.env._("The object is still there after it was deleted."))
