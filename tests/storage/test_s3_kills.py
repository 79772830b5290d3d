import contextlib
import os
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from unittest.mock import patch

import boto3

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from ...tools.s3.client import MULTIPART_FROM, PART_SIZE
from ..milestone.common_races import RaceCommon
from .common import ACCESS_KEY, REGION, SECRET_KEY, moto_server

VICTIM = Path(__file__).parent / "s3_victim.py"
THREADS = 18


@tagged("post_install", "-at_install", "slow")
class TestS3Kills(RaceCommon):
    """Real processes, real transactions, real kills."""

    def setUp(self):
        super().setUp()
        self.endpoint = self.enterContext(moto_server())
        credentials = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        self.enterContext(patch.dict(os.environ, credentials))
        self.s3 = boto3.client("s3", endpoint_url=self.endpoint, region_name=REGION)
        self.name = f"documents-{uuid.uuid4().hex[:12]}"
        location = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration=location)
        (self.milestone,) = self.make_order(self.fixed("Causeway", 80_000))
        with self.environment() as env:
            bucket = env["s3.bucket"].create(
                {
                    "name": "Causeway documents",
                    "bucket": self.name,
                    "region": REGION,
                    "endpoint_url": self.endpoint,
                    "addressing_style": "path",
                }
            )
            bucket.action_activate()
            self.bucket = bucket.id
        self.addCleanup(self.remove_bucket)

    @contextlib.contextmanager
    def environment(self):
        """Give an environment whose transaction is committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def remove_bucket(self):
        with self.environment() as env:
            bucket = env["s3.bucket"].browse(self.bucket)
            documents = env["ir.attachment"].search(
                [("store_fname", "=like", "s3:%"), ("id", ">", 0)]
            )
            documents.unlink()
            bucket.object_ids.unlink()
            bucket.unlink()
            crons = env["ir.cron"].search([("cron_name", "like", "Document storage")])
            env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)]).unlink()

    def attach(self, env, content, name="Sounding.pdf"):
        return env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": "purchase.milestone",
                "res_id": self.milestone,
            }
        )

    def keys(self):
        found = self.s3.list_objects_v2(Bucket=self.name).get("Contents", ())
        return {item["Key"] for item in found if not item["Key"].endswith("fence")}

    def run_action(self, method="_cron_offload"):
        with self.environment() as env:
            getattr(env["s3.bucket"], method)()

    def kill(self, method, place, survived=0):
        """Run the scheduled action in a process that is killed at the place."""
        command = [sys.executable, VICTIM, get_db_name(), method, place, str(survived)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr[-2000:])

    def contents(self, *ids):
        with self.environment() as env:
            return [env["ir.attachment"].browse(id_).raw for id_ in ids]

    def stored(self):
        with self.environment() as env:
            return env["s3.bucket"].browse(self.bucket).stored_count

    # ------------------------------------------------------------------
    # Kills
    # ------------------------------------------------------------------

    def test_killed_while_documents_go_to_s3(self):
        with self.environment() as env:
            ids = [self.attach(env, b"Sounding %d" % n).id for n in range(3)]
        expected = [b"Sounding %d" % n for n in range(3)]
        for place, survived in (("put", 1), ("+put", 0), ("_flip_unchanged", 0)):
            self.kill("_cron_offload", place, survived)
            self.assertEqual(self.contents(*ids), expected)
        self.kill("_cron_offload", "+_flip_unchanged")
        self.assertEqual(self.stored(), 0, "what is not committed is not there")
        self.run_action()
        self.assertEqual(self.contents(*ids), expected)
        self.assertEqual(self.stored(), 3)
        self.assertEqual(len(self.keys()), 3, "nothing is doubled, no orphan is left")

    def test_killed_in_a_large_upload(self):
        content = os.urandom(PART_SIZE) * (MULTIPART_FROM // PART_SIZE) + b"The end"
        with self.environment() as env:
            document = self.attach(env, content).id
        for place, survived in (("+begin_parts", 0), ("put_part", 1), ("+complete_parts", 0)):
            self.kill("_cron_offload", place, survived)
        self.run_action()
        self.assertEqual(self.stored(), 1)
        self.assertTrue(self.contents(document) == [content])
        self.assertEqual(len(self.keys()), 1)
        uploads = self.s3.list_multipart_uploads(Bucket=self.name)
        self.assertFalse(uploads.get("Uploads"))

    def test_killed_while_documents_come_back(self):
        with self.environment() as env:
            ids = [self.attach(env, b"Sounding %d" % n).id for n in range(3)]
        self.run_action()
        with self.environment() as env:
            for row in env["s3.bucket"].browse(self.bucket).object_ids:
                os.unlink(env["ir.attachment"]._full_path(row.local_fname))
            env["s3.bucket"].browse(self.bucket).action_drain()
        for place, survived in (("+stream", 1), ("_place_file", 0), ("+_place_file", 0)):
            self.kill("_cron_offload", place, survived)
            self.assertEqual(self.contents(*ids), [b"Sounding %d" % n for n in range(3)])
        self.run_action()
        self.assertEqual(self.stored(), 0)
        self.assertEqual(self.contents(*ids), [b"Sounding %d" % n for n in range(3)])

    # ------------------------------------------------------------------
    # At the same time
    # ------------------------------------------------------------------

    def test_person_who_is_just_changing_it_is_not_disturbed(self):
        with self.environment() as env:
            document = self.attach(env, b"Sounding").id
        with self.registry.cursor() as cr:
            attachment = api.Environment(cr, SUPERUSER_ID, {})["ir.attachment"].browse(document)
            attachment.name = "Sounding, signed.pdf"
            attachment.flush_recordset()
            self.run_action()
            self.assertEqual(self.stored(), 0)
        self.run_action()
        self.assertEqual(self.stored(), 1)
        self.assertEqual(len(self.keys()), 1)
        self.assertEqual(self.contents(document), [b"Sounding"])

    def test_equal_contents_by_many_at_once(self):
        ids, failures = [], []
        start = threading.Barrier(THREADS)

        def add():
            try:
                start.wait(30)
                with self.environment() as env:
                    ids.append(self.attach(env, b"The same photo").id)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=add) for _number in range(THREADS)]
        for thread in threads:
            thread.start()
        for _run in range(3):
            self.run_action()
        for thread in threads:
            thread.join()
        self.run_action()
        self.assertFalse(failures)
        self.assertEqual(self.contents(*ids), [b"The same photo"] * THREADS)
        self.assertEqual((self.stored(), len(self.keys())), (THREADS, THREADS))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_transaction_that_is_tried_again_writes_one_document(self):
        def rename(env):
            env["purchase.order"].browse(self.order).partner_ref = "Read"

        def attach(env):
            env["purchase.order"].browse(self.order).partner_ref = "Read too"
            self.attach(env, b"Sounding")

        tries, failure = self.race((SUPERUSER_ID, rename), (SUPERUSER_ID, attach))
        self.assertEqual((tries, failure), (2, None))
        self.run_action()
        self.assertEqual((self.stored(), len(self.keys())), (1, 1))
