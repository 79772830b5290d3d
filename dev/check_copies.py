"""Real copies of a database with documents in S3: none touches what the original holds."""

import contextlib
import json
import os
import shutil
import subprocess
from collections import Counter
from unittest.mock import patch
from urllib.parse import urlsplit

from dev import postgres
from dev.fresh_database import DATABASE, fresh_odoo
from dev.moto import BUCKET, moto
from dev.odoo import Odoo, python
from dev.paths import ADDON, DEV, run_folder
from dev.ui import SetupError, say

ORDERS = (
    ("_cron_offload", "_cron_collect", "drain"),
    ("_cron_collect", "_cron_offload", "drain"),
    ("drain", "_cron_collect", "_cron_offload"),
)
READING = {"GET", "HEAD"}


class CopiesCheck:
    """The original, its copies, and what they ask S3 for."""

    def __init__(self, odoo, s3, folder):
        self.odoo, self.s3, self.folder = odoo, s3, folder
        self.steps = shutil.copytree(DEV / "copies", folder / "copies")
        self.cases = 0
        self.requests = Counter()

    def step(self, odoo, name, *arguments):
        """Run a step of dev/copies/steps.py and return its answer."""
        answer = self.folder / "answer.json"
        odoo.environment["COPIES_ANSWER"] = str(answer)
        command = [odoo.python, self.steps / "steps.py", name, *arguments]
        log = self.folder / "steps.log"
        with open(log, "w") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, cwd=odoo.folder, env=odoo.environment
            )
        if done.returncode:
            raise SetupError(f"{name} {' '.join(arguments)}:\n{log.read_text()[-3000:]}")
        return json.loads(answer.read_text())

    # Copies

    def _tool(self, name, *arguments, servers=None):
        done = subprocess.run(
            [postgres.programs(python()) / name, *arguments],
            env={**self.odoo.environment, **(servers or {})},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SetupError(f"{name}: {done.stderr}")

    @contextlib.contextmanager
    def _opened(self, database, servers=None):
        """Give Odoo on a copy, with a copy of the original's files."""
        servers = servers or {name: os.environ.get(name) or self.odoo.environment[name] for name in ("PGHOST", "PGUSER", "PGPORT")}
        with run_folder() as folder:
            odoo = Odoo(folder, database, {**servers, **self.s3.variables})
            files = folder / "files/filestore" / database
            shutil.copytree(self.odoo.folder / "files/filestore" / DATABASE, files)
            yield odoo

    @contextlib.contextmanager
    def _database(self, name, servers=None):
        try:
            yield name
        finally:
            self._tool("dropdb", "--force", name, servers=servers)

    @contextlib.contextmanager
    def template(self):
        """Copy with createdb -T."""
        self._tool("createdb", "-T", DATABASE, "by_template")
        with self._database("by_template") as name, self._opened(name) as odoo:
            yield odoo

    @contextlib.contextmanager
    def dump(self):
        """Copy with pg_dump and pg_restore into the same server."""
        file = self.folder / "dump"
        self._tool("pg_dump", "-Fc", "-f", file, DATABASE)
        self._tool("createdb", "by_dump")
        with self._database("by_dump") as name:
            self._tool("pg_restore", "--no-owner", "-d", name, file)
            with self._opened(name) as odoo:
                yield odoo

    @contextlib.contextmanager
    def elsewhere(self):
        """Copy with pg_dump into another server, under the same name."""
        file = self.folder / "dump"
        self._tool("pg_dump", "-Fc", "-f", file, DATABASE)
        with self._server() as servers:
            self._tool("createdb", DATABASE, servers=servers)
            self._tool("pg_restore", "--no-owner", "-d", DATABASE, file, servers=servers)
            with self._opened(DATABASE, servers) as odoo:
                yield odoo

    @contextlib.contextmanager
    def _server(self, data=None):
        with run_folder() as folder:
            if data:
                shutil.copytree(data, folder / "pg")
            with postgres.server(python(), folder / "pg", folder / "s", postgres.FAST) as servers:
                yield servers

    @contextlib.contextmanager
    def physical(self, data):
        """Run a second server on the folder that pg_basebackup has made."""
        with self._server(data) as servers, self._opened(DATABASE, servers) as odoo:
            yield odoo

    def base_backup(self, name):
        """Copy the whole server with pg_basebackup."""
        data = self.folder / name
        self._tool("pg_basebackup", "-D", data, "-X", "stream", "-c", "fast")
        return data

    def neutralised(self, copy):
        @contextlib.contextmanager
        def made():
            with copy() as odoo:
                odoo.run(
                    "Neutralise", odoo.command("neutralize", "-d", odoo.database), "Not neutralised"
                )
                yield odoo
        return made

    # What S3 was asked

    def watch(self):
        return len(self.s3.requests())

    def since(self, mark):
        """Return (method, key, query, status) of what S3 was asked since."""
        found = []
        for method, path, status in self.s3.requests()[mark:]:
            address = urlsplit(path)
            found.append((method, address.path.removeprefix(f"/{BUCKET}/"), address.query, status))
        return found

    def run_copy(self, label, odoo, order, original):
        """Do everything in the copy; return its answer and what it wrote, for case ``label``."""
        mark = self.watch()
        answer = self.step(odoo, "run", *order)
        asked = self.since(mark)
        writes = [request for request in asked if request[0] not in READING]
        theirs = set(original["keys"]) | {original["fence"]}
        touched = [request for request in writes if request[1] in theirs]
        say(f"{label} {order}: {answer['state']} {answer['error']} {Counter(m for m, *_ in asked)} touched {touched}")
        self.cases += 1
        self.requests.update(method for method, *_rest in asked)
        return answer, writes, touched


def check_copies():
    with run_folder() as folder, moto(python(), folder) as s3, own_server(), fresh_odoo() as odoo:
        odoo.environment |= s3.variables
        check = CopiesCheck(odoo, s3, folder)
        original = check.step(odoo, "original")
        print({k: v for k, v in original.items() if k != "read"})
        backup = check.base_backup("before")
        for copy in (check.template, check.dump, check.elsewhere):
            for order in ORDERS:
                with copy() as other:
                    check.run_copy(copy.__name__, other, order, original)
        original = check.step(odoo, "goes_on")
        for order in ORDERS:
            with check.physical(backup) as other:
                check.run_copy("physical", other, order, original)
        for order in ORDERS:
            with check.template() as other:
                check.step(other, "claim_copy")
                check.run_copy("claimed copy", other, order, original)
        for order in ORDERS:
            with check.neutralised(check.template)() as other:
                check.run_copy("neutralised", other, order, original)
            with check.neutralised(lambda: check.physical(backup))() as other:
                check.run_copy("neutralised physical", other, order, original)
        print(check.step(odoo, "facts"))
    return 0


@contextlib.contextmanager
def own_server():
    """Leave out the server that PGHOST names: a physical copy is one of a whole server."""
    with patch.dict(os.environ):
        for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
            os.environ.pop(name, None)
        yield


if __name__ == "__main__":
    from dev.ui import run_main
    run_main(lambda argv: check_copies())
