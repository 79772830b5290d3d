"""Odoo's command line with our configuration."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

from dev.odoo_source import addons_paths, odoo_root
from dev.paths import link_addon
from dev.processes import running
from dev.python_env import python_env
from dev.ui import Progress, SetupError, run_watched

LEVEL = re.compile(r"[-\d]+ [:,\d]+ \d+ ([A-Z]+) ")
LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")


def python():
    """Return the Python that has what Odoo and its tests need."""
    return python_env("odoo", "requirements.txt")


class Odoo:
    """One Odoo: its code, a database, and a folder for its files and configuration."""

    def __init__(self, folder, database, servers):
        """``servers``: the variables that tell clients where PostgreSQL and S3 are."""
        self.folder = folder
        self.database = database
        self.root = odoo_root()
        self.python = python()
        self.addons = link_addon(folder / "addons")
        self.config = folder / "odoo.conf"
        self.log = folder / "odoo.log"
        self.environment = {
            **os.environ,
            **servers,
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ODOO_RC": str(self.config),
        }
        self._write_config()

    def _write_config(self):
        paths = [*addons_paths(self.root), self.addons]
        password = self.environment.get("PGPASSWORD")
        self.config.write_text(
            "[options]\n"
            f"addons_path = {','.join(map(str, paths))}\n"
            f"data_dir = {self.folder / 'files'}\n"
            f"db_name = {self.database}\n"
            f"dbfilter = ^{self.database}$\n"
            f"db_host = {self.environment['PGHOST']}\n"
            f"db_port = {self.environment.get('PGPORT', 5432)}\n"
            f"db_user = {self.environment.get('PGUSER', 'odoo')}\n"
            + (f"db_password = {password}\n" if password else "")
            + "list_db = False\n"
            "http_interface = 127.0.0.1\n"
            "max_cron_threads = 0\n"
        )

    def command(self, *arguments):
        """Return the command line of ``odoo`` with ``arguments``."""
        return [str(self.python), "-m", "odoo", *map(str, arguments)]

    def load(self, label, *arguments):
        """Install or update modules as ``arguments`` say, and show how far it is."""
        command = self.command("--stop-after-init", "--no-http", *arguments)
        self.run(label, command, "Odoo could not load the modules")

    def run(self, label, command, failure):
        """Run a command that logs as Odoo does; its errors raise SetupError, so does its failure.

        ``failure`` is the sentence that tells so.
        """
        errors = []
        failing = False

        def on_line(line):
            nonlocal failing
            log.write(f"{line}\n")
            if found := LEVEL.match(line):
                failing = found[1] in ("ERROR", "CRITICAL")
            if failing:
                errors.append(line)
            found = LOADING.search(line)
            return found and f"module {found[2]} of {found[3]}, {found[1]}"

        with open(self.log, "w", buffering=1) as log, Progress(label) as progress:
            try:
                run_watched(
                    command,
                    progress,
                    on_line,
                    failure,
                    cwd=self.folder,
                    env=self.environment,
                )
            except SetupError as error:
                lines = errors or self.log.read_text().splitlines()[-5:]
                raise SetupError("\n".join([*lines, str(error)])) from None
        if errors:
            raise SetupError("\n".join([*errors, f"{label}: Odoo reported errors"]))

    def shell(self, script, failure):
        """Feed the file ``script`` to ``odoo shell``; SetupError with ``failure`` if it fails."""
        command = self.command("shell", "--no-http", "--log-level=warn")
        with open(script) as source, open(self.log, "a") as log:
            answer = subprocess.run(
                command,
                stdin=source,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
            )
        if answer.returncode:
            raise SetupError(f"{failure}: see the end of {self.log}")

    @contextmanager
    def serving(self):
        """Run Odoo's web server; give its address and its process."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with (
            open(self.folder / "server.log", "a") as log,
            running(
                self.command(f"--http-port={port}"),
                signal.SIGTERM,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
            ) as process,
        ):
            _wait_for(f"{url}/web/login")
            yield url, process

    def pytest(self, *arguments):
        """Run pytest inside Odoo, its output as it comes; return its exit code."""
        command = [self.python, "-m", "pytest", f"--odoo-database={self.database}", "--rootdir=."]
        settings = ["--confcutdir=.", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning"]
        return self.run_shown([*command, *settings, *arguments])

    def run_shown(self, command):
        """Run ``command`` with its output as it comes; return its exit code."""
        where = {"cwd": self.addons, "env": self.environment}
        with running(command, signal.SIGINT, **where) as process:
            return process.wait()

    def drop(self):
        """Delete the database and its files, if they are there."""
        subprocess.run(
            self.command("db", "drop", self.database),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
        )


def _wait_for(url):
    for _attempt in range(300):
        try:
            return urllib.request.urlopen(url, timeout=120).close()
        except OSError:
            time.sleep(0.2)
    raise SetupError(f"Odoo does not answer at {url}")
