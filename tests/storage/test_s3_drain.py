from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.storage.s3_bucket_cron import OutOfTime
from ...tools.s3.client import S3Client
from ...tools.s3.failure import S3Failure
from .common import CRON_LOGGER, STORAGE, S3Common, rclone_server

DRAIN = f"{STORAGE}.s3_bucket_drain"


class Draining:
    allow_inherited_tests_method = True  # Odoo's runner leaves out inherited tests otherwise.

    def test_all_comes_back(self):
        documents = [self.stored(f"{n}.pdf", b"Sheet %d" % n) for n in range(3)]
        copied = documents[0].copy()
        for document in documents:
            self.local_path(self.row_of(document).local_fname).unlink()
        self.env.invalidate_all()
        self.bucket.action_drain()
        self.offload()
        self.assertEqual(self.bucket.state, "draft")
        for document in (*documents, copied):
            self.assertEqual(document.store_fname, f"{document.checksum[:2]}/{document.checksum}")
            self.assertTrue(self.local_path(document.store_fname).exists())
        with self.recorded() as operations:
            contents = [document.raw for document in (*documents, copied)]
        self.assertFalse(operations)
        self.assertEqual(contents, [b"Sheet 0", b"Sheet 1", b"Sheet 2", b"Sheet 0"])
        self.collect()
        self.days_pass(8)
        self.collect()
        self.assertFalse(self.keys(), "what was brought back leaves S3 after the grace")
        self.env["ir.attachment"]._gc_file_store_unsafe()
        self.assertTrue(self.local_path(documents[0].store_fname).exists())


