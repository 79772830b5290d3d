"""Servers that do not know all that Amazon's knows: found out once, and done without."""

import hashlib

from odoo.tests import tagged

from .common_faults import LARGE, SMALL, S3FaultCommon

NO_SUCH_HEADER = b"<Error><Code>InvalidArgument</Code><Message>Unsupported header</Message></Error>"
NOT_ALLOWED = b"<Error><Code>MethodNotAllowed</Code></Error>"
NOT_IMPLEMENTED = b"<Error><Code>NotImplemented</Code></Error>"


@tagged("post_install", "-at_install", "slow")
class TestS3Capabilities(S3FaultCommon):
    def setUp(self):
        super().setUp()
        self.bucket.action_activate()

    def assert_stored(self, document, content):
        self.assertTrue(document.store_fname.startswith(f"s3:{self.bucket.id}/"))
        self.assertTrue(self.content_in_s3(document) == content)
        self.assertTrue(self.read_again(document) == content)
        row = self.row_of(document)
        self.assertEqual(row.sha256, hashlib.sha256(content).hexdigest())
        self.assertFalse(row.error)
        self.assertFalse(self.bucket.last_error)

    def refusing(self, *operations, answer=(501, NOT_IMPLEMENTED)):
        """Let the server not know these operations."""
        return self.proxy.answering(
            lambda operation, _headers: answer if operation in operations else None
        )

    def test_no_checksum_headers(self):
        """As Backblaze B2 is reported to answer."""

        def refuse(_operation, headers):
            known = not any(name.lower().startswith("x-amz-checksum-") for name in headers)
            return None if known else (400, NO_SUCH_HEADER)

        with self.proxy.answering(refuse):
            for content in (SMALL, LARGE):
                self.bucket._write_guarded({"capabilities": False})
                document = self.attach(content=content)
                self.offload()
                self.assert_stored(document, content)
                self.assertIs(self.bucket.capabilities["checksums"], False)
            another = self.attach(content=b"Another")
            with self.recorded() as operations:
                self.offload()
            self.assertEqual(operations, ["put_object"], "it is known by now")
            self.assert_stored(another, b"Another")
        self.assertIn("MD5", self.bucket.capabilities_text)

    def test_what_is_known_to_work_is_not_given_up(self):
        self.stored(content=b"With a checksum")
        self.assertIs(self.bucket.capabilities["checksums"], True)
        document = self.attach()
        with self.refusing("PutObject", answer=(400, NO_SUCH_HEADER)):
            with self.recorded() as operations:
                self.offload()
            self.assertEqual(operations, ["put_object"])
        self.assertIs(self.bucket.capabilities["checksums"], True)
        self.assertTrue(self.row_of(document).error)

    def test_neither_parts_nor_uploads_are_listed(self):
        """As s3rver: a document that is complete in S3 must not fail in its clean-up."""
        document = self.attach(content=LARGE)
        with self.refusing("ListParts", "ListMultipartUploads"):
            with self.fault("CompleteMultipartUpload", "lost"):
                self.offload()
            self.pauses_pass()
            self.offload()
            self.assert_stored(document, LARGE)
            interrupted = self.attach(content=LARGE[::-1])
            with self.fault("UploadPart", "503", times=2):
                self.offload()
            self.pauses_pass()
            self.offload()
            self.assert_stored(interrupted, LARGE[::-1])
        self.assertIs(self.bucket.capabilities["list_parts"], False)
        self.assertIs(self.bucket.capabilities["list_uploads"], False)
        self.assertIn("does not list", self.bucket.capabilities_text)

    def test_uploads_in_parts_cannot_be_ended(self):
        """As s3rver, too: neither an interrupted document nor a deleted one waits for that."""
        refused = ("ListParts", "ListMultipartUploads", "AbortMultipartUpload")
        document = self.attach(content=LARGE)
        with self.refusing(*refused, answer=(405, NOT_ALLOWED)):
            self.bucket.action_test_connection()
            found = {finding.name: finding for finding in self.bucket.finding_ids}
            self.assertEqual(found["Abort an upload in parts"].result, "ok")
            with self.fault("UploadPart", "503", times=2):
                self.offload()
            self.pauses_pass()
            self.offload()
            self.assert_stored(document, LARGE)
            document.unlink()
            self.collect()
            self.days_pass(8)
            self.collect()
            self.assertFalse(self.bucket.last_error)
        self.assertFalse(self.keys())

    def test_clean_up_that_fails_is_tried_later(self):
        document = self.attach(content=LARGE)
        with self.fault("ListMultipartUploads", "503"):
            self.offload()
        self.assert_stored(document, LARGE)
        self.assertTrue(self.row_of(document).cleanup_needed)
        left = self.s3.create_multipart_upload(
            Bucket=self.bucket.bucket, Key=self.row_of(document).key
        )
        self.assertTrue(left["UploadId"])
        self.collect()
        self.assertFalse(self.row_of(document).cleanup_needed)
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket.bucket)
        self.assertFalse(uploads.get("Uploads"))

    def test_objects_are_deleted_one_by_one(self):
        for number in range(3):
            self.stored(f"{number}.pdf", b"%d" % number).unlink()
        self.collect()
        self.days_pass(8)
        with self.refusing("DeleteObjects"), self.recorded() as operations:
            self.collect()
        self.assertEqual(operations.count("delete_objects"), 1)
        self.assertEqual(operations.count("delete_object"), 3)
        self.assertFalse(self.keys())
        self.assertIs(self.bucket.capabilities["batch_delete"], False)
