import io
from itertools import product

import requests
from PIL import Image

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...tools.s3.messages import S3Unavailable
from .common_faults import FAULTS, LARGE, S3FaultCommon

RANGE = {"Range": "bytes=9-100008"}


@tagged("post_install", "-at_install", "slow")
class TestS3FaultsReads(S3FaultCommon, HttpCase):
    """S3 goes wrong while documents are read, and while they come back."""

    @classmethod
    def new_bucket(cls, **values):
        return super().new_bucket(download_mode="stream", **values)

    def setUp(self):
        super().setUp()
        self.authenticate("ms_buyer", "ms_buyer")

    def test_unreadable_document_is_an_error_and_never_empty(self):
        def read(document, size=None):
            document.invalidate_recordset()
            return document._file_read(document.store_fname, size)

        reads = {
            "raw": self.read_again,
            "all": read,
            "part": lambda document: read(document, 100_000),
        }
        for (name, method), fault in product(reads.items(), FAULTS):
            with self.case(read=name, fault=fault):
                document = self.stored(content=LARGE)
                with self.fault("GetObject", fault):
                    for _again in range(2):
                        with self.assertRaises(S3Unavailable) as raised:
                            method(document)
                    self.assertIn("does not answer", str(raised.exception))
                    self.assertNotIn(self.proxy.endpoint_url, str(raised.exception))
                expected = LARGE[:100_000] if name == "part" else LARGE
                self.assertTrue(method(document) == expected)
                self.assertEqual(document.file_size, len(LARGE))
                self.assert_one_object_each(document)

    @mute_logger("odoo.http", "werkzeug")
    def test_download_that_fails_says_so(self):
        for headers, fault in product(({}, RANGE), FAULTS):
            with self.case(range=bool(headers), fault=fault):
                document = self.stored(content=LARGE)
                url = f"/web/content/{document.id}"
                with self.fault("GetObject", fault):
                    if fault == "reset":
                        with self.assertRaises(requests.exceptions.ChunkedEncodingError):
                            self.url_open(url, headers=headers)
                    else:
                        answer = self.url_open(url, headers=headers)
                        self.assertEqual(answer.status_code, 503)
                        self.assertEqual(answer.headers["Retry-After"], "30")
                        self.assertNotIn(self.proxy.endpoint_url, answer.text)
                answer = self.url_open(url, headers=headers)
                self.assertEqual(answer.status_code, 206 if headers else 200)
                self.assertTrue(answer.content == (LARGE[9:100_009] if headers else LARGE))

    @mute_logger("odoo.http")
    def test_picture_that_fails_says_so(self):
        for fault in FAULTS:
            with self.case(fault=fault):
                document = self.stored("Photo.png", self.picture())
                url = f"/web/image/{document.id}/20x10"
                with self.fault("GetObject", fault):
                    answer = self.url_open(url)
                    self.assertEqual(answer.status_code, 503)
                    self.assertEqual(answer.headers["Retry-After"], "30")
                self.assertEqual(self.url_open(url).headers["Content-Type"], "image/png")

    def test_document_stays_in_s3_until_it_is_back(self):
        for content, fault in product((b"0.08 ohm", LARGE), FAULTS):
            with self.case(size=len(content), fault=fault):
                document = self.stored(content=content)
                store_fname = document.store_fname
                path = self.local_path(self.row_of(document).local_fname)
                path.unlink()
                self.bucket.action_drain()
                with self.fault("GetObject", fault):
                    self.offload()
                    self.assertEqual(document.store_fname, store_fname)
                    self.assertFalse(path.exists(), "half a file is no file")
                    self.assert_repeated(fault, self.offload, document)
                    self.assertEqual(self.bucket.state, "draining")
                self.assertTrue(self.read_again(document) == content)
                self.mend(fault)
                self.offload()
                self.assertEqual(self.bucket.state, "draft")
                self.assertTrue(path.read_bytes() == content)
                self.assertTrue(self.read_again(document) == content)
                self.assertFalse(self.local_path(f"s3/{self.bucket.id}").exists())
                self.assert_only(set())
                self.assertTrue(self.read_again(document) == content)

    def picture(self):
        buffer = io.BytesIO()
        Image.new("RGB", (40, 20), "navy").save(buffer, "PNG")
        return buffer.getvalue()
