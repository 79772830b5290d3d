import base64
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import Mock, patch

import boto3
from cryptography.fernet import Fernet
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from odoo import SUPERUSER_ID
from odoo.tools import config, mute_logger

from ...tools.s3.client import S3Client
from ..common import MilestoneCommon

ACCESS_KEY = "AKIAFITOUTDOCUMENTS1"
SECRET_KEY = "fit-out/documents+secret/0123456789abcdef"
REGION = "eu-central-1"
OFFLOAD = "purchase_milestone.ir_cron_s3_offload"
COLLECT = "purchase_milestone.ir_cron_s3_collect"
AUDIT = "purchase_milestone.ir_cron_s3_audit"
ADDON = "odoo.addons.purchase_milestone"
S3_TOOLS = f"{ADDON}.tools.s3"
STORAGE = f"{ADDON}.models.storage"
S3_CLIENT = f"{S3_TOOLS}.client"
S3_CONNECTION = f"{S3_TOOLS}.connection"
CRON_LOGGER = f"{STORAGE}.s3_bucket_cron"
# Where a copy of the size from which files go in parts is looked up.
IN_PARTS = [
    *(f"{S3_TOOLS}.{name}.MULTIPART_FROM" for name in ("client", "local_file")),
    *(f"{STORAGE}.s3_bucket_{name}.MULTIPART_FROM" for name in ("upload", "collect")),
]


class Killed(BaseException):
    """The process ends here."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, seconds=20):
    """Return as soon as somebody listens on the port."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise


