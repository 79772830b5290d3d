"""Files that Odoo's filestore takes before they go to S3."""

import errno
import os
import uuid
from unittest.mock import patch

from odoo.tests import tagged

from .common import S3Common


@tagged("post_install", "-at_install")
class TestS3LocalFiles(S3Common):
    def setUp(self):
        super().setUp()
        self.content = b"Sounding " + uuid.uuid4().hex.encode()

    def place_of(self, content):
        files = self.env["ir.attachment"]
        checksum = files._compute_checksum(content)
        return files._full_path(f"{checksum[:2]}/{checksum}")

    def test_equal_content_comes_while_the_first_is_being_written(self):
        documents = []

        def another_comes(written, place):
            with patch.object(os, "replace", replace):
                documents.append(self.attach("The same.pdf", self.content))
            replace(written, place)

        replace = os.replace
        with patch.object(os, "replace", another_comes):
            documents.append(self.attach("The first.pdf", self.content))
        self.assertEqual(len(documents), 2)
        self.env.invalidate_all()
        self.assertEqual([document.raw for document in documents], [self.content] * 2)

    def test_full_disk_leaves_nothing_half_written(self):
        place = self.place_of(self.content)
        full = OSError(errno.ENOSPC, "No space left on device")
        with patch.object(os, "replace", side_effect=full), self.assertRaises(OSError):
            self.attach(content=self.content)
        name = os.path.basename(place)
        left = os.listdir(os.path.dirname(place))
        self.assertFalse([file for file in left if file.startswith(name)])
        self.assertEqual(self.attach(content=self.content).raw, self.content)

    def test_file_of_an_undone_document_is_for_odoos_collector(self):
        with self.env.cr.savepoint() as savepoint:
            self.attach(content=self.content)
            savepoint.rollback()
        place = self.place_of(self.content)
        self.assertTrue(os.path.exists(place))
        folder, name = os.path.split(os.path.relpath(place, self.env["ir.attachment"]._filestore()))
        checklist = self.env["ir.attachment"]._full_path(f"checklist/{folder}")
        self.assertIn(name, os.listdir(checklist))
