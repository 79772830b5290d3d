import contextlib
from datetime import timedelta
from itertools import cycle
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from ...tools.s3.client import S3Client
from .common import (
    CRON_LOGGER,
    IN_PARTS,
    OFFLOAD,
    S3_TOOLS,
    SECRET_KEY,
    S3Common,
    leave_what_is_there,
)
from .common_proxy import FaultyProxy

FAULTS = ("down", "slow", "reset", "403", "503")
PART = 2**16
SMALL = b"All trays below 0.1 ohm"
LARGE = bytes(range(256)) * (5 * PART // 2 // 256) + b"The end"
IMPATIENT = 0.2  # seconds


class S3FaultCommon(S3Common):
    """A bucket behind a proxy that goes wrong; uploads in parts begin at 128 KiB."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = cls.enterClassContext(FaultyProxy(cls.endpoint))
        leave_what_is_there(cls.env)
        # One case after the other, so that each fault meets both.
        cls.scopes = cycle(("milestones", "all"))

    @classmethod
    def new_bucket(cls, **values):
        return super().new_bucket(endpoint_url=cls.proxy.endpoint_url, **values)

    def setUp(self):
        super().setUp()
        for module in ("client", "local_file"):
            self.startPatcher(patch(f"{S3_TOOLS}.{module}.PART_SIZE", PART))
        for name in IN_PARTS:
            self.startPatcher(patch(name, 2 * PART))
        self.startPatcher(patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", PART))
        # boto3 tries as often as always, and does not wait in between.
        self.startPatcher(
            patch("botocore.retries.standard.ExponentialBackoff.delay_amount", return_value=0)
        )

    @contextlib.contextmanager
    def case(self, **what):
        """One case of many, in a subtest and with an empty bucket of its own."""
        with self.subTest(**what):
            self.start_afresh()
            yield

    def start_afresh(self):
        """Give up the bucket and its documents, and begin with an empty one."""
        of_milestone = [("res_model", "=", "purchase.milestone"), ("res_field", "=", False)]
        self.env["ir.attachment"].search(of_milestone).unlink()
        self.bucket._write_guarded({"state": "draft"})
        self.bucket.object_ids.unlink()
        self.bucket.unlink()
        self.bucket = self.new_bucket(scope=next(self.scopes))
        self.bucket.action_activate()

    @contextlib.contextmanager
    def fault(self, operation, fault, times=1000):
        """Let one of S3's operations go wrong; nobody waits for a slow one for long."""
        real = S3Client._call

        def call(client, called, **arguments):
            patience = client.read_timeout
            if fault == "slow" and called.title().replace("_", "") == operation:
                client.read_timeout = IMPATIENT
            try:
                return real(client, called, **arguments)
            finally:
                client.read_timeout = patience

        with (
            patch.object(S3Client, "_call", call),
            mute_logger(CRON_LOGGER),
            self.proxy.fault(operation, fault, times),
        ):
            yield

    def assert_shown(self, fault, times=1):
        """The bucket's form says what is wrong, and when it is tried again or that it is not."""
        bucket = self.bucket
        self.assertEqual(bucket.failure_count, times)
        self.assertTrue(bucket.error_since)
        sentences = {
            "down": "cannot be reached",
            "slow": "does not answer in time",
            "reset": "not available",
            "403": "the access key lacks the right",
            "503": "not available",
        }
        self.assertIn(sentences[fault], bucket.last_error)
        first = 1
        if fault == "403":
            first = 15
            self.assertEqual(bucket.error_kind, "configuration")
            self.assertEqual(bucket.activity_ids[:1].summary, bucket.last_error)
        else:
            self.assertEqual(bucket.error_kind, "unavailable")
            self.assertFalse(bucket.activity_ids, "it may pass by itself")
        pause = bucket.retry_at - fields.Datetime.now()
        self.assertEqual(round(pause / timedelta(minutes=1)), first * 2 ** (times - 1))
        woken = [("cron_id", "=", self.env.ref(OFFLOAD).id), ("call_at", "=", bucket.retry_at)]
        self.assertTrue(self.env["ir.cron.trigger"].search_count(woken))

    def assert_repeated(self, fault, run, alone=None):
        """Within the pause S3 is asked nothing; after it a failure makes the pause longer.

        :param alone: a document that then waits by itself, because it is all that S3 does not do
        """
        self.assert_shown(fault)
        self.assert_asks_nothing(run)
        self.pauses_pass()
        run()
        if alone:
            self.assert_well()
            row = self.row_of(alone)
            self.assertTrue(row.error)
            self.assertGreater(row.next_try, fields.Datetime.now())
            self.assertEqual(self.bucket.error_count, 1)
        else:
            self.assert_shown(fault, times=2)

    def assert_asks_nothing(self, run):
        count = len(self.proxy.operations)
        with self.recorded() as operations:
            run()
        self.assertFalse(operations)
        self.assertEqual(len(self.proxy.operations), count)

    def mend(self, fault):
        """Do what ends the pause: wait, or enter a key that may."""
        self.pauses_pass()
        if fault == "403":
            self.bucket.secret_access_key = SECRET_KEY

    def assert_well(self):
        """The bucket's form shows no error, and nobody has anything to do."""
        self.assertEqual((self.bucket.failure_count, self.bucket.last_error), (0, False))
        self.assertFalse(self.bucket.retry_at)
        self.assertFalse(self.bucket.activity_ids)
        self.assertIn(self.bucket.state, ("active", "draft", "draining"))

    def assert_one_object_each(self, *documents):
        """These documents are in S3, and after the grace nothing else is."""
        keys = set()
        for document in documents:
            self.assertTrue(document.store_fname.startswith(f"s3:{self.bucket.id}/"))
            self.assertEqual(self.row_of(document).state, "stored")
            keys.add(document.store_fname.partition("/")[2])
        self.assert_only(keys)

    def assert_only(self, keys):
        """After the grace these objects are in the bucket, and nothing else."""
        self.collect()
        self.days_pass(8)
        self.collect()
        self.assert_well()
        self.assertEqual(self.keys(), keys)
        self.assertEqual(set(self.bucket.object_ids.mapped("key")), keys)
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket.bucket)
        self.assertFalse(uploads.get("Uploads"))

    def read_again(self, document):
        """Return the bytes as the next reader gets them."""
        document.invalidate_recordset()
        return document.raw
