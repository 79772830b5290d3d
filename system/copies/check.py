"""Real copies of a database with documents in S3: none touches what the original holds."""

import contextlib
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from dev.fresh_database import fresh_odoo
from dev.odoo import python
from dev.paths import run_folder
from dev.ui import say
from system.copies.database_copies import SERVER, Copies, neutralised
from system.moto import BUCKET, moto

HERE = Path(__file__).parent
ORDERS = (
    ("_cron_offload", "_cron_collect", "drain"),
    ("_cron_collect", "_cron_offload", "drain"),
    ("drain", "_cron_collect", "_cron_offload"),
)
READING = {"GET", "HEAD"}


def check(_modules=(), _arguments=()):
    """Make copies of each kind and let them do all that touches S3; return the exit code."""
    return max(_check(scope) for scope in ("milestones", "all"))


def _check(scope):
    """Run every case with a bucket of this scope; return the exit code."""
    with (
        run_folder() as folder,
        moto(python(), folder) as s3,
        _own_server(),
        fresh_odoo() as odoo,
    ):
        copies = CopiesCheck(odoo, s3, folder, scope)
        copies.strangers()
        copies.physical_after_the_original()
        copies.physical_before_the_original()
        copies.original_goes_on()
        return copies.report(scope)


@contextlib.contextmanager
def _own_server():
    """Leave out the server that PGHOST names: a base backup is one of a whole server."""
    with patch.dict(os.environ):
        for name in (*SERVER, "PGPASSWORD"):
            os.environ.pop(name, None)
        yield


class CopiesCheck:
    """The original, its copies, and what S3 is asked."""

    def __init__(self, odoo, s3, folder, scope):
        odoo.environment |= s3.variables
        self.odoo, self.s3, self.folder = odoo, s3, folder
        # Away from the checkout, as for the check of uninstalling.
        self.steps = shutil.copytree(HERE, folder / "steps")
        self.copies = Copies(odoo, folder, s3.variables)
        self.original = self.step(odoo, "original", scope)
        self.contents = self.original["contents"]
        self.asked, self.cases, self.failures = Counter(), 0, 0

    def step(self, odoo, *arguments):
        """Run a step of system/copies/steps.py in the database of ``odoo``; return its answer."""
        answer = self.folder / "answer.json"
        odoo.environment["COPIES_ANSWER"] = str(answer)
        failure = f"The step {' '.join(arguments)} of system/copies/steps.py failed"
        command = [odoo.python, self.steps / "steps.py", *arguments]
        odoo.run(f"Copies: {arguments[0]}", command, failure)
        return json.loads(answer.read_text())

    # ------------------------------------------------------------------
    # Cases
    # ------------------------------------------------------------------

    def strangers(self):
        """Those that can tell by themselves that they are copies, and those that are told so."""
        copies = self.copies
        backup = copies.base_backup("neutral")
        for order in ORDERS:
            for label, made in (
                ("createdb -T", copies.template()),
                ("pg_dump", copies.dump()),
                ("pg_dump to another server", copies.dump_elsewhere()),
                ("createdb -T, neutralised", neutralised(copies.template())),
                ("pg_basebackup, neutralised", neutralised(copies.physical(backup))),
            ):
                with made as copy:
                    self.case(label, copy, order, "detached", writes=False)
            with copies.template() as copy:
                self.step(copy, "claim_copy")
                self.case("createdb -T, claimed as a copy", copy, order, "draft")

    def physical_after_the_original(self):
        """A physical copy that finds the fence as the original wrote it since."""
        backup = self.copies.base_backup("before")
        self.original = self.step(self.odoo, "goes_on")
        for order in ORDERS:
            with self.copies.physical(backup) as copy:
                self.case("pg_basebackup", copy, order, "detached")

    def physical_before_the_original(self):
        """A physical copy that comes to the fence first: the original is the one that detaches.

        Until an administrator says there that it goes on; then it is the copy.
        """
        for number, order in enumerate(ORDERS):
            self.original = self.step(self.odoo, "deleted")
            backup = self.copies.base_backup(f"first_{number}")
            label = f"pg_basebackup that comes first, {', '.join(order)}"
            with self.copies.physical(backup) as copy:
                before = len(self.s3.requests())
                self.step(copy, "run", "expire", *order)
                written = self.written(before)
                # It goes on as the original would have; what documents need it does not touch.
                wrong = [request for request in written if request[1] in self.original["needed"]]
                self.judge(label, [f"asked S3 to {method} {path}" for method, _key, path in wrong])
                answer = self.step(self.odoo, "run", "_cron_collect")
                self.judge_state(f"{label}: the original", answer, "detached")
                self.original = self.step(self.odoo, "claim_moved")
                self.case(f"{label}, again", copy, ("_cron_collect",), "detached")

    def original_goes_on(self):
        """The original loses nothing by it all."""
        answer = self.step(self.odoo, "run", "_cron_offload", "_cron_collect")
        self.judge_state("The original afterwards", answer, "active")
        left = [f"{answer['waiting']} documents wait"] if answer["waiting"] else []
        self.judge("The original afterwards: offload", left)
        answer = self.step(self.odoo, "run", "drain")
        self.judge_state("The original, brought back", answer, "draft")

    # ------------------------------------------------------------------
    # What S3 was asked
    # ------------------------------------------------------------------

    def case(self, label, copy, order, state, writes=True):
        """Let a copy do all, in this order and with every grace expired, and judge it.

        :param state: what its bucket must be then
        :param writes: whether it may write to S3 at all, with keys of its own
        """
        before = len(self.s3.requests())
        answer = self.step(copy, "run", *[work for one in order for work in ("expire", one)])
        theirs = {*self.original["keys"], self.original["fence"]}
        wrong = [
            f"asked S3 to {method} {path}"
            for method, key, path in self.written(before)
            if not writes or key in theirs
        ]
        self.judge_state(f"{label}, {', '.join(order)}", answer, state, wrong)

    def written(self, before):
        """Return method, key and path of what S3 was asked to write since; count all."""
        found = []
        for method, path, _status in self.s3.requests()[before:]:
            self.asked[method] += 1
            if method not in READING:
                found.append((method, urlsplit(path).path.removeprefix(f"/{BUCKET}/"), path))
        return found

    def judge_state(self, label, answer, state, complaints=()):
        """Judge whether the bucket is in this state, and every document could be read."""
        complaints = list(complaints)
        if answer["state"] != state:
            complaints.append(f"is {answer['state']}, not {state} ({answer['error']})")
        if not answer["read"] == answer["contents"] == self.contents:
            complaints.append("did not read all documents")
        self.judge(label, complaints)

    def judge(self, label, complaints):
        """Count a case and tell what is wrong with it."""
        self.cases += 1
        self.failures += bool(complaints)
        for complaint in complaints:
            say(f"{label}: {complaint}")

    def report(self, scope):
        """Print the numbers of a scope; return the exit code."""
        asked = ", ".join(f"{count} {method}" for method, count in sorted(self.asked.items()))
        result = f"{self.cases} cases, {self.failures} failed"
        print(f"Copies, scope {scope}: {result}; S3 was asked: {asked}")
        return int(bool(self.failures))
