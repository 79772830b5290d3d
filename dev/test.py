"""bin/test: the addon into a fresh database, then its tests; or all that there is to check."""

import argparse
import importlib
import os
import re
import shutil
import socket
from pathlib import Path

from dev.browser import browser_path
from dev.fresh_database import fresh_odoo, keep_template
from dev.paths import ADDON, DEV, REPO
from dev.side_by_side import side_by_side
from dev.ui import SetupError, run_main, say
from dev.wkhtmltopdf import pdf_path

# Options of pytest whose value is an argument of its own, so never a path to translate.
VALUED = {"-k", "-m", "-n", "-p", "-o", "-c", "-W", "-r"}
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


OTHERS = "--with=purchase_stock,base_automation"
# What other modules can change: receipts and bills, the form that stock extends, automation.
WITH_OTHERS = (
    "tests/with_purchase_stock",
    "tests/with_base_automation",
    "tests/billing",
    "tests/milestone/test_views.py",
)
TESTS = ("Tests", ["--shared={folder}/tests"])
TESTS_WITH_OTHERS = (
    "Tests with other modules",
    # What takes long (tours, random orders, races) runs without them alone.
    ["--shared={folder}/others", OTHERS, "--quick", *WITH_OTHERS],
)
# Two processes share the tests.
EVERYTHING = (
    *(TESTS, TESTS),
    *(TESTS_WITH_OTHERS, TESTS_WITH_OTHERS),
    ("Tests with other modules, found", [OTHERS, "--collect-only", "--quiet"]),
    ("Uninstall", ["--uninstall"]),
    ("Uninstall with purchase_stock", ["--uninstall", "--with=purchase_stock"]),
)
QUICK = (("Quick tests", ["--shared={folder}/tests", "--quick"]),) * 2


def main(argv):
    """Run the tests that ``argv`` asks for, or everything; return the exit code."""
    if argv in ([], ["--quick"]):
        # What has to be fetched first says how far it is.
        pdf_path(browser_path())
        keep_template([ADDON])
        return side_by_side(QUICK if argv else EVERYTHING)
    options, rest = _parse(argv)
    if options.check:
        return _check(options.check)(options.modules, rest)
    if options.odoo_tests:
        return _odoo_tests(options.modules, options.odoo_tests, options.expect)
    return _suite(options, rest)


def _parse(argv):
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Install the addon into a fresh database and run its tests; without "
        "arguments everything: also with other modules, and what uninstalling leaves.",
        epilog="All other arguments go to pytest, e.g. -k name or tests/test_x.py::TestX.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="leave out the tests that have Odoo's tag slow",
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
        "--shared",
        type=Path,
        metavar="FOLDER",
        help="run only the classes that no other process with this folder has begun with",
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
    group = parser.add_argument_group("checks of a whole installation, one folder of system/ each")
    for path in sorted(REPO.glob("system/*/check.py")):
        name = path.parent.name
        text = importlib.import_module(f"system.{name}.check").__doc__.partition("\n")[0]
        option = f"--{name.replace('_', '-')}"
        group.add_argument(option, action="store_const", dest="check", const=name, help=text)
    return parser.parse_known_args(argv)


def _check(name):
    """Return the check of the folder ``name`` of system/."""
    return importlib.import_module(f"system.{name}.check").check


def _suite(options, arguments):
    arguments, has_path = translate(arguments)
    if not has_path:
        arguments.append(f"{ADDON}/tests")
        if not any(argument.startswith("--ignore") for argument in arguments):
            arguments.append(f"--as-odoo={ADDON}")
    if options.quick:
        arguments.append("--tags=-slow")
    if options.shared:
        options.shared.mkdir(exist_ok=True)
        arguments.append(f"--shared={options.shared}")
    path = pdf_path(browser_path())
    with fresh_odoo([ADDON, *options.modules]) as odoo:
        odoo.environment["PATH"] = path
        shutil.copy(DEV / "pytest_conftest.py", odoo.addons / "conftest.py")
        return odoo.pytest("--odoo-http", *arguments)


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


def _odoo_tests(modules, tags, expected):
    """Run Odoo's own tests with ``tags``; fewer than ``expected`` are a failure."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = browser_path()
    with fresh_odoo([ADDON, *modules]) as odoo:
        odoo.environment["PATH"] = path
        log = odoo.folder / "tests.log"
        arguments = ["--test-tags", tags, "--stop-after-init", f"--http-port={port}"]
        code = odoo.run_shown(odoo.command(*arguments, f"--logfile={log}"))
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


if __name__ == "__main__":
    run_main(main)
