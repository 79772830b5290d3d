"""What bench/s3.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

import base64
import gc
import hashlib
import os
import re
import statistics
import time
import uuid
from contextlib import contextmanager

import boto3
import requests
from measuring import judge_memory, peak, show

from odoo.fields import Command

from odoo.addons.purchase_milestone.tools.s3.client import S3Client

KIB, MIB = 1024, 1024 * 1024
URL = os.environ["BENCH_URL"]
SERVER = os.environ["BENCH_PID"]
BUCKET = os.environ["PURCHASE_MILESTONE_S3_BUCKET"]


class Bench:
    """A milestone with documents, a bucket, and boto3 beside it."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        self.env = env
        endpoint = os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"]
        self.s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        vendor = env["res.partner"].create({"name": "Northern Fit-Out Ltd"})
        order = env["purchase.order"].create(
            {
                "partner_id": vendor.id,
                "milestone_ids": [Command.create({"name": "Cable trays", "percentage": 50})],
            }
        )
        self.milestone = order.milestone_ids
        self.bucket = env["s3.bucket"].create(
            {
                "name": "Documents",
                "bucket": BUCKET,
                "endpoint_url": endpoint,
                "addressing_style": "path",
                "download_mode": "stream",
            }
        )
        self.bucket.action_activate()
        env.cr.commit()
        self.session = requests.Session()
        login = {"db": env.cr.dbname, "login": "admin", "password": "admin"}
        self.session.post(f"{URL}/web/session/authenticate", json={"params": login})
        page = self.session.get(f"{URL}/odoo").text
        self.token = re.search(r'csrf_token: "(\w+)"', page)[1]

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------

    def create(self, count, size):
        """Return new documents of random content, stored locally and committed."""
        documents = self.env["ir.attachment"]
        for number in range(count):
            documents += self.env["ir.attachment"].create(
                {
                    "name": f"Test report {number}.pdf",
                    "raw": os.urandom(size),
                    "res_model": self.milestone._name,
                    "res_id": self.milestone.id,
                }
            )
        self.env.cr.commit()
        return documents

    def offload(self):
        self.env["s3.bucket"]._cron_offload()
        self.env.invalidate_all()

    def put(self, contents):
        """Put bytes with their SHA-256 by boto3 alone, each into a new object."""
        for content in contents:
            self.key = f"raw/{uuid.uuid4()}"
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
            self.s3.put_object(Bucket=BUCKET, Key=self.key, Body=content, ChecksumSHA256=digest)

    @contextmanager
    def counted(self):
        """Give lists of S3's operations and, at the end, the number of queries."""
        counts = {"requests": []}
        real = S3Client._call

        def call(client, operation, **arguments):
            counts["requests"].append(operation)
            return real(client, operation, **arguments)

        S3Client._call = call
        before = self.env.cr.sql_log_count
        try:
            yield counts
        finally:
            S3Client._call = real
            counts["queries"] = self.env.cr.sql_log_count - before

    # ------------------------------------------------------------------
    # The measures
    # ------------------------------------------------------------------

    def compare_offload(self, count, size, turns, what):
        """Offload ``count`` documents in turns with boto3's puts of as many bytes."""
        ours, theirs, queries = 0, 0, 0
        for turn in range(2 * turns):
            # The first of two is slower, whichever it is.
            if turn % 4 in (0, 3):
                self.create(count // turns, size)
                with self.counted() as counts:
                    ours += seconds(self.offload)
                queries += counts["queries"]
            else:
                contents = [os.urandom(size) for _number in range(count // turns)]
                theirs += seconds(self.put, contents)
        judge(f"{count:,} of {what} offloaded : boto3's puts", ours, theirs, 1.3)
        show(f"queries per document of {what}", f"{queries / count:.2f}", "", "", "", "")

    def compare_one(self, size, turns, what):
        """Show the time until one document is stored and until it is read."""
        results = []
        for _turn in range(turns):
            content = os.urandom(size)
            created = time.perf_counter()
            self.create(1, size)
            self.offload()
            stored = time.perf_counter() - created
            raw = seconds(self.put, [content])
            document = self.env["ir.attachment"].search([], order="id desc", limit=1)
            read = seconds(lambda d=document: d.raw)
            got = seconds(self.get)
            results.append((stored, raw, read, got))
        stored, raw, read, got = map(statistics.median, zip(*results, strict=True))
        show(f"one of {what}: created and stored, boto3's put", ms(stored), ms(raw), "", "", "")
        show(f"one of {what}: read, boto3's get", ms(read), ms(got), "", "", "")

    def get(self):
        """Get by boto3 what it has put last."""
        return self.s3.get_object(Bucket=BUCKET, Key=self.key)["Body"].read()

    def count_requests(self):
        """S3 requests and queries of each operation on a small document."""
        with self.counted() as create:
            document = self.create(1, 100 * KIB)
        with self.counted() as offload:
            self.offload()
        operations = {"create": create, "offload": offload}
        for name, operation in (
            ("read", lambda: document.raw),
            ("rename", lambda: document.write({"name": "Renamed.pdf"})),
            ("copy", lambda: document.copy()),
            ("unlink", lambda: document.unlink()),
        ):
            with self.counted() as operations[name]:
                operation()
                self.env.cr.commit()
        done = [len(c["requests"]) for c in operations.values()]
        done = [done[0] + done[1], *done[2:]]
        show(
            "S3 requests: create, read, rename, copy, unlink",
            *(", ".join(map(str, done)), ""),
            *("", "1,1,0,0,0", "yes" if done == [1, 1, 0, 0, 0] else "NO"),
        )
        queries = [str(counts["queries"]) for counts in operations.values()]
        show("queries: create, offload, read, rename, copy, unlink", ", ".join(queries), *[""] * 4)

    def compare_uploads(self, size, turns, what):
        """Upload by HTTP with the bucket in use and without, in turns."""
        times = {"active": [], "paused": []}
        for turn in range(turns):
            # The first of two is slower, whichever it is.
            for state in sorted(times, reverse=turn % 2):
                self.bucket._write_guarded({"state": state})
                self.env.cr.commit()
                times[state].append(seconds(self.upload, os.urandom(size)))
        self.bucket._write_guarded({"state": "active"})
        self.env.cr.commit()
        ours, theirs = (statistics.median(taken) for taken in times.values())
        judge(f"saving {what} by HTTP : in Odoo's filestore", ours, theirs, 1.1)
        self.offload()

    def upload(self, content):
        answer = self.session.post(
            f"{URL}/mail/attachment/upload",
            data={
                "csrf_token": self.token,
                "thread_model": self.milestone._name,
                "thread_id": self.milestone.id,
            },
            files={"ufile": ("Photo.bin", content)},
        )
        answer.raise_for_status()

    def compare_downloads(self, size, turns, what):
        """Download by HTTP from S3 and from the filestore, and get by boto3."""
        stored = self.create(1, size)
        self.offload()
        self.bucket._write_guarded({"state": "paused"})
        local = self.create(1, size)
        self.put([os.urandom(size)])
        self.download(local), self.download(stored)
        times = [
            [
                seconds(self.download, stored),
                seconds(self.download, local) + seconds(self.get),
            ]
            for _turn in range(turns)
        ]
        ours, theirs = map(statistics.median, zip(*times, strict=True))
        judge(f"download of {what} : filestore's + boto3's get", ours, theirs, 1.0)
        local.unlink()
        self.bucket._write_guarded({"state": "active"})
        self.env.cr.commit()

    def download(self, document):
        url = f"{URL}/web/content/{document.id}?download=1"
        with self.session.get(url, stream=True) as answer:
            answer.raise_for_status()
            for _chunk in answer.iter_content(MIB):
                pass

    def measure_memory(self):
        """Peak memory of a document of 300 MiB, above what the process had before."""
        document = self.create(1, 300 * MIB)
        fname = document.store_fname
        self.env.invalidate_all()
        judge_memory("offload of 300 MiB", peak("self", self.offload))
        document.invalidate_recordset()
        judge_memory("streamed download of 300 MiB", peak(SERVER, self.download, document))
        os.unlink(document._full_path(fname))
        self.bucket.action_drain()
        self.env.cr.commit()
        judge_memory("bringing back 300 MiB", peak("self", self.offload))


def seconds(function, *arguments):
    """Return how long ``function`` takes once the disk has what was written before."""
    gc.collect()
    os.sync()
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def ms(taken):
    return f"{1000 * taken:,.1f} ms"


def judge(what, ours, theirs, goal):
    ratio = ours / theirs
    met = "yes" if ratio <= goal else "NO"
    show(what, ms(ours), ms(theirs), f"{ratio:.2f}", f"<= {goal}", met)


bench = Bench(env)  # noqa: F821
show("what", "ours", "beside it", "ratio", "goal", "met")
bench.count_requests()
bench.compare_one(100 * KIB, 9, "100 KiB")
bench.compare_one(4 * MIB, 5, "4 MiB")
bench.compare_offload(1000, 100 * KIB, 4, "100 KiB")
bench.compare_offload(100, 4 * MIB, 4, "4 MiB")
bench.compare_uploads(100 * KIB, 40, "100 KiB")
bench.compare_uploads(4 * MIB, 40, "4 MiB")
bench.compare_downloads(4 * MIB, 21, "4 MiB")
bench.compare_downloads(300 * MIB, 3, "300 MiB")
bench.compare_one(300 * MIB, 1, "300 MiB")
bench.measure_memory()
