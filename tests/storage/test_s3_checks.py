import json
from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from ...tools.s3.failure import S3Failure
from .common import S3_CLIENT, S3_TOOLS, S3Common, failing_server, rclone_server


class Checks:
    def results(self, kind="test"):
        """Return name and result of the lines on the form."""
        findings = self.bucket.finding_ids.filtered(lambda finding: finding.kind == kind)
        return {finding.name: finding.result for finding in findings}

    def detail(self, name):
        return self.bucket.finding_ids.filtered(lambda finding: finding.name == name).detail

    def unfit(self):
        return [name for name, result in self.results().items() if result != "ok"]


@tagged("post_install", "-at_install")
class TestS3ConnectionRclone(Checks, S3Common):
    """Against a server that checks signatures."""

    server = staticmethod(rclone_server)

    def test_all_is_well(self):
        administrator = new_test_user(self.env, "ms_admin", "base.group_system")
        self.assertIs(self.bucket.with_user(administrator).action_test_connection(), True)
        self.assertEqual(self.unfit(), [], self.bucket.finding_ids.mapped("detail"))
        self.assertEqual(len(self.results()), 9)
        self.assertFalse(self.keys(), "it leaves nothing behind")
        self.bucket.action_test_connection()
        self.assertEqual(len(self.results()), 9, "the lines of the test before are gone")

    def test_wrong_secret(self):
        self.bucket.secret_access_key = "not the secret of this bucket"
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), ["Store"])
        self.assertIn("secret access key is wrong", self.detail("Store"))

    def test_no_such_bucket(self):
        self.bucket.bucket = "another-bucket"
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), ["Store"])
        self.assertIn("no bucket of this name", self.detail("Store"))


@tagged("post_install", "-at_install")
class TestS3Checks(Checks, S3Common):
    def test_public_bucket_is_a_failure(self):
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), [])
        self.let_everybody_read()
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), ["Not public"])
        self.assertIn("Anybody can read", self.detail("Not public"))

    def let_everybody_read(self):
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{self.bucket.bucket}/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.s3.put_bucket_policy(Bucket=self.bucket.bucket, Policy=policy)

    def test_each_right_that_is_denied_is_named(self):
        cases = {
            "put_object": ["Store"],
            "get_object": ["Read a range", "Signed download", "Delete"],
            "create_multipart_upload": ["Store in parts", "Abort an upload in parts"],
            "list_parts": ["Store in parts"],
            "abort_multipart_upload": ["Abort an upload in parts"],
            "list_objects_v2": ["List, for the audit"],
            "delete_object": ["Delete"],
        }
        for operation, expected in cases.items():
            denied = S3Failure("configuration", "AccessDenied", operation)
            with self.subTest(operation=operation), self.failing(operation, denied):
                self.bucket.action_test_connection()
                denied_ones = self.bucket.finding_ids.filtered(
                    lambda finding, operation=operation: operation in (finding.detail or "")
                )
                self.assertLessEqual(set(denied_ones.mapped("name")), set(expected))
                self.assertTrue(denied_ones)
                self.assertIn("denies this action", denied_ones[0].detail)

    def test_what_is_wrong_stands_there_in_plain_words(self):
        for status, code, words in (
            (403, "RequestTimeTooSkewed", "clock of this server"),
            (403, "InvalidAccessKeyId", "does not know the access key"),
            (301, "PermanentRedirect", "another region"),
            (400, "AuthorizationHeaderMalformed", "another region"),
            (503, "SlowDown", "not available"),
        ):
            with (
                self.subTest(code=code),
                failing_server(status, code) as endpoint,
                self.served_by(endpoint),
                patch(f"{S3_CLIENT}.ATTEMPTS", 1),
            ):
                self.bucket.action_test_connection()
                self.assertIn(words, self.detail("Store"))

    def test_unreachable(self):
        for endpoint, name, words in (
            ("http://nowhere.invalid", "Address", "no server of the name nowhere.invalid"),
            ("http://127.0.0.1:9", "Store", "cannot be reached"),
            (self.endpoint.replace("http:", "https:"), "Store", "certificate|cannot be reached"),
        ):
            with self.served_by(endpoint), patch(f"{S3_CLIENT}.ATTEMPTS", 1):
                self.bucket.action_test_connection()
                self.assertEqual(self.unfit(), [name])
                self.assertRegex(self.detail(name), words)

    def test_server_that_never_answers(self):
        self.patch_timeouts()
        with failing_server(None) as endpoint, self.served_by(endpoint):
            self.bucket.action_test_connection()
        self.assertIn("does not answer in time", self.detail("Store"))

    def patch_timeouts(self):
        self.startPatcher(patch(f"{S3_CLIENT}.ATTEMPTS", 1))
        name = f"{S3_TOOLS}.secret.INTERACTIVE_TIMEOUT"
        self.startPatcher(patch(name, 1))

    # ------------------------------------------------------------------
    # Audit
    # ------------------------------------------------------------------

    def test_audit_finds_what_is_not_as_it_should_be(self):
        documents = [self.stored(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(5)]
        keys = [self.row_of(document).key for document in documents]
        bucket = self.bucket.bucket
        self.collect()
        self.bucket.action_audit()
        self.assertEqual(self.results("audit"), {"Audit": "ok"})
        self.assertIn("All 5 documents", self.detail("Audit"))
        self.s3.delete_object(Bucket=bucket, Key=keys[0])
        self.s3.put_object(Bucket=bucket, Key=keys[1], Body=b"Sheet 9")
        self.s3.put_object(Bucket=bucket, Key=keys[2], Body=b"Longer than it was")
        unknown = f"odoo/{self.bucket.instance}/1/2026/01/unknown"
        self.s3.put_object(Bucket=bucket, Key=unknown, Body=b"x")
        self.row_of(documents[3]).unlink()
        before = self.everything()
        self.bucket.action_audit()
        found = self.bucket.finding_ids.filtered(lambda finding: finding.result != "ok")[1:]
        self.assertEqual(
            sorted((finding.name, finding.key) for finding in found),
            sorted(
                [
                    ("Missing in S3", keys[0]),
                    ("Other content in S3", keys[1]),
                    ("Other content in S3", keys[2]),
                    ("Not in the ledger", keys[3]),
                    ("Unknown object", keys[3]),
                    ("Unknown object", unknown),
                ]
            ),
        )
        self.assertIn("Sheet 0.pdf (" + self.milestone.display_name, self.detail("Missing in S3"))
        self.assertEqual(self.everything(), before, "nothing is changed by it")

    def everything(self):
        ledger = self.env["s3.object"].search([]).read(["key", "state", "orphaned_at"])
        return ledger, sorted(self.keys())

    def test_audit_that_cannot_list_says_so(self):
        self.stored()
        denied = S3Failure("configuration", "AccessDenied", "ListObjectsV2")
        with self.failing("list_objects_v2", denied):
            self.bucket.action_audit()
        self.assertEqual(self.results("audit"), {"Audit": "failed"})
