import json
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from ...tools.s3.failure import S3Failure
from .common import S3_CONNECTION, S3_TOOLS, S3Common, failing_server, rclone_server


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
        action = self.bucket.with_user(administrator).action_test_connection()
        self.assertEqual(action["params"]["type"], "success", action["params"]["message"])
        self.assertEqual(self.unfit(), [], self.bucket.finding_ids.mapped("detail"))
        self.assertEqual(len(self.results()), 10)
        self.assertFalse(self.keys(), "it leaves nothing behind")
        self.bucket.action_test_connection()
        self.assertEqual(len(self.results()), 10, "the lines of the test before are gone")

    def test_wrong_secret(self):
        self.bucket.secret_access_key = "not the secret of this bucket"
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), ["Store"])
        self.assertIn("secret access key is wrong", self.detail("Store"))

    def test_no_such_bucket(self):
        self.bucket.bucket = "another-bucket"
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), ["Store"])
        self.assertIn("no bucket with this name", self.detail("Store"))


@tagged("post_install", "-at_install", "slow")
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
            "get_object": ["Replace if unchanged", "Read a range", "Delete"],
            "create_multipart_upload": ["Store in parts", "Abort an upload in parts"],
            "list_parts": ["Store in parts"],
            "abort_multipart_upload": ["Abort an upload in parts"],
            "list_objects_v2": ["List, for the audit"],
            "delete_objects": ["Delete"],
        }
        for operation, expected in cases.items():
            denied = S3Failure("configuration", "AccessDenied", operation)
            with self.subTest(operation=operation), self.failing(operation, denied):
                self.bucket.action_test_connection()
                details = {
                    finding.name: finding.detail
                    for finding in self.bucket.finding_ids
                    if operation in (finding.detail or "")
                }
                self.assertLessEqual(set(details), set(expected))
                self.assertTrue(details)
                for detail in details.values():
                    self.assertIn("denies this action", detail)

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
                patch(f"{S3_CONNECTION}.ATTEMPTS", 1),
            ):
                self.bucket.action_test_connection()
                self.assertIn(words, self.detail("Store"))

    def test_unreachable(self):
        for endpoint, name, words in (
            ("http://nowhere.invalid", "Address", "no server named nowhere.invalid"),
            ("http://127.0.0.1:9", "Store", "cannot be reached"),
            (self.endpoint.replace("http:", "https:"), "Store", "certificate|cannot be reached"),
        ):
            with self.served_by(endpoint), patch(f"{S3_CONNECTION}.ATTEMPTS", 1):
                self.bucket.action_test_connection()
                self.assertEqual(self.unfit(), [name])
                self.assertRegex(self.detail(name), words)

    def test_server_that_never_answers(self):
        self.patch_timeouts()
        with failing_server(None) as endpoint, self.served_by(endpoint):
            self.bucket.action_test_connection()
        self.assertIn("does not answer in time", self.detail("Store"))

    def patch_timeouts(self):
        self.startPatcher(patch(f"{S3_CONNECTION}.ATTEMPTS", 1))
        name = f"{S3_TOOLS}.secret.PATIENT_TIMEOUT"
        self.startPatcher(patch(name, 1))

    def test_endpoint_that_is_no_address(self):
        for port in (99999, 65536):
            with self.refused("not a valid address", ValidationError):
                self.bucket.endpoint_url = f"http://127.0.0.1:{port}"
        with self.served_by("http://127.0.0.1:99999"):
            self.bucket.action_test_connection()
            self.assertIn("failed", self.results().values())
            self.assertIn("not a valid address", str(self.bucket.finding_ids.mapped("detail")))

    def test_result_is_shown_when_it_is_pressed(self):
        params = self.bucket.action_test_connection()["params"]
        self.assertEqual((params["type"], params["sticky"]), ("success", False))
        self.assertIn(f"All {len(self.results())} checks passed", params["message"])
        self.bucket.secret_access_key = "another"
        with failing_server(403, "SignatureDoesNotMatch") as endpoint, self.served_by(endpoint):
            params = self.bucket.action_test_connection()["params"]
        self.assertEqual((params["type"], params["sticky"]), ("danger", True))
        self.assertIn("The secret access key is wrong", params["message"])
        self.assertNotIn("Address", self.results(), "that there is a server is not enough")

    def test_what_the_server_can_is_shown(self):
        self.bucket.action_test_connection()
        self.assertEqual(
            self.bucket.capabilities,
            {
                "checksums": True,
                "conditional_put": "quoted",
                "list_parts": True,
                "list_uploads": True,
                "batch_delete": True,
            },
        )
        self.assertEqual(len(self.bucket.capabilities_text.splitlines()), 5)

    def test_preview_in_the_browser_is_not_permitted(self):
        """The bucket has no CORS rule: a browser would not show what it gets from there."""
        bucket = type(self.bucket)
        real = bucket._fetch

        def fetch(bucket, url, headers=None):
            answer = real(bucket, url, headers)
            for allowed in self.allowed:
                answer.headers["Access-Control-Allow-Origin"] = allowed
            if not self.allowed:
                answer.headers.pop("Access-Control-Allow-Origin", None)
            return answer

        self.patch(bucket, "_fetch", fetch)
        for allowed, permitted in (
            ([], False),
            (["https://elsewhere.example.com"], False),
            ([self.bucket.get_base_url()], True),
        ):
            self.allowed = allowed
            params = self.bucket.action_test_connection()["params"]
            self.assertEqual(self.unfit(), [] if permitted else ["Preview in the browser"])
            self.assertEqual(params["type"], "success" if permitted else "warning")
        self.allowed = []
        self.bucket.action_test_connection()
        self.assertIn("CORS", self.detail("Preview in the browser"))
        self.bucket.download_mode = "stream"
        self.bucket.action_test_connection()
        self.assertEqual(self.unfit(), [])
