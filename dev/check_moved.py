"""Odoo's own attachment tests, with each attachment moved to S3 as soon as it is there."""

import shutil
import subprocess
import sys

from dev.browser import browser_path
from dev.fresh_database import fresh_odoo
from dev.moto import moto
from dev.paths import ADDON, DEV
from dev.odoo import python
from dev.paths import run_folder
from dev.ui import SetupError

TESTS = (
    "base/tests/test_ir_attachment.py",
)


def check_moved(arguments=()):
    """Run the tests; return the exit code."""
    path = browser_path()
    with run_folder() as folder, moto(python(), folder) as s3, fresh_odoo([ADDON, "test_mail"]) as odoo:
        odoo.environment |= {"PATH": path, **s3.variables}
        shutil.copytree(DEV / "move_at_once", odoo.addons / "move_at_once")
        shutil.copy(DEV / "moved_tests.py", odoo.addons)
        odoo.load("Attachments move at once", "-i", "move_at_once")
        shell(odoo, odoo.addons / "move_at_once/bucket.py")
        addons = odoo.root / "odoo/addons"
        if not arguments: arguments = [addons / name for name in TESTS]
        else: arguments = [a.replace("ADDONS", str(addons)) for a in arguments]
        code = odoo.pytest("-p", "moved_tests", "--odoo-http", *arguments)
        reqs = s3.requests()
        from collections import Counter
        print(Counter((m, s) for m, p, s in reqs))
        if "--keep" in sys.argv: breakpoint()
        return code

def shell(odoo, script):
    with open(script) as s, open(odoo.log, "a") as log:
        command = odoo.command("shell", "--no-http", "--log-level=warn")
        answer = subprocess.run(command, stdin=s, stdout=log, stderr=log, cwd=odoo.folder, env=odoo.environment)
    if answer.returncode:
        raise SetupError(odoo.log.read_text()[-3000:])

if __name__ == "__main__":
    from dev.ui import run_main
    run_main(lambda argv: check_moved(argv))
