"""Servers that cannot be run here, each replayed with the answers that its users have reported.

None of these answers was measured. What was measured on real servers is in docs/s3_servers.md.
"""

from odoo.tests import tagged

from .common_faults import LARGE, SMALL, S3FaultCommon

AUDIT = "purchase_milestone.ir_cron_s3_audit"
ERROR = "<Error><Code>{}</Code><Message>As reported</Message></Error>"


def error(status, code):
    """Return what the proxy answers with."""
    return status, ERROR.format(code).encode()


@tagged("post_install", "-at_install", "slow")
class TestS3ReportedServers(S3FaultCommon):
    def assert_works(self, rule, **capabilities):
        """Documents live as on any server, whether the connection was tested before or not.

        :param rule: of `FaultyProxy.answering`
        :param capabilities: what has to be known of the server at the end
        """
        with self.proxy.answering(rule):
            for tested in (True, False):
                with self.case(tested=tested):
                    if tested:
                        self.assert_test_passes(capabilities)
                    self.assert_documents_live()
                    self.assert_known(capabilities)

    def assert_test_passes(self, capabilities):
        self.bucket.action_test_connection()
        failed = self.bucket.finding_ids.filtered(lambda finding: finding.result == "failed")
        # The server behind the proxy answers everybody.
        self.assertLessEqual(set(failed.mapped("name")), {"Not public"}, failed.mapped("detail"))
        self.assert_known(capabilities)

    def assert_known(self, capabilities):
        known = {name: self.bucket.capabilities.get(name) for name in capabilities}
        self.assertEqual(known, capabilities)

    def assert_documents_live(self):
        small, large = self.attach(content=SMALL), self.attach(content=LARGE)
        others = [self.attach(f"{number}.pdf", b"Photo %d" % number) for number in range(3)]
        self.offload()
        for document, content in ((small, SMALL), (large, LARGE)):
            self.assertTrue(document.store_fname.startswith(f"s3:{self.bucket.id}/"))
            self.assertTrue(self.read_again(document) == content)
        for document in others:
            document.unlink()
        for _time in range(3):
            self.collect()
            self.days_pass(8)
        self.assertEqual((self.bucket.state, self.bucket.last_error), ("active", False))
        self.assertFalse(self.bucket.failed_object_ids)
        self.assertEqual(len(self.keys()), 2)
        self.bucket.action_audit()
        self.run_cron(AUDIT)
        audit = self.bucket.finding_ids.filtered(lambda finding: finding.kind == "audit")
        self.assertEqual(audit.mapped("result"), ["ok"], audit.mapped("detail"))

    def test_amazon(self):
        """Two writers at once: 409 ConditionalRequestConflict, and the next try is well."""
        left = [1]

        def answer(operation, headers):
            if operation == "PutObject" and "If-Match" in headers and left[0]:
                left[0] -= 1
                return error(409, "ConditionalRequestConflict")
            return None

        self.bucket.action_activate()
        self.stored(content=SMALL)
        self.collect()
        with self.proxy.answering(answer):
            self.collect()
            self.assertEqual(self.bucket.state, "active")
            self.pauses_pass()
            self.collect()
        self.assertEqual((self.bucket.state, self.bucket.last_error), ("active", False))

    def test_backblaze_b2(self):
        """Refuses every header of a checksum, and conditional writes."""

        def answer(_operation, headers):
            if any(name.lower().startswith("x-amz-checksum-") for name in headers):
                return error(400, "InvalidArgument")
            if "If-Match" in headers or "If-None-Match" in headers:
                return error(501, "NotImplemented")
            return None

        self.assert_works(answer, checksums=False, conditional_put="none")

    def test_cloudflare_r2(self):
        """Knows no algorithm of checksums for uploads in parts."""

        def answer(operation, headers):
            if operation == "CreateMultipartUpload" and "x-amz-checksum-algorithm" in headers:
                return error(501, "NotImplemented")
            return None

        self.assert_works(answer, checksums=False)

    def test_google_cloud_storage(self):
        """Neither conditional writes nor the deletion of several objects at once."""

        def answer(operation, headers):
            if operation == "DeleteObjects":
                return error(400, "InvalidArgument")
            if operation == "PutObject" and ("If-Match" in headers or "If-None-Match" in headers):
                return 400, b""
            return None

        self.assert_works(answer, conditional_put="none", batch_delete=False)

    def test_digitalocean_spaces(self):
        """412 to an ETag in quotes, although nothing has changed."""

        def answer(_operation, headers):
            if '"' in headers.get("If-Match", ""):
                return error(412, "PreconditionFailed")
            return None

        self.assert_works(answer, conditional_put="unquoted")

    def test_minio(self):
        """Older ones delete several objects at once only with the header Content-MD5."""

        def answer(operation, headers):
            if operation == "DeleteObjects" and "Content-MD5" not in headers:
                return error(400, "MissingContentMD5")
            return None

        self.assert_works(answer, batch_delete=True)
