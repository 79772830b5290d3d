"""The fence: what proves that another database uses the same objects, and what does not."""

from odoo.tests import tagged
from odoo.tools import file_open

from ...tools.s3.client import S3Client
from .common import STORAGE
from .common_faults import S3FaultCommon

FENCE_LOGGER = f"{STORAGE}.s3_bucket_fence"
PRECONDITION = b"<Error><Code>PreconditionFailed</Code></Error>"


@tagged("post_install", "-at_install", "slow")
class TestS3Fence(S3FaultCommon):
    def setUp(self):
        super().setUp()
        self.document = self.stored()
        self.collect()
        self.fence = f"{self.bucket._own_prefix()}fence"

    def in_bucket(self):
        return self.s3.get_object(Bucket=self.bucket.bucket, Key=self.fence)["Body"].read().decode()

    def assert_held(self):
        """The collection was done, and the token is the one that it wrote."""
        self.assertEqual(self.bucket.state, "active")
        self.assertFalse(self.bucket.last_error)
        self.assertEqual(self.bucket.fence_token, self.in_bucket())
        self.assertFalse(self.bucket.fence_next)

    def test_quoted_etag_is_refused(self):
        """As Ceph 16 does: 412 to a quoted If-Match, although nothing has changed."""

        def refuse_quoted(_operation, headers):
            return (412, PRECONDITION) if '"' in headers.get("If-Match", "") else None

        before = self.in_bucket()
        with self.proxy.answering(refuse_quoted):
            self.collect()
            self.assert_held()
            self.assertNotEqual(self.in_bucket(), before)
            self.assertEqual(self.bucket.capabilities["conditional_put"], "unquoted")
            with self.recorded() as operations:
                self.collect()
            self.assertEqual(operations, ["get_object", "put_object"], "it is known by now")
            self.assert_held()
        self.assertIn("without quotes", self.bucket.capabilities_text)

    def test_every_condition_is_refused(self):
        for status, body in (
            (412, PRECONDITION),
            (400, b"<Error><Code>InvalidArgument</Code></Error>"),
            (400, b"no XML"),
            (405, b""),
            (501, b"<Error><Code>NotImplemented</Code></Error>"),
            (501, b"<html><body>Not implemented</body></html>"),
        ):

            def refuse(_operation, headers, answer=(status, body)):
                return answer if "If-Match" in headers or "If-None-Match" in headers else None

            with self.subTest(status=status, body=body), self.proxy.answering(refuse):
                self.bucket._write_guarded({"capabilities": False})
                self.collect()
                self.assert_held()
                self.assertEqual(self.bucket.capabilities["conditional_put"], "none")

    def test_fence_that_is_gone_is_written_again(self):
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=self.fence)
        with self.assertLogs(FENCE_LOGGER, "WARNING") as logs:
            self.collect()
        self.assertIn("fence", logs.output[0])
        self.assert_held()

    def test_page_of_a_proxy_is_no_proof(self):
        page = (200, b"<html><body>Sign in to the network</body></html>")

        def sign_in(operation, _headers):
            return page if operation == "GetObject" else None

        with self.proxy.answering(sign_in), self.assertLogs("odoo.addons.purchase_milestone"):
            self.collect()
        self.assertEqual(self.bucket.state, "active")
        self.assertIn("does not answer as an S3 server", self.bucket.last_error)
        self.pauses_pass()
        self.collect()
        self.assert_held()

    def test_token_of_another_database_detaches(self):
        for capability in ("quoted", "unquoted", "none"):
            with self.subTest(conditional_put=capability):
                self.start_afresh()
                self.stored(content=capability.encode())
                self.bucket._write_guarded({"capabilities": {"conditional_put": capability}})
                self.collect()
                fence = f"{self.bucket._own_prefix()}fence"
                self.s3.put_object(Bucket=self.bucket.bucket, Key=fence, Body=b"another's")
                self.collect()
                self.assertEqual(self.bucket.state, "detached")

    def test_token_of_another_database_that_comes_in_between(self):
        real = S3Client.put

        def put(client, key, *arguments, **conditions):
            if key == self.fence:
                self.s3.put_object(Bucket=self.bucket.bucket, Key=key, Body=b"another's")
            return real(client, key, *arguments, **conditions)

        self.patch(S3Client, "put", put)
        self.collect()
        self.assertEqual(self.bucket.state, "detached")
        self.assertEqual(self.in_bucket(), "another's")

    # ------------------------------------------------------------------
    # Copies
    # ------------------------------------------------------------------

    def test_neutralised_copy_has_no_secret(self):
        unused = self.new_bucket()
        with file_open("purchase_milestone/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.env["s3.credential"].search([]))
        self.assertFalse(self.bucket.has_secret or unused.has_secret)
        with self.refused("No secret access key is stored"):
            self.document.mapped("raw")

    def test_detached_bucket_writes_nothing_in_a_test_either(self):
        self.bucket._write_guarded({"state": "detached"})
        self.assert_test_writes_nothing()

    def test_copy_that_does_not_know_it_yet_writes_nothing_in_a_test(self):
        self.bucket._write_guarded({"identity": "another cluster"})
        self.assert_test_writes_nothing()
        self.assertEqual(self.bucket.state, "detached")

    def assert_test_writes_nothing(self):
        before = len(self.proxy.operations)
        self.bucket.action_test_connection()
        self.assertFalse(self.proxy.operations[before:])
        finding = self.bucket.finding_ids.filtered(lambda finding: finding.kind == "test")
        self.assertEqual(finding.mapped("result"), ["failed"])
        self.assertIn("detached", finding.detail)
