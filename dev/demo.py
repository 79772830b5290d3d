"""bin/demo: Odoo with the addon and its demo data, kept between two starts."""

import argparse
import contextlib
import os
import signal
import socket
import time
import urllib.error
import urllib.request

from dev import postgres, s3
from dev.odoo import Odoo, python
from dev.odoo_source import odoo_root
from dev.paths import ADDON, DEV, REPO, addon_digest, cache, digest, locked, remove, run_folder
from dev.processes import running
from dev.ui import Progress, SetupError, run_main, say
from dev.wkhtmltopdf import pdf_path

LOGINS = """
  {address}

  login and password   role
  buyer                buyer: plans and completes milestones
  manager              purchase manager: also keeps templates
  approver             approver: approves milestones, has no right in Purchase
  release              release officer: releases retention
  accountant           accountant: posts and pays bills
  vendor               vendor: delivers and bills on the portal
  admin                administrator

  S3 for documents: {PURCHASE_MILESTONE_S3_ENDPOINT}, bucket {PURCHASE_MILESTONE_S3_BUCKET}

  Ctrl-C ends it; the data is kept for the next start (bin/demo --reset begins anew)."""


def main(argv):
    """Start the demo and serve it until it is ended; return the exit code."""
    options = _parse(argv)
    _check_port(options.port)
    odoo_root()  # the long download first, before anything runs
    path = _pdf_path()
    # One for each checkout, and for each server that keeps the database.
    server_name = [os.environ.get(name) for name in ("PGHOST", "PGPORT")]
    folder = cache() / f"demo-{digest(REPO, *server_name)}"
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(locked(cache() / f"{folder.name}.lock", wait=False))
            sockets = stack.enter_context(run_folder()) / "s"
            if options.reset:
                _reset(folder, sockets)
            folder.mkdir(exist_ok=True)
            server = postgres.server(python(), folder / "pg", sockets)
            variables = stack.enter_context(server)
            storage = stack.enter_context(s3.server(python(), folder / "s3"))
            odoo = Odoo(folder, _database(folder), {**variables, **storage, "PATH": path})
            _bring_up_to_date(odoo)
            address = f"http://127.0.0.1:{options.port}"
            _set_address(odoo, address)
            _serve(odoo, options.port, address)
    except BlockingIOError:
        raise SetupError("The demo of this checkout is running already: end it first.") from None
    return 0


def _parse(argv):
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__.partition(": ")[2])
    parser.add_argument("--port", type=_port, default=8069, help="where Odoo listens (8069)")
    parser.add_argument("--reset", action="store_true", help="forget the data and begin anew")
    return parser.parse_args(argv)


def _port(text):
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535")
    return int(text)


def _check_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise SetupError(f"Port {port} needs root: choose one above 1023.") from None
        except OSError:
            raise SetupError(
                f"Port {port} is in use: end what listens there or start bin/demo --port "
                f"{port + 1 if port < 65535 else 8070}."
            ) from None


def _pdf_path():
    """Return a PATH with wkhtmltopdf on it; without one the demo prints HTML pages, and says so."""
    try:
        return pdf_path()
    except SetupError as error:
        say(str(error))
        return os.environ.get("PATH", os.defpath)


def _database(folder):
    """Return the name of the database whose files are in ``folder``."""
    return f"{ADDON}_{folder.name.replace('-', '_')}"


def _reset(folder, sockets):
    """Forget the database, also one on a server that PGHOST names."""
    if (folder / "odoo.conf").exists():
        server = postgres.server(python(), folder / "pg", sockets)
        with server as variables:
            Odoo(folder, _database(folder), variables).drop()
    remove(folder)


def _bring_up_to_date(odoo):
    """Create the database, or update it when the addon's files have changed since."""
    state = odoo.folder / "loaded"
    current = addon_digest()
    if not state.exists():
        odoo.drop()
        odoo.load("Database with the demo data", "-i", ADDON, "--with-demo")
        _store_documents(odoo)
    elif state.read_text() != current:
        odoo.load("The addon has changed, updating", "-u", ADDON)
    state.write_text(current)


def _store_documents(odoo):
    """Give the company a bucket in the demo's S3 and move the demo's documents there."""
    odoo.shell(DEV / "demo_storage.py", "The demo's documents did not get into S3")


def _set_address(odoo, address):
    """Tell Odoo where it is, if that has changed: PDFs get their styles from there."""
    state = odoo.folder / "address"
    if not state.exists() or state.read_text() != address:
        odoo.environment["PURCHASE_MILESTONE_ADDRESS"] = address
        odoo.shell(DEV / "demo_address.py", "Odoo could not be told its address")
        state.write_text(address)


def _serve(odoo, port, address):
    """Run Odoo until it ends or we are told to end."""
    command = odoo.command(f"--http-port={port}", "--max-cron-threads=1")
    with (
        open(odoo.log, "a") as log,
        running(
            command,
            signal.SIGTERM,
            stdout=log,
            stderr=log,
            cwd=odoo.folder,
            env=odoo.environment,
        ) as process,
    ):
        with Progress("Odoo starts"):
            _wait_for(f"{address}/web/login", process, odoo.log)
        say(LOGINS.format(address=address, **odoo.environment))
        process.wait()
        raise SetupError(f"Odoo has ended by itself: see {odoo.log}")


def _wait_for(url, process, log):
    """Return when ``url`` answers; the first answer takes long, since Odoo prepares the pages."""
    for _attempt in range(600):
        if process.poll() is not None:
            raise SetupError(f"Odoo does not start: see {log}")
        try:
            with urllib.request.urlopen(url, timeout=120):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SetupError(f"Odoo does not answer: see {log}")


if __name__ == "__main__":
    run_main(main)
