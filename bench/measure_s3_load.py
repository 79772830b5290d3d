"""What bench/s3_load.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

import base64
import hashlib
import os
import statistics
import threading
import time
from contextlib import contextmanager

import requests
from measuring import show

from odoo.tests import new_test_user

URL = os.environ["BENCH_URL"]
COUNT = int(os.environ.get("BENCH_DOCUMENTS", 200_000))
USERS = 3
BEFORE = 60  # seconds that users work before anything is moved
PAUSED_AFTER = 60  # seconds of moving after which the administrator pauses it
SIZE = 2_000  # bytes


class User:
    """Somebody who adds an attachment to a partner, reads it, and lists others, again and again."""

    def __init__(self, login, database):
        """Log in."""
        self.session, self.waits, self.mine = requests.Session(), [], {}
        self.ask("/web/session/authenticate", db=database, login=login, password=login)

    def ask(self, path, **params):
        """Return the answer of Odoo's own browser interface."""
        answer = self.session.post(URL + path, json={"params": params}).json()
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["result"]

    def call(self, method, *arguments, **options):
        """Call a method of the attachments."""
        call = {"model": "ir.attachment", "method": method, "args": arguments, "kwargs": options}
        return self.ask(f"/web/dataset/call_kw/ir.attachment/{method}", **call)

    def work(self, partner):
        """Add, read and list once; remember how long each request took."""
        content = os.urandom(SIZE)
        name = f"Photo {len(self.mine)}"
        values = {"name": name, "res_model": "res.partner", "res_id": partner}
        values["datas"] = base64.b64encode(content).decode()
        (new,) = self.timed(self.call, "create", [values])
        self.mine[new] = content
        for attachment in [new, *list(self.mine)[::50][-3:]]:
            answer = self.timed(self.session.get, f"{URL}/web/content/{attachment}")
            if answer.content != self.mine[attachment]:
                raise ValueError(f"The attachment {attachment} has another content.")
        self.timed(
            self.call, "search_read", [["res_model", "=", "res.partner"]], ["name"], limit=80
        )

    def timed(self, function, *arguments, **options):
        """Call the function and remember how long it took."""
        started = time.perf_counter()
        result = function(*arguments, **options)
        self.waits.append(time.perf_counter() - started)
        return result


