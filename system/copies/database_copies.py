"""Copies of a database with its files, made with PostgreSQL's own programs."""

import contextlib
import shutil
import subprocess

from dev import postgres
from dev.odoo import Odoo, python
from dev.paths import run_folder
from dev.ui import SetupError

SERVER = ("PGHOST", "PGPORT", "PGUSER")


class Copies:
    """What is made of the database of ``odoo``; each copy is gone when its block ends."""

    def __init__(self, odoo, folder, variables):
        """``variables``: what each copy's environment has besides."""
        self.odoo = odoo
        self.folder = folder
        self.variables = variables
        self.server = {name: odoo.environment[name] for name in SERVER}

    @contextlib.contextmanager
    def template(self):
        """Give a copy by ``createdb -T``."""
        with self._database("by_template", self.server, "-T", self.odoo.database) as name:
            yield self._opened(name, self.server)

    @contextlib.contextmanager
    def dump(self):
        """Give a copy by ``pg_dump`` and ``pg_restore``, on the same server."""
        with self._database("by_dump", self.server) as name:
            self._restore(name, self.server)
            yield self._opened(name, self.server)

    @contextlib.contextmanager
    def dump_elsewhere(self):
        """Give a copy by ``pg_dump`` and ``pg_restore`` on another server, of the same name."""
        name = self.odoo.database
        with self._other_server() as server, self._database(name, server):
            self._restore(name, server)
            yield self._opened(name, server)

    def base_backup(self, name):
        """Return the folder of a new copy of the whole server, by ``pg_basebackup``."""
        data = self.folder / name
        self._run(self.server, "pg_basebackup", "-D", data, "-X", "stream", "-c", "fast")
        return data

    @contextlib.contextmanager
    def physical(self, data):
        """Give the copy that a second server finds in the folder of a base backup."""
        with self._other_server(data) as server:
            yield self._opened(self.odoo.database, server)

    def _restore(self, name, server):
        file = self.folder / "dump"
        self._run(self.server, "pg_dump", "-Fc", "-f", file, self.odoo.database)
        self._run(server, "pg_restore", "--no-owner", "-d", name, file)

    @contextlib.contextmanager
    def _database(self, name, server, *options):
        self._run(server, "createdb", *options, name)
        try:
            yield name
        finally:
            self._run(server, "dropdb", "--force", name)

    @contextlib.contextmanager
    def _other_server(self, data=None):
        with run_folder() as folder:
            if data:
                shutil.copytree(data, folder / "pg")
            with postgres.server(python(), folder / "pg", folder / "s", postgres.FAST) as server:
                yield server

    def _opened(self, database, server):
        folder = self.folder / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        files = "files/filestore"
        shutil.copytree(self.odoo.folder / files / self.odoo.database, folder / files / database)
        return Odoo(folder, database, {**server, **self.variables})

    def _run(self, server, program, *arguments):
        done = subprocess.run(
            [postgres.programs(python()) / program, *arguments],
            env={**self.odoo.environment, **server},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SetupError(f"{program} failed: {done.stderr.strip()}")


@contextlib.contextmanager
def neutralised(copy):
    """Give the copy of the block ``copy`` after ``odoo neutralize``."""
    with copy as odoo:
        command = odoo.command("neutralize", "-d", odoo.database)
        odoo.run("Neutralising", command, "odoo neutralize failed")
        yield odoo