@contextlib.contextmanager
def moto_server():
    """Run moto's server and give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextlib.contextmanager
def rclone_server():
    """Run rclone's server, which checks signatures and their expiry, and give its address."""
    port = free_port()
    folder = tempfile.mkdtemp(prefix="pm-s3-")
    command = [
        *(Path(sys.executable).parent / "rclone", "serve", "s3", folder),
        *("--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"),
        *("--config", os.devnull, "--quiet", "--allow-origin=*"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@contextlib.contextmanager
def failing_server(status, code=""):
    """Run a server that answers everything with an S3 error, or not at all (status None)."""
    body = f"<Error><Code>{code}</Code><Message>None</Message></Error>".encode()
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            if status is None:
                closing.wait(20)
                return
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", "0" if self.command == "HEAD" else str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def leave_what_is_there(env):
    """Let attachments of Odoo's own addons belong to no company, so that no bucket takes them."""
    env.cr.execute("UPDATE ir_attachment SET company_id = NULL")
    env.invalidate_all()


class S3Common(MilestoneCommon):
    """A milestone with documents, and a bucket on moto's server that takes them."""

    server = staticmethod(moto_server)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.enterClassContext(cls.server())
        cls.s3 = boto3.client(
            "s3",
            endpoint_url=cls.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )
        key = Fernet.generate_key().decode()
        cls.enterClassContext(patch.dict(config.options, {"s3_secret_key": key}))
        cls.order = cls.create_order(
            100_000,
            [cls.fixed("Cable trays", 20_000), cls.fixed("Raised floor", 30_000)],
            confirm=True,
        )
        cls.milestone, cls.other_milestone = cls.order.milestone_ids

    @classmethod
    def new_bucket(cls, **values):
        """Return a bucket that the server has, not yet in use."""
        name = f"documents-{uuid.uuid4().hex[:12]}"
        cls.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return cls.env["s3.bucket"].create(
            {
                "name": "Fit-out documents",
                "company_id": cls.company.id,
                "bucket": name,
                "region": REGION,
                "endpoint_url": cls.endpoint,
                "addressing_style": "path",
                "credentials": "stored",
                "access_key_id": ACCESS_KEY,
                "secret_access_key": SECRET_KEY,
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        self.bucket = self.new_bucket()

    def attach(self, name="Earthing test.pdf", content=b"All trays below 0.1 ohm", **values):
        """Return a new document of the milestone, added by the buyer."""
        milestone = values.pop("milestone", self.milestone)
        return (
            self.env["ir.attachment"]
            .with_user(self.buyer)
            .create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": milestone._name,
                    "res_id": milestone.id,
                    **values,
                }
            )
            .sudo()
        )

    def stored(self, *arguments, **values):
        """Return a new document that is in S3."""
        if self.bucket.state == "draft":
            self.bucket.action_activate()
        document = self.attach(*arguments, **values)
        self.offload()
        self.assertTrue(document.store_fname.startswith(f"s3:{self.bucket.id}/"))
        return document

    def offload(self):
        self.run_cron(OFFLOAD)

    def collect(self):
        self.run_cron(COLLECT)

    def audit(self):
        """Ask for an audit, and let it be done."""
        self.bucket.action_audit()
        self.run_cron(AUDIT)

    def run_cron(self, xmlid):
        with self.enter_registry_test_mode():
            result = self.env.ref(xmlid).method_direct_trigger()
        self.assertIs(result, True, result)
        self.env.invalidate_all()

    def row_of(self, document):
        """Return the ledger's row of a document."""
        return self.env["s3.object"].search([("attachment_ref", "=", document.id)])

    def keys(self, bucket=None):
        """Return the keys of all objects in the bucket that are documents."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=(bucket or self.bucket).bucket
        )
        found = {item["Key"] for page in pages for item in page.get("Contents", ())}
        return {key for key in found if not key.endswith("/fence")}

    def content_in_s3(self, document):
        key = document.store_fname.partition("/")[2]
        return self.s3.get_object(Bucket=self.bucket.bucket, Key=key)["Body"].read()

    def local_path(self, fname):
        return Path(self.env["ir.attachment"]._full_path(fname))

    def days_pass(self, days):
        """Make the ledger that much older."""
        self.env.flush_all()
        for name in ("create_date", "stored_at", "orphaned_at"):
            self.env.cr.execute(
                f"UPDATE s3_object SET {name} = {name} - %s", [timedelta(days=days)]
            )
        self.env.invalidate_all()

    def pauses_pass(self):
        """Let the pauses of the bucket and of single documents be over."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE s3_bucket SET retry_at = retry_at - INTERVAL '1 day'")
        self.env.cr.execute("UPDATE s3_object SET next_try = next_try - INTERVAL '1 day'")
        self.env.invalidate_all()

    def kill_at(self, target, method, xmlid=OFFLOAD, stand_in=None):
        """Run the scheduled action and end its process where it calls the method.

        What was committed until then stays, and no code of ours runs after it but `finally`.

        :param stand_in: a function that raises Killed when the time has come
        """
        work = {OFFLOAD: "_cron_offload", COLLECT: "_cron_collect", AUDIT: "_cron_audit"}[xmlid]
        stand_in = stand_in or Mock(side_effect=Killed)
        with patch.object(target, method, stand_in), self.enter_registry_test_mode():
            died = False
            try:
                with self.registry.cursor() as cr:
                    getattr(self.env(cr=cr, user=SUPERUSER_ID)["s3.bucket"], work)()
            except Killed:
                died = True
        self.assertTrue(died, f"{method} was not called")
        self.env.invalidate_all()

    @contextlib.contextmanager
    def recorded(self):
        """Give the list that S3's operations are noted in."""
        operations = []
        real = S3Client._call

        def call(client, operation, **arguments):
            operations.append(operation)
            return real(client, operation, **arguments)

        with patch.object(S3Client, "_call", call):
            yield operations

    @contextlib.contextmanager
    def failing(self, operation, failure, times=1000, after=False):
        """Let an operation fail, before S3 hears of it or after S3 has done it."""
        real = S3Client._call
        left = [times]

        def call(client, called, **arguments):
            if called != operation or not left[0]:
                return real(client, called, **arguments)
            left[0] -= 1
            if after:
                real(client, called, **arguments)
            raise failure

        with (
            patch.object(S3Client, "_call", call),
            mute_logger(CRON_LOGGER),
        ):
            yield

    @contextlib.contextmanager
    def served_by(self, endpoint):
        """Let another server stand at the bucket's address."""
        self.env.cr.execute("UPDATE s3_bucket SET endpoint_url = %s", [endpoint])
        self.env.invalidate_all()
        with mute_logger(CRON_LOGGER):
            yield
        self.env.cr.execute("UPDATE s3_bucket SET endpoint_url = %s", [self.endpoint])
        self.env.invalidate_all()


def as_base64(content):
    return base64.b64encode(content)