class Bench:
    """A company with many attachments, a bucket that takes them all, and users at work."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        self.env = env
        self.partner = env["res.partner"].create({"name": "Quay Builders"}).id
        for number in range(USERS):
            new_test_user(env, f"colleague_{number}", "base.group_user,base.group_partner_manager")
        self.fill()
        self.bucket = env["s3.bucket"].create(
            {
                "name": "All attachments",
                "scope": "all",
                "bucket": os.environ["PURCHASE_MILESTONE_S3_BUCKET"],
                "endpoint_url": os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"],
                "addressing_style": "path",
            }
        )
        env.cr.commit()
        self.users = [User(f"colleague_{number}", env.cr.dbname) for number in range(USERS)]

    def fill(self):
        """Write the files and the rows, as if Odoo had done so over the years."""
        attachments, rows = self.env["ir.attachment"], []
        company = self.env.company.id
        for number in range(COUNT):
            content = b"%d" % number * (SIZE // len(str(number)))
            checksum = hashlib.sha1(content).hexdigest()
            fname = f"{checksum[:2]}/{checksum}"
            path = attachments._full_path(fname)
            if not os.path.exists(os.path.dirname(path)):
                os.makedirs(os.path.dirname(path))
            with open(path, "wb") as file:
                file.write(content)
            rows.append((f"Photo {number}", self.partner, company, fname, len(content), checksum))
            if len(rows) == 1000 or number == COUNT - 1:
                self.env.cr.execute_values(
                    """INSERT INTO ir_attachment (name, res_model, res_id, type, company_id,
                                                  store_fname, file_size, mimetype, checksum,
                                                  create_date)
                       VALUES %s""",
                    rows,
                    template="(%s, 'res.partner', %s, 'binary', %s, %s, %s, 'image/jpeg', %s, "
                    "now())",
                )
                rows.clear()
        self.env.cr.commit()
        self.env.cr.execute("ANALYZE ir_attachment")
        self.env.cr.commit()

    @contextmanager
    def users_at_work(self, what):
        """Let the users work meanwhile; print how long they have waited."""
        ended, failures = threading.Event(), []

        def work(user):
            try:
                while not ended.wait(0.2):
                    user.work(self.partner)
            except Exception as error:
                failures.append(error)

        for user in self.users:
            user.waits.clear()
        threads = [threading.Thread(target=work, args=[user]) for user in self.users]
        for thread in threads:
            thread.start()
        started = time.perf_counter()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        taken = time.perf_counter() - started
        if failures:
            raise failures[0]
        waits = sorted(wait for user in self.users for wait in user.waits)
        median, slow = statistics.median(waits), waits[len(waits) * 99 // 100]
        shown = [f"{1000 * wait:,.0f} ms" for wait in (median, slow, waits[-1])]
        show(f"{what}: {taken:,.0f} s", f"{len(waits):,} requests", *shown, "")

    def run_until(self, done):
        """Run the action until ``done`` is true of the counts; print each minute how far it is."""
        told = 0
        while True:
            self.env["s3.bucket"].with_context(cron_end_time=time.monotonic() + 30)._cron_offload()
            self.env.cr.commit()
            self.env.invalidate_all()
            bucket = self.bucket
            if time.monotonic() > told + 60 or done(bucket):
                told = time.monotonic()
                show(
                    f"  {bucket.stored_count:,} in S3, {bucket.waiting_count:,} wait",
                    *(f"{bucket.progress:.0f} %", "", "", "", ""),
                )
            if done(bucket):
                return

    def move(self):
        """Move all of them; an administrator pauses it in between and goes on."""
        self.bucket.action_activate()
        self.env.cr.commit()
        begun = time.monotonic()
        self.run_until(lambda bucket: time.monotonic() > begun + PAUSED_AFTER)
        self.bucket.action_pause()
        self.env.cr.commit()
        stored = self.bucket.stored_count
        self.env["s3.bucket"]._cron_offload()
        self.env.invalidate_all()
        if self.bucket.stored_count != stored:
            raise ValueError("The paused bucket went on.")
        self.bucket.action_activate()
        self.env.cr.commit()
        # What users add meanwhile waits a moment.
        self.run_until(lambda bucket: bucket.waiting_count <= 3 * USERS)

    def bring_back(self):
        """Bring all of them back to this server."""
        self.bucket.action_drain()
        self.env.cr.commit()
        self.run_until(lambda bucket: bucket.state == "draft")

    def check(self, in_s3):
        """Compare each content with what was written."""
        self.env.invalidate_all()
        attachments = self.env["ir.attachment"]
        domain = [("res_model", "=", "res.partner"), ("res_id", "=", self.partner)]
        found = attachments.search(domain)
        step = 199 if in_s3 else 1  # from S3, a part of them
        for start in range(0, len(found), 1000):
            for attachment in found[start : start + 1000 : step]:
                if hashlib.sha1(attachment.raw).hexdigest() != attachment.checksum:
                    raise ValueError(f"{attachment} has another content.")
            self.env.invalidate_all()
        own = sum(len(user.mine) for user in self.users)
        if len(found) != COUNT + own:
            raise ValueError(f"{len(found)} attachments instead of {COUNT + own}")
        show(f"{len(found):,} attachments, none lost", "", "", "", "", "")


show("Users' requests", "", "median", "1 in 100", "longest", "")
bench = Bench(env)  # noqa: F821
with bench.users_at_work("nothing is moved"):
    time.sleep(BEFORE)
with bench.users_at_work("all is moved to S3"):
    bench.move()
bench.check(in_s3=True)
with bench.users_at_work("all is brought back"):
    bench.bring_back()
bench.check(in_s3=False)
