"""Odoo's own tests of attachments, with each attachment in S3 as soon as it is there."""

import shutil
from pathlib import Path

from dev.browser import browser_path
from dev.fresh_database import fresh_odoo
from dev.odoo import python
from dev.paths import ADDON, run_folder
from system.moto import moto

HERE = Path(__file__).parent
# The files of tests that have to do with attachments.
TESTS = {
    "base": ["test_ir_attachment", "test_ir_mail_server"],
    "mail": [
        *("discuss/test_discuss_attachment_controller", "discuss/test_discuss_channel"),
        *("discuss/test_message_controller", "discuss/test_toggle_upload"),
        *("test_mail_composer", "test_mail_message_translate", "test_mail_template"),
    ],
    "test_mail": [
        *("test_controller_attachment", "test_controller_thread", "test_ir_attachment"),
        *("test_mail_activity", "test_mail_activity_mixin", "test_mail_composer"),
        *("test_mail_gateway", "test_mail_mail", "test_mail_message", "test_mail_message_security"),
        *("test_mail_multicompany", "test_mail_template", "test_mail_template_preview"),
        *("test_mail_thread_internals", "test_message_post"),
    ],
}
LEAST_MOVED = 900


def check(_modules=(), arguments=()):
    """Run them all, or those that pytest's ``arguments`` choose; return the exit code."""
    path = browser_path()
    with (
        run_folder() as folder,
        moto(python(), folder) as s3,
        fresh_odoo([ADDON, "test_mail"]) as odoo,
    ):
        odoo.environment |= {"PATH": path, **s3.variables}
        shutil.copytree(HERE / "move_at_once", odoo.addons / "move_at_once")
        shutil.copy(HERE / "moved_tests.py", odoo.addons)
        odoo.load("Attachments move at once", "-i", "move_at_once")
        odoo.shell(HERE / "move_at_once/bucket.py", "No bucket for Odoo's tests")
        files = [
            odoo.root / "odoo/addons" / module / "tests" / f"{name}.py"
            for module, names in TESTS.items()
            for name in names
        ]
        least = 1 if arguments else LEAST_MOVED
        options = ["-p", "moved_tests", f"--least-moved={least}", "--odoo-http", "--tb=short"]
        return odoo.pytest(*options, *arguments, *files)
