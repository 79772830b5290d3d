"""For the whole server: every test runs once all addons are loaded, and its result is noted.

Odoo runs the tests of the kind `at_install` while it installs an addon, which is before it
loads those that come after. Here they run as the others do. The results go as JSON to the file
that the variable TEST_RESULTS names.
"""

import json
import os
from pathlib import Path

from odoo.tests import loader
from odoo.tests.result import OdooTestResult
from odoo.tests.suite import OdooSuite

RESULTS = {}

_make_suite = loader.make_suite
_start_test = OdooTestResult.startTest
_log_error = OdooTestResult.logError
_add_skip = OdooTestResult.addSkip
_log_stats = OdooTestResult.log_stats


def make_suite(module_names, position="at_install"):
    """Return the tests of both kinds when those for the end are asked for."""
    if position == "at_install":
        return OdooSuite()
    return OdooSuite(
        [*_make_suite(module_names, "at_install"), *_make_suite(module_names, position)]
    )


def start_test(self, test):
    RESULTS.setdefault(test.id(), "passed")
    return _start_test(self, test)


def log_error(self, flavour, test, error):
    # Of a subtest its test; of what prepares a class an entry of its own.
    RESULTS[getattr(test, "test_case", test).id()] = "failed"
    return _log_error(self, flavour, test, error)


def add_skip(self, test, reason):
    RESULTS[test.id()] = "skipped"
    return _add_skip(self, test, reason)


def log_stats(self):
    Path(os.environ["TEST_RESULTS"]).write_text(json.dumps(RESULTS, indent=1))
    return _log_stats(self)


loader.make_suite = make_suite
OdooTestResult.startTest = start_test
OdooTestResult.logError = log_error
OdooTestResult.addSkip = add_skip
OdooTestResult.log_stats = log_stats
