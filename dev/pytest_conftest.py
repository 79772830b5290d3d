"""Put as conftest.py above the link to the addon: how pytest runs the addon's tests.

A skipped test is a failure. Tests are chosen by Odoo's tags. What pytest finds must be what Odoo's
own runner finds. Two processes can share the tests, each with a database and files of its own.
"""

import importlib
import itertools
import json
import time
from pathlib import Path

import pytest

SKIPPED = "Skipped, which counts as a failure here: {}"


def pytest_addoption(parser):
    """Add what bin/test needs to know."""
    parser.addoption("--tags", help="choose by Odoo's tags, e.g. -slow or /purchase_milestone")
    parser.addoption("--shared", type=Path, help="folder of the processes that share the tests")
    parser.addoption("--as-odoo", help="fail unless Odoo's runner finds the same in this module")


# ------------------------------------------------------------------
# Which tests
# ------------------------------------------------------------------


def pytest_ignore_collect(collection_path):
    """Leave out the tests of how the addon goes with a module that is not in the database."""
    if not collection_path.name.startswith("with_") or not collection_path.is_dir():
        return None
    tests = importlib.import_module(f"odoo.addons.{collection_path.parent.parent.name}.tests")
    return not tests.in_database(collection_path.name.removeprefix("with_")) or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Compare with what Odoo's runner finds, then leave out what the tags leave out."""
    from odoo.tests.tag_selector import TagsSelector

    if module := config.getoption("--as-odoo"):
        _check_same_as_odoo(module, items)
    if tags := config.getoption("--tags"):
        selector = TagsSelector(tags)
        chosen, left_out = [], []
        for item in items:
            fits = selector.check(item.cls(item.originalname))
            (chosen if fits else left_out).append(item)
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen


def _check_same_as_odoo(module, items):
    from odoo.tests import loader
    from odoo.tools import config

    config["test_tags"] = f"/{module}"
    by_odoo = {test.id() for test in loader.make_suite([module], "post_install")}
    by_pytest = {item.cls(item.originalname).id() for item in items}
    print(f"{len(by_pytest)} tests found by pytest, {len(by_odoo)} by Odoo's own runner")
    if by_odoo != by_pytest:
        different = "\n".join(sorted(by_odoo ^ by_pytest))
        pytest.exit(f"Only one of pytest and Odoo's own runner finds:\n{different}", returncode=1)


# ------------------------------------------------------------------
# Shared by two processes
# ------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    """Run pytest's own loop over the classes that this process is the first to claim."""
    folder = session.config.getoption("--shared")
    if folder is None or session.testsfailed or session.config.option.collectonly:
        return None
    claimed = itertools.chain(_claimed(session.items, folder), [None])
    for item, following in itertools.pairwise(claimed):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
    return True


def _claimed(items, folder):
    """Yield the tests of each class that no other process has begun with; slow classes first."""
    classes = [(cls, list(group)) for cls, group in itertools.groupby(items, lambda i: i.parent)]
    classes.sort(key=lambda pair: "slow" not in pair[0].obj.test_tags)
    for cls, tests in classes:
        try:
            (folder / cls.nodeid.replace("/", "-")).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield from tests


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Note how long each test takes, with what it prepares and tidies up, and whether it fails."""
    started, failed = time.monotonic(), item.session.testsfailed
    result = yield
    if folder := item.config.getoption("--shared"):
        seconds = round(time.monotonic() - started, 2)
        line = json.dumps([seconds, item.nodeid, item.session.testsfailed > failed])
        with open(folder / "results", "a") as results:
            results.write(f"{line}\n")
    return result


# ------------------------------------------------------------------
# Skipped is failed
# ------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn the skip of a test into its failure; expected failures stay what they are."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = SKIPPED.format(call.excinfo.value if call.excinfo else item.name)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Turn the skip of a whole file into its failure."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = SKIPPED.format(collector.nodeid)
    return report