@tagged("post_install", "-at_install", "slow")
class TestS3Drain(Draining, S3Common):
    def test_goes_on_where_it_stopped(self):
        documents = [self.stored(f"{n}.pdf", b"Sheet %d" % n) for n in range(3)]
        self.bucket.action_drain()
        real, calls = S3Client.stream, []

        def stream(client, *arguments):
            calls.append(arguments)
            if len(calls) == 2:
                raise S3Failure("unavailable", "SlowDown", "GetObject")
            return real(client, *arguments)

        self.patch(S3Client, "stream", stream)
        with self.assertLogs("odoo.addons.purchase_milestone"):
            self.offload()
        self.assertEqual((self.bucket.state, self.bucket.stored_count), ("draining", 2))
        self.bucket._forget_failures()
        self.offload()
        self.assertEqual(len(calls), 4)
        self.assertEqual([d.raw for d in documents], [b"Sheet 0", b"Sheet 1", b"Sheet 2"])

    def test_large_file_goes_on_in_its_middle(self):
        content = bytes(range(256)) * 4096
        document = self.stored(content=content)
        self.local_path(self.row_of(document).local_fname).unlink()
        self.bucket.action_drain()
        self.startPatcher(patch(f"{DRAIN}.PART_SIZE", 2**18))
        asked = []
        real = S3Client.stream

        def stream(client, key, start, length):
            asked.append((start, length))
            return real(client, key, start, length)

        self.patch(S3Client, "stream", stream)
        with patch.object(type(self.bucket), "_check_time", side_effect=OutOfTime):
            self.offload()
        # Odoo calls again at once what has time left and made progress.
        self.assertEqual(asked, [(part * 2**18, 2**20 - part * 2**18) for part in range(4)])
        self.assertTrue(document.raw == content)

    def test_damaged_part_is_fetched_again(self):
        document = self.stored(content=b"Sheet 1")
        self.local_path(self.row_of(document).local_fname).unlink()
        folder = self.local_path(f"s3/{self.bucket.id}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.row_of(document).key.rpartition("/")[2]).write_bytes(b"Shoe")
        self.bucket.action_drain()
        self.offload()
        self.assertEqual((self.bucket.state, document.raw), ("draft", b"Sheet 1"))

    def test_killed_before_the_commit(self):
        document = self.stored()
        self.local_path(self.row_of(document).local_fname).unlink()
        self.bucket.action_drain()
        self.kill_at(type(self.bucket), "_place_file")
        self.assertTrue(document.store_fname.startswith("s3:"))
        self.offload()
        self.assertEqual(document.raw, b"All trays below 0.1 ohm")
        self.assertEqual(self.bucket.state, "draft")

    @mute_logger(DRAIN, CRON_LOGGER)
    def test_what_is_not_there_stops_no_other(self):
        documents = [self.stored(f"{n}.pdf", b"Sheet %d" % n) for n in range(3)]
        for document in documents:
            self.local_path(self.row_of(document).local_fname).unlink()
        missing, changed = (self.row_of(document).key for document in documents[:2])
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=missing)
        self.s3.put_object(Bucket=self.bucket.bucket, Key=changed, Body=b"Sheet X")
        self.bucket.action_drain()
        self.offload()
        self.assertEqual([d.store_fname[:3] == "s3:" for d in documents], [True, True, False])
        self.assertEqual(self.bucket.state, "draining")
        self.assertFalse(self.bucket.last_error)
        failed = self.bucket.failed_object_ids
        self.assertEqual(set(failed.mapped("key")), {missing, changed})
        self.assertTrue(all(failed.mapped("error")))
        with self.recorded() as operations:
            self.offload()
        self.assertFalse(operations, "within their pause")

    @mute_logger(DRAIN, CRON_LOGGER)
    def test_what_s3_does_not_give_stops_no_other(self):
        """As an object in an archive, or one whose key was disabled. It pauses the bucket once."""
        documents = [self.stored(f"{n}.pdf", b"Sheet %d" % n) for n in range(5)]
        rows = [self.row_of(document) for document in documents]
        for row in rows:
            self.local_path(row.local_fname).unlink()
        self.bucket.action_drain()
        archived = S3Failure("configuration", "InvalidObjectState", "GetObject", 403)
        denied = S3Failure("configuration", "AccessDenied", "GetObject", 403)
        with self.refusing({rows[0].key: archived, rows[2].key: denied}):
            self.offload()
            self.assertTrue(self.bucket.last_error)
            self.pauses_pass()
            self.offload()
            self.assertFalse(self.bucket.last_error)
            self.assertEqual(self.bucket.state, "draining")
            self.assertEqual(self.bucket.failed_object_ids, rows[0] | rows[2])
        self.assertEqual(
            [d.store_fname[:3] == "s3:" for d in documents], [True, False] * 2 + [False]
        )
        self.pauses_pass()
        self.offload()
        self.assertEqual((self.bucket.state, self.bucket.error_count), ("draft", 0))
        self.assertEqual([d.raw for d in documents], [b"Sheet %d" % n for n in range(5)])

    @mute_logger(DRAIN, CRON_LOGGER)
    def test_nor_what_is_on_its_way_to_s3(self):
        self.bucket.scope = "all"
        documents = [
            self.stored(f"{n}.pdf", b"Sheet %d" % n, milestone=self.order) for n in range(3)
        ]
        for document in documents:
            self.local_path(self.row_of(document).local_fname).unlink()
        archived = S3Failure("configuration", "InvalidObjectState", "GetObject", 403)
        self.bucket.scope = "milestones"
        new = self.attach()
        with self.refusing({self.row_of(documents[0]).key: archived}):
            self.offload()
            self.assertTrue(new.store_fname.startswith("s3:"))
            self.assertEqual([d.store_fname[:3] == "s3:" for d in documents], [True, False, False])
            self.assertEqual(self.bucket.failed_object_ids, self.row_of(documents[0]))
        self.pauses_pass()
        self.offload()
        self.assertFalse(documents[0].store_fname.startswith("s3:"))
        self.assertEqual(self.bucket.error_count, 0)

    @contextmanager
    def refusing(self, failures):
        """Let S3 fail to give the objects with these keys."""
        real = S3Client.stream

        def stream(client, key, *arguments):
            if failure := failures.get(key):
                raise failure
            return real(client, key, *arguments)

        with patch.object(S3Client, "stream", stream):
            yield

    def test_pause_stops_it(self):
        documents = [self.stored(f"{n}.pdf", b"Sheet %d" % n) for n in range(3)]
        self.bucket.action_drain()
        real = S3Client.stream

        def stream(client, *arguments):
            self.bucket.action_pause()
            self.env.flush_all()
            return real(client, *arguments)

        self.patch(S3Client, "stream", stream)
        self.offload()
        self.assertEqual([d.store_fname[:3] == "s3:" for d in documents], [False, True, True])

    def test_temporary_files_do_not_stay(self):
        self.stored()
        folder = self.local_path(f"s3/{self.bucket.id}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "left-by-a-kill").write_bytes(b"x")
        self.bucket.action_drain()
        self.offload()
        self.assertFalse(folder.exists())


@tagged("post_install", "-at_install", "slow")
class TestS3DrainRclone(Draining, S3Common):
    server = staticmethod(rclone_server)
