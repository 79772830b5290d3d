"""Both scheduled actions at the same time, while S3 goes wrong."""

import random
import threading
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CRON_LOGGER
from .common_processes import S3ProcessCommon
from .common_proxy import FaultyProxy

RUNS = 40
FAULTS = ("503", "reset", "lost", "403")
OPERATIONS = ("GetObject", "PutObject", "DeleteObjects")


@tagged("post_install", "-at_install", "slow")
class TestS3Races(S3ProcessCommon):
    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(FaultyProxy(self.endpoint))
        self.enterContext(
            patch("botocore.retries.standard.ExponentialBackoff.delay_amount", return_value=0)
        )
        with self.environment() as env:
            env["s3.bucket"].browse(self.bucket).endpoint_url = self.proxy.endpoint_url

    def run_both(self):
        """Run both actions at once; return the exceptions that they ended with."""
        failures = []
        start = threading.Barrier(2)

        def run(method):
            try:
                start.wait(30)
                self.run_action(method)
            except Exception as error:
                failures.append(error)

        threads = [
            threading.Thread(target=run, args=[method])
            for method in ("_cron_offload", "_cron_collect")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return failures

    def pauses_pass(self):
        with self.environment() as env:
            env.cr.execute("UPDATE s3_bucket SET retry_at = NULL")
            env.cr.execute("UPDATE s3_object SET next_try = next_try - INTERVAL '1 day'")

    @mute_logger(CRON_LOGGER)
    def test_nothing_is_detached_lost_or_dead(self):
        chance = random.Random(14)
        contents = {}
        for number in range(RUNS):
            with self.environment() as env:
                for _new in range(3):
                    content = b"Sounding %d" % len(contents)
                    contents[self.attach(env, content).id] = content
                deleted = chance.choice(sorted(contents))
                env["ir.attachment"].browse(deleted).unlink()
                del contents[deleted]
            fault, operation = chance.choice(FAULTS), chance.choice(OPERATIONS)
            with (
                self.subTest(run=number, operation=operation, fault=fault),
                self.proxy.fault(operation, fault, times=chance.randint(1, 3)),
            ):
                self.assertEqual(self.run_both(), [])
                with self.environment() as env:
                    self.assertEqual(env["s3.bucket"].browse(self.bucket).state, "active")
            self.pauses_pass()
        self.run_action()
        self.run_action("_cron_collect")
        with self.environment() as env:
            self.assertFalse(env["s3.bucket"].browse(self.bucket).last_error)
            documents = env["ir.attachment"].browse(contents)
            self.assertEqual({d.id: d.raw for d in documents}, contents)
            self.assertEqual(self.stored(), len(contents))
            self.assertFalse(documents.filtered(lambda d: ":" not in d.store_fname))
