"""Compare the results of other addons' tests with this addon and without it (needs the network)."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

from dev import postgres
from dev.browser import browser_path
from dev.fresh_database import DATABASE
from dev.odoo import Odoo, python
from dev.odoo_source import odoo_root
from dev.paths import ADDON, DEV, build_once, digest, run_folder
from dev.ui import SetupError, say

HERE = Path(__file__).parent
# Odoo's own addons around purchase and bills, and which of their tests: those of `account` that
# have to do with bills, payments and what reconciles them, the others whole.
ODOO_ADDONS = {
    "purchase": [],
    "purchase_requisition": [],
    "purchase_requisition_stock": [],
    "purchase_stock": [],
    "account": [
        "test_account_bill_deductibility",
        "test_account_move_entry",
        "test_account_move_in_invoice",
        "test_account_move_in_refund",
        "test_account_move_payments_widget",
        "test_account_move_reconcile",
        "test_account_payment",
        "test_account_payment_register",
        "test_early_payment_discount",
        "test_taxes_downpayment",
    ],
    "account_payment": [],
    "stock_account": [],
}


def check(_modules=(), arguments=()):
    """Run the tests of how we go with neighbours, then theirs, and compare; return the exit code.

    :param arguments: of pytest, for our own tests; with any, only these run
    """
    addons = _addons()
    with _odoo(addons) as odoo:
        odoo.load(f"{ADDON} among its neighbours", "-i", ADDON)
        code = odoo.pytest("--odoo-http", *arguments, f"{ADDON}/system/neighbours")
        if arguments:
            return code
        found = _run(odoo, addons)
        differences = _compare(_results_without(addons), found)
        for test in differences:
            say(_find_failure(odoo.log, test))
    return int(bool(differences)) or code


def _addons():
    """Return the folder with the pinned addons and packages, fetched when they are not there."""
    pins = (HERE / "addons.txt").read_text()
    return build_once(f"neighbours-addons-{digest(pins)}", _fetch)


def _fetch(target):
    pip = [python(), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--no-deps", "--no-compile", "--target", target, "-r", HERE / "addons.txt"]
    answer = subprocess.run([*pip, *options], capture_output=True, text=True)
    if answer.returncode:
        raise SetupError(
            f"The neighbours could not be fetched: {answer.stderr[-2000:]}\nCheck the network."
        )


def _names(addons):
    return sorted(path.name for path in (addons / "odoo/addons").iterdir())


def _template(addons):
    """Return a kept copy of a database with all neighbours and without us."""
    release = (odoo_root() / "odoo/release.py").read_bytes()
    pins = (DEV / "requirements.txt").read_bytes()
    name = f"neighbours-{digest(odoo_root(), release, pins, addons.name, *ODOO_ADDONS)}"
    return build_once(name, lambda target: _make_template(addons, target))


def _make_template(addons, target):
    with (
        run_folder() as folder,
        postgres.server(python(), target / "pg", folder / "s", postgres.FAST) as variables,
    ):
        odoo = _configured(folder, variables, addons)
        modules = ",".join([*ODOO_ADDONS, *_names(addons)])
        odoo.load("Database with the neighbours, kept for later runs", "-i", modules)
        shutil.copytree(folder / "files", target / "files")


@contextlib.contextmanager
def _odoo(addons):
    """Give an Odoo on a copy of the database with all neighbours, deleted afterwards."""
    template = _template(addons)
    with run_folder() as folder:
        shutil.copytree(template / "pg", folder / "pg")
        shutil.copytree(template / "files", folder / "files")
        with postgres.server(python(), folder / "pg", folder / "s", postgres.FAST) as variables:
            yield _configured(folder, variables, addons)


def _configured(folder, variables, addons):
    odoo = Odoo(folder, DATABASE, variables)
    odoo.environment["PYTHONPATH"] += os.pathsep + str(addons)
    odoo.environment["PATH"] = browser_path()
    for path in [*(addons / "odoo/addons").iterdir(), HERE / "every_test"]:
        (odoo.addons / path.name).symlink_to(path)
    shutil.copy(DEV / "pytest_conftest.py", odoo.addons / "conftest.py")
    return odoo


def _tags(addons):
    """Return which tests of the neighbours run, as Odoo's option wants it."""
    tags = [f"/{name}" for name in _names(addons)]
    for name, files in ODOO_ADDONS.items():
        tags += [f"/{name}/tests/{file}.py" for file in files] or [f"/{name}"]
    return ",".join(tags)


def _results_without(addons):
    """Return ``{test: result}`` without us, kept: our code has nothing to do with it."""
    runner = (HERE / "every_test/__init__.py").read_bytes()
    name = f"neighbours-results-{digest(_template(addons).name, _tags(addons), runner)}"
    kept = build_once(name, lambda target: _keep_results(addons, target))
    return json.loads((kept / "results.json").read_text())


def _keep_results(addons, target):
    with _odoo(addons) as odoo:
        (target / "results.json").write_text(json.dumps(_run(odoo, addons)))


def _run(odoo, addons):
    """Run the neighbours' tests with Odoo's own runner; return ``{test: result}``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    results = odoo.folder / "results.json"
    odoo.environment["TEST_RESULTS"] = str(results)
    arguments = ["--load=base,rpc,web,every_test", "--test-tags", _tags(addons)]
    options = [f"--http-port={port}", "--stop-after-init", f"--logfile={odoo.log}"]
    odoo.run_shown(odoo.command(*arguments, *options))
    if not results.exists():
        raise SetupError(f"The neighbours' tests did not run:\n{odoo.log.read_text()[-3000:]}")
    return json.loads(results.read_text())


def _compare(without, found):
    """Print the numbers of each addon and each difference; return the tests that differ."""
    print(f"{'':32}{'without us':>22}{'with us':>22}")
    print(f"{'':32}" + f"{'run':>11}{'passed':>11}" * 2)
    for addon in sorted({_addon(test) for test in (*without, *found)}):
        cells = [_count(results, addon) for results in (without, found)]
        print(f"{addon:32}" + "".join(f"{run:11}{passed:11}" for run, passed in cells))
    tests = sorted({*without, *found})
    differences = [test for test in tests if without.get(test) != found.get(test)]
    for test in differences:
        before, after = (results.get(test, "not run") for results in (without, found))
        print(f"{test}: {before} without us, {after} with us")
    print(f"{len(tests)} tests, {len(differences)} with another result")
    return differences


def _find_failure(log, test):
    """Return what the log says of a test that failed."""
    name = ".".join(test.split(".")[-2:])
    _before, found, after = log.read_text().partition(f": {name}\n")
    return f"{name}:\n{after[:3000]}" if found else f"{name}: see the test"


def _addon(test):
    """Return the addon of a test, or of the class whose preparation failed."""
    return test.partition("odoo.addons.")[2].partition(".")[0]


def _count(results, addon):
    own = [result for test, result in results.items() if _addon(test) == addon]
    return len(own), own.count("passed")
