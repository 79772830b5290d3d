"""What bench/s3.py measures with very many documents. It is fed to ``odoo shell``: ``env``.

The documents are rows of SQL, half of them in S3 and half of them of other models; their contents
exist nowhere, since nothing here reads them.
"""

import gc
import os
import time
from contextlib import contextmanager

from measuring import judge_memory, peak, show

from odoo.addons.purchase_milestone.tools.s3.client import S3Client

COUNT = int(os.environ.get("BENCH_DOCUMENTS", 1_000_000))
ORPHANS = 10_000
BUCKET = os.environ["PURCHASE_MILESTONE_S3_BUCKET"]


class Bench:
    """An active bucket with many documents, and as many that are none of its."""

    def __init__(self, env):
        """``env``: the superuser's."""
        self.env = env
        env["s3.bucket"].search([("state", "!=", "draft")])._write_guarded({"state": "detached"})
        self.bucket = env["s3.bucket"].create(
            {
                "name": "Very many",
                "bucket": BUCKET,
                "prefix": "many",
                "endpoint_url": os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"],
                "addressing_style": "path",
            }
        )
        self.bucket.action_activate()
        env.cr.commit()
        self.fill()

    def fill(self):
        """Insert the rows of attachments and of the ledger."""
        prefix = f"s3:{self.bucket.id}/"
        own = self.bucket._own_prefix()
        company = self.bucket.company_id.id
        insert = """
            INSERT INTO ir_attachment (name, res_model, res_id, type, company_id, store_fname,
                                       file_size, mimetype, checksum, create_date)
            SELECT 'Photo ' || n, %s, 1, 'binary', %s, %s || md5(n::text), 100000,
                   'application/pdf', md5(n::text), now()
              FROM generate_series(1, %s) n
        """
        cr = self.env.cr
        cr.execute(insert, ["purchase.milestone", company, f"{prefix}{own}", COUNT])
        cr.execute(insert, ["res.partner", company, "aa/", COUNT])
        ledger = """
            INSERT INTO s3_object (bucket_id, key, store_fname, state, size, attachment_ref,
                                   stored_at, orphaned_at)
            SELECT %s, key, %s || key, 'stored', 100000, n, now(), NULL
              FROM generate_series(1, %s) n, LATERAL (SELECT %s || md5(n::text) AS key) made
        """
        cr.execute(ledger, [self.bucket.id, prefix, COUNT, own])
        self.bucket.init()
        cr.commit()
        cr.execute("ANALYZE ir_attachment, s3_object")
        cr.commit()

    def add_orphans(self):
        """Insert objects whose days of grace are over."""
        self.env.cr.execute(
            """
            INSERT INTO s3_object (bucket_id, key, store_fname, state, size, attachment_ref,
                                   stored_at, orphaned_at)
            SELECT %s, key, %s || key, 'stored', 100, 0,
                   now() - interval '1 year', now() - interval '1 year'
              FROM generate_series(1, %s) n, LATERAL (SELECT %s || 'gone' || n AS key) made
            """,
            [self.bucket.id, f"s3:{self.bucket.id}/", ORPHANS, self.bucket._own_prefix()],
        )
        self.env.cr.commit()

    @contextmanager
    def watched(self):
        """Give the seconds of SQL, of S3 and in all, and the requests to S3, at the end."""
        seen = {"sql": 0.0, "s3": 0.0, "requests": []}
        real_call, real_execute = S3Client._call, type(self.env.cr).execute

        def call(client, operation, **arguments):
            started = time.perf_counter()
            try:
                return real_call(client, operation, **arguments)
            finally:
                seen["s3"] += time.perf_counter() - started
                seen["requests"].append(operation)

        def execute(cr, *arguments, **options):
            started = time.perf_counter()
            try:
                return real_execute(cr, *arguments, **options)
            finally:
                seen["sql"] += time.perf_counter() - started

        S3Client._call, type(self.env.cr).execute = call, execute
        self.env.invalidate_all()
        gc.collect()
        started = time.perf_counter()
        try:
            yield seen
        finally:
            S3Client._call, type(self.env.cr).execute = real_call, real_execute
            seen["all"] = time.perf_counter() - started

    def best_of(self, function, rounds=5):
        """Return what was seen in the fastest of the rounds, when caches are warm."""
        results = []
        for _round in range(rounds):
            with self.watched() as seen:
                function()
            results.append(seen)
        return min(results, key=lambda seen: seen["all"])

    # ------------------------------------------------------------------
    # The measures
    # ------------------------------------------------------------------

    def measure_idle_action(self):
        seen = self.best_of(self.env["s3.bucket"]._cron_offload)
        judge("action with nothing waiting, SQL", seen["sql"], 0.02)

    def measure_form(self):
        views = self.bucket.get_views([(False, "form")])
        shown = dict.fromkeys(views["models"]["s3.bucket"]["fields"], {})
        seen = self.best_of(lambda: self.bucket.web_read(shown))
        judge("form of the bucket", seen["all"], 0.05)

    def measure_idle_collection(self):
        seen = self.best_of(self.env["s3.bucket"]._cron_collect)
        judge("idle collection, without the answers of S3", seen["all"] - seen["s3"], 0.1)

    def measure_deletions(self):
        self.add_orphans()
        with self.watched() as seen:
            self.env["s3.bucket"]._cron_collect()
        deletions = [name for name in seen["requests"] if "elete" in name]
        judge(f"{ORPHANS:,} objects deleted", seen["all"])
        most = ORPHANS / 1000 + 1
        show(
            f"requests to delete {ORPHANS:,} objects",
            *(f"{len(deletions)}", "", "", f"<= {most:.0f}"),
            "yes" if len(deletions) <= most else "NO",
        )

    def measure_audit(self):
        """Audit for a minute; S3 has none of the objects, so each of them is a finding."""
        self.bucket.action_audit()
        self.env.cr.commit()
        buckets = self.env["s3.bucket"].with_context(cron_end_time=time.monotonic() + 60)
        judge_memory(f"{COUNT:,}: a minute of audit", peak("self", buckets._cron_audit))


def judge(what, seconds, goal=None):
    met = "" if goal is None else "yes" if seconds <= goal else "NO"
    shown = "" if goal is None else f"<= {1000 * goal:.0f}"
    show(f"{COUNT:,}: {what}", f"{1000 * seconds:,.1f} ms", "", "", shown, met)


bench = Bench(env)  # noqa: F821
bench.measure_idle_action()
bench.measure_form()
bench.measure_idle_collection()
bench.measure_deletions()
bench.measure_audit()
