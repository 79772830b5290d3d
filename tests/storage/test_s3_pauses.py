"""What fails pauses alone, and everything is tried again."""

import os
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.storage import s3_bucket_cron
from ...tools.s3 import connection
from ...tools.s3.client import S3Client
from ...tools.s3.local_file import LocalFile
from .common import CRON_LOGGER, STORAGE
from .common_faults import S3FaultCommon

TOO_LARGE = (413, b"<html><body>Request entity too large</body></html>")
OFFLOAD_LOGGER = f"{STORAGE}.s3_bucket_offload"


@tagged("post_install", "-at_install", "slow")
class TestS3Pauses(S3FaultCommon):
    def setUp(self):
        super().setUp()
        self.bucket.action_activate()

    def assert_waits_alone(self, document, words):
        """All other documents went, and the bucket's form says why this one did not."""
        others = self.env["ir.attachment"].search(
            [("res_model", "=", "purchase.milestone"), ("id", "!=", document.id)]
        )
        for other in others:
            self.assertTrue(other.store_fname.startswith("s3:"), other.name)
        self.assertFalse(document.store_fname.startswith("s3:"))
        self.assertFalse(self.bucket.last_error)
        self.assertEqual(self.bucket.error_count, 1)
        [row] = self.bucket.failed_object_ids
        self.assertEqual(row.attachment_ref, document.id)
        self.assertIn(words, row.error)
        self.assertGreater(row.next_try, fields.Datetime.now())
        self.assertIn(document.name, row.document_name)

    # ------------------------------------------------------------------
    # One document
    # ------------------------------------------------------------------

    def test_document_that_is_too_large_for_a_proxy(self):
        large = self.attach("Large.pdf", b"0" * 10_000)
        small = [self.attach(f"{n}.pdf", b"%d" % n) for n in range(4)]

        def refuse(operation, headers):
            size = int(headers.get("Content-Length") or 0)
            return TOO_LARGE if operation == "PutObject" and size > 5_000 else None

        with self.proxy.answering(refuse):
            self.offload()
            self.assert_waits_alone(large, "larger than the S3 server, or a proxy before it")
            asked = len(self.proxy.operations)
            self.offload()
            self.assertEqual(len(self.proxy.operations), asked, "within its pause")
            self.pauses_pass()
            new = self.attach("New.pdf", b"New")
            self.offload()
            self.assert_waits_alone(large, "larger than")
            self.assertEqual(self.row_of(large).error_count, 2)
        self.pauses_pass()
        self.offload()
        self.assertTrue(large.store_fname.startswith("s3:"))
        self.assertFalse(self.bucket.failed_object_ids)
        self.assertEqual(len(self.keys()), len(small) + 2, new.name)

    def test_every_document_is_refused(self):
        """Then it is the bucket, and not a million documents are tried one after the other."""
        for number in range(8):
            self.attach(f"{number}.pdf", b"%d" % number)
        asked = len(self.proxy.operations)
        with (
            self.proxy.answering(lambda _operation, _headers: TOO_LARGE),
            mute_logger(CRON_LOGGER),
        ):
            self.offload()
        self.assertEqual(self.proxy.operations[asked:].count("PutObject"), 3)
        self.assertIn("(PutObject: 413)", self.bucket.last_error)
        self.pauses_pass()
        self.offload()
        self.assertEqual(len(self.keys()), 8)

    def test_several_that_are_refused_again_and_again_stop_no_other(self):
        large = [self.attach(f"Large {n}.pdf", b"%d" % n * 10_000) for n in range(3)]

        def refuse(operation, headers):
            size = int(headers.get("Content-Length") or 0)
            return TOO_LARGE if operation == "PutObject" and size > 5_000 else None

        with self.proxy.answering(refuse):
            with mute_logger(CRON_LOGGER):
                self.offload()
            self.assertTrue(self.bucket.last_error, "It may be the bucket that refuses")
            for number in range(3):
                self.pauses_pass()
                self.offload()
                new = self.attach(f"{number}.pdf", b"%d" % number)
                self.offload()
                self.assertTrue(new.store_fname.startswith("s3:"))
                self.assertFalse(self.bucket.last_error)
                self.assertEqual(self.bucket.error_count, len(large))

    def test_what_fails_for_longer_than_the_grace_stays_known_as_failed(self):
        documents = [self.attach(f"Large {n}.pdf", b"%d" % n * 10_000) for n in range(3)]
        with self.proxy.answering(lambda _operation, _headers: TOO_LARGE):
            for _run in range(2):
                with mute_logger(CRON_LOGGER):
                    self.offload()
                self.pauses_pass()
            self.days_pass(8)
        self.collect()
        with self.proxy.answering(lambda _operation, _headers: TOO_LARGE):
            self.offload()
        self.assertFalse(self.bucket.last_error)
        failed = self.bucket.failed_object_ids.mapped("attachment_ref")
        self.assertEqual(set(failed), {document.id for document in documents})

    def test_one_document_is_denied_and_the_others_go(self):
        """As a firewall does that dislikes one file. It pauses the bucket once, then itself."""
        denied = self.attach("Denied.pdf", b"0" * 10_000)

        def refuse(operation, headers):
            size = int(headers.get("Content-Length") or 0)
            return (403, b"") if operation == "PutObject" and size > 5_000 else None

        with self.proxy.answering(refuse):
            with mute_logger(CRON_LOGGER):
                self.offload()
            self.assertIn("denies", self.bucket.last_error)
            self.attach("Other.pdf", b"Other")
            for _again in range(3):
                self.pauses_pass()
                self.offload()
                self.assert_waits_alone(denied, "denies")

    @mute_logger(OFFLOAD_LOGGER)
    def test_local_file_that_cannot_be_read(self):
        errors = (
            (PermissionError(13, "Permission denied"), "not allowed to read"),
            (OSError(5, "Input/output error"), "Input/output error"),
            (IsADirectoryError(21, "Is a directory"), "Is a directory"),
            (FileNotFoundError(2, "No such file"), "not on this server"),
        )
        real = LocalFile.check.__func__
        for number, (error, words) in enumerate(errors):
            with self.case(error=error):
                bad = self.attach("Bad.pdf", b"Bad %d" % number)
                self.attach("Good.pdf", b"Good %d" % number)
                path = bad._full_path(bad.store_fname)

                def check(cls, asked, *values, bad_path=path, error=error):
                    if asked == bad_path:
                        raise error
                    return real(cls, asked, *values)

                with patch.object(LocalFile, "check", classmethod(check)):
                    self.offload()
                    self.assert_waits_alone(bad, words)
                    self.offload()
                    self.assertEqual(self.row_of(bad).error_count, 1, "within its pause")
                self.pauses_pass()
                self.offload()
                self.assertEqual(self.content_in_s3(bad), b"Bad %d" % number)
                self.assertEqual(len(self.row_of(bad)), 1)
                self.assertEqual(self.bucket.error_count, 0)

    @mute_logger(OFFLOAD_LOGGER)
    def test_folder_in_place_of_a_file(self):
        bad = self.attach("Bad.pdf", b"In place of me")
        path = bad._full_path(bad.store_fname)
        os.unlink(path)
        os.mkdir(path)
        self.addCleanup(os.rmdir, path)
        self.attach("Good.pdf", b"Good")
        self.offload()
        self.assert_waits_alone(bad, "Is a directory")

    def test_test_of_the_connection_ends_the_pauses(self):
        document = self.attach("Large.pdf", b"0" * 10_000)
        self.attach("Good.pdf", b"Good")

        def refuse(operation, headers):
            size = int(headers.get("Content-Length") or 0)
            return TOO_LARGE if operation == "PutObject" and size > 5_000 else None

        with self.proxy.answering(refuse):
            self.offload()
        self.assert_waits_alone(document, "larger")
        self.bucket.action_test_connection()
        self.offload()
        self.assertTrue(document.store_fname.startswith("s3:"))

    # ------------------------------------------------------------------
    # The bucket
    # ------------------------------------------------------------------

    def test_nothing_stops_for_ever(self):
        """However often S3 refuses, it is asked again within six hours."""
        self.attach()
        for status in (403, 401, 400, 503, 429):
            self.bucket._forget_failures()
            self.bucket.object_ids.unlink()
            with self.subTest(status=status):
                for _try in range(12):
                    with (
                        self.proxy.answering(lambda *_asked, status=status: (status, b"")),
                        mute_logger(CRON_LOGGER),
                    ):
                        self.offload()
                    self.assertIn(self.bucket.state, ("active",))
                    tries = [self.bucket.retry_at, *self.bucket.object_ids.mapped("next_try")]
                    hours = max(
                        (at - fields.Datetime.now()).total_seconds() / 3600 for at in tries if at
                    )
                    self.assertLessEqual(hours, 6)
                    self.pauses_pass()
        self.offload()
        self.assertEqual(len(self.keys()), 1)

    def test_credentials_that_were_not_there_are_asked_for_again(self):
        """The metadata service was down once: that is not remembered."""
        self.bucket.credentials = "ambient"
        document = self.attach()
        found = []

        def get_credentials(_session):
            return found[-1] if found else None

        connection.boto_client.cache_clear()
        self.addCleanup(connection.boto_client.cache_clear)
        with patch("boto3.session.Session.get_credentials", get_credentials):
            with mute_logger(CRON_LOGGER):
                self.offload()
            self.assertIn("no credentials of its own", self.bucket.last_error)
            self.bucket.action_test_connection()
            self.assertIn("failed", self.bucket.finding_ids.mapped("result"))
        variables = {"AWS_ACCESS_KEY_ID": "AKIA0123456789ABCDEF", "AWS_SECRET_ACCESS_KEY": "x" * 40}
        with patch.dict(os.environ, variables):
            self.pauses_pass()
            self.offload()
        self.assertTrue(document.store_fname.startswith("s3:"))

    def test_error_without_a_code_says_its_status(self):
        self.attach()
        with (
            self.proxy.answering(lambda *_asked: (418, b"<Error><Message>x</Message></Error>")),
            mute_logger(CRON_LOGGER),
        ):
            self.offload()
        [row] = self.bucket.failed_object_ids
        self.assertIn("(PutObject: 418)", row.error)

    def test_error_of_the_addon_stops_no_other_bucket(self):
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        other = self.new_bucket(company_id=elsewhere.id)
        other.action_activate()
        self.attach()
        worked = []

        def offload(bucket, client):
            worked.append(bucket.id)
            if bucket == self.bucket:
                raise ZeroDivisionError

        with (
            patch.object(type(self.bucket), "_offload", offload),
            self.assertLogs(CRON_LOGGER, "ERROR"),
        ):
            self.offload()
        self.assertEqual(set(worked), {self.bucket.id, other.id})
        self.assertIn("see the log", self.bucket.last_error)
        self.assertTrue(self.bucket.retry_at)
        self.assertFalse(other.last_error)
        self.pauses_pass()
        self.offload()
        self.assertFalse(self.bucket.last_error)

    # ------------------------------------------------------------------
    # Turns
    # ------------------------------------------------------------------

    def test_companies_take_turns(self):
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        other = self.new_bucket(company_id=elsewhere.id)
        other.action_activate()
        self.bucket._write_guarded({"turn_at": False})
        for number in range(9):
            self.attach(f"{number}.pdf", b"%d" % number)
        only = self.attach("Only.pdf", b"Only")
        self.env.cr.execute(
            "UPDATE purchase_milestone SET company_id = %s WHERE id = %s",
            [elsewhere.id, self.other_milestone.id],
        )
        only.res_id = self.other_milestone.id
        self.env.invalidate_all()
        now = [1000.0]

        def take_time(client, *arguments, **values):
            now[0] += 4
            return real(client, *arguments, **values)

        real = S3Client.put
        with (
            patch.object(S3Client, "put", take_time),
            patch.object(s3_bucket_cron.time, "monotonic", lambda: now[0]),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            env = self.env(cr=cr, user=SUPERUSER_ID)
            env["s3.bucket"].with_context(cron_end_time=now[0] + 12)._cron_offload()
        self.env.invalidate_all()
        self.assertEqual(other.stored_count, 1, "it does not wait for all of the first one's")
        self.assertTrue(0 < self.bucket.stored_count < 9)
