import contextlib
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from unittest.mock import patch

import boto3

from odoo import SUPERUSER_ID, api
from odoo.tests.common import get_db_name

from ..milestone.common_races import RaceCommon
from .common import ACCESS_KEY, REGION, SECRET_KEY, leave_what_is_there, moto_server

VICTIM = Path(__file__).parent / "s3_victim.py"


class S3ProcessCommon(RaceCommon):
    """A bucket with documents of a real database: transactions are committed, processes killed."""

    scope = "milestones"

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
            leave_what_is_there(env)
            bucket = env["s3.bucket"].create(
                {
                    "name": "Causeway documents",
                    "bucket": self.name,
                    "region": REGION,
                    "endpoint_url": self.endpoint,
                    "addressing_style": "path",
                    "scope": self.scope,
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
