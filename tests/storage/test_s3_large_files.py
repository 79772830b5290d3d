from unittest.mock import patch

from odoo.tests import tagged

from ...tools.s3.client import S3Client
from ...tools.s3.local_file import LocalFile
from .common import IN_PARTS, S3_CLIENT, S3_TOOLS, Killed, S3Common, rclone_server

MIB = 2**20


class LargeFiles:
    """Uploads in parts, against whatever server the class below names."""

    allow_inherited_tests_method = True  # Odoo's runner leaves out inherited tests otherwise.

    content = bytes(range(256)) * (12 * MIB // 256) + b"The end"

    def setUp(self):
        super().setUp()
        self.bucket.action_activate()
        for module in (S3_CLIENT, f"{S3_TOOLS}.local_file"):
            self.startPatcher(patch(f"{module}.PART_SIZE", 5 * MIB))
        for name in IN_PARTS:
            self.startPatcher(patch(name, 10 * MIB))

    def test_large_file_goes_in_parts(self):
        with self.recorded() as operations:
            document = self.stored(content=self.content)
        self.assertEqual(operations.count("upload_part"), 3)
        self.assertTrue(self.content_in_s3(document) == self.content)
        self.assertTrue(document.raw == self.content)

    def test_interrupted_upload_goes_on_at_its_next_part(self):
        document = self.attach(content=self.content)
        read_part = LocalFile.read_part

        def read_until_killed(local, number):
            if number == 2:
                raise Killed
            return read_part(local, number)

        self.kill_at(LocalFile, "read_part", stand_in=read_until_killed)
        self.assertFalse(self.keys())
        with self.recorded() as operations:
            self.offload()
        self.assertEqual(operations.count("upload_part"), 2)
        self.assertNotIn("create_multipart_upload", operations)
        self.assertTrue(self.content_in_s3(document) == self.content)

    def test_killed_after_the_last_part(self):
        document = self.attach(content=self.content)
        self.kill_at(type(self.bucket), "_flip")
        with self.recorded() as operations:
            self.offload()
        self.assertEqual(operations.count("upload_part"), 0)
        self.assertEqual(len(self.keys()), 1)
        self.assertTrue(self.content_in_s3(document) == self.content)

    def test_abandoned_upload_is_aborted(self):
        document = self.attach(content=self.content)
        self.kill_at(S3Client, "complete_parts")
        document.unlink()
        self.collect()
        self.days_pass(8)
        self.collect()
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket.bucket)
        self.assertFalse(uploads.get("Uploads"))
        self.assertFalse(self.bucket.object_ids)


@tagged("post_install", "-at_install", "slow")
class TestS3LargeFiles(LargeFiles, S3Common):
    pass


@tagged("post_install", "-at_install", "slow")
class TestS3LargeFilesRclone(LargeFiles, S3Common):
    server = staticmethod(rclone_server)
