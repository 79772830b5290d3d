"""Put as conftest.py above the link to the addon: a skipped test is a failure."""

import pytest

SKIPPED = "Skipped, which counts as a failure here: {}"


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
