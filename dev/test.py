"""bin/test: the addon into a fresh database, then its tests."""

import argparse
import os
import re
import shutil
import signal
import socket
from pathlib import Path

from dev.browser import browser_path
from dev.fresh_database import fresh_odoo
from dev.paths import ADDON, DEV, REPO
from dev.processes import running
from dev.ui import SetupError, run_main, say

# Options of pytest whose value is an argument of its own, so never a path to translate.
VALUED = {"-k", "-m", "-n", "-p", "-o", "-c", "-W", "-r"}
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def main(argv):
    """Run the tests that ``argv`` asks for; return the exit code."""
    options, rest = _parse(argv)
    path = browser_path()
    with fresh_odoo([ADDON, *options.modules]) as odoo:
        odoo.environment["PATH"] = path
        if options.odoo_tests:
            return _odoo_tests(odoo, options.odoo_tests, options.expect)
        return _pytest(odoo, rest)


def _parse(argv):
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Install the addon into a fresh database and run its tests.",
        epilog="All other arguments go to pytest, e.g. -k name or tests/test_x.py::TestX.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--with",
        dest="modules",
        metavar="MODULES",
        default=[],
        type=lambda text: text.split(","),
        help="further modules in the database, e.g. purchase_stock,stock_account",
    )
    parser.add_argument(
        "--odoo-tests",
        metavar="TAGS",
        help="with the addon installed, run Odoo's own tests, e.g. /purchase",
    )
    parser.add_argument(
        "--expect",
        type=int,
        default=1,
        metavar="N",
        help="with --odoo-tests: fewer than N tests are a failure",
    )
    return parser.parse_known_args(argv)


def _pytest(odoo, arguments):
    shutil.copy(DEV / "pytest_conftest.py", odoo.addons / "conftest.py")
    arguments, has_path = translate(arguments)
    if not has_path:
        arguments.append(f"{ADDON}/tests")
    command = [odoo.python, "-m", "pytest", "--odoo-http", f"--odoo-database={odoo.database}"]
    settings = [
        "--rootdir=.",
        "--confcutdir=.",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::DeprecationWarning",
    ]
    return _run([*command, *settings, *arguments], odoo)


def translate(arguments):
    """Return pytest's arguments with paths going through the link, and whether there are any.

    Paths may be relative to the current folder or to the checkout.
    """
    translated = []
    has_path = False
    previous = None
    for argument in arguments:
        name, *rest = argument.split("::")
        found = None
        if not argument.startswith("-") and previous not in VALUED:
            found = _inside_checkout(name)
        if found is not None:
            argument = "::".join([str(Path(ADDON) / found), *rest])
            has_path = True
        translated.append(argument)
        previous = argument
    return translated, has_path


def _inside_checkout(name):
    for base in (Path.cwd(), REPO):
        path = Path(os.path.normpath(base / name))
        for root in (path, path.resolve()):
            if path.exists() and root.is_relative_to(REPO):
                return root.relative_to(REPO)
    return None


def _odoo_tests(odoo, tags, expected):
    """Run Odoo's own tests with ``tags``; fewer than ``expected`` are a failure."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = odoo.folder / "tests.log"
    arguments = ["--test-tags", tags, "--stop-after-init", f"--http-port={port}"]
    code = _run(odoo.command(*arguments, f"--logfile={log}"), odoo)
    text = log.read_text() if log.exists() else ""
    found = RESULT.findall(text)
    if not found:
        raise SetupError(f"Odoo ran no test with the tags {tags}:\n{text[-3000:]}")
    failed, errors, total = map(int, found[-1])
    for line in text.splitlines():
        if " ERROR " in line or "FAIL:" in line:
            say(line)
    enough = total >= expected
    print(
        f"Odoo's tests {tags}: {total - failed - errors} passed, {failed + errors} failed"
        + ("" if enough else f" (at least {expected} tests were expected)")
    )
    return code or int(not enough or bool(failed or errors))


def _run(command, odoo):
    with running(command, signal.SIGINT, cwd=odoo.addons, env=odoo.environment) as process:
        return process.wait()


if __name__ == "__main__":
    run_main(main)
