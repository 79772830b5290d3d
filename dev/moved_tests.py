"""Plugin of pytest for Odoo's own tests: moves what they attach to S3, and counts it."""

import pytest

from odoo.tools import config

# What these assert of the local file is so until the commit and no longer; their attachments are
# left to the scheduled action, as in production.
STAY_LOCAL = {
    "TestIrAttachment.test_02_store_on_disk",
    "TestIrAttachment.test_03_no_duplication",
    "TestIrAttachment.test_04_keep_file",
    "TestIrAttachment.test_05_change_data_change_file",
    "TestIrAttachment.test_11_copy",
    "TestIrAttachment.test_12_gc",
    "TestIrAttachment.test_13_rollback",
}
LEAST_MOVED = 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    import os
    name = f"{item.parent.name}.{item.name}"
    config.options["move_at_once"] = name not in STAY_LOCAL and not os.environ.get("NOMOVE")
    return (yield)


def pytest_sessionfinish(session):
    from odoo.addons.move_at_once.models import MOVED

    print(f"\n{len(MOVED)} attachments were moved to S3")
    if len(MOVED) < LEAST_MOVED:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
