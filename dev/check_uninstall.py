"""Install the addon, use it, uninstall it, and see that the orders are what they were."""

import signal

from dev.fresh_database import fresh_odoo
from dev.paths import ADDON, DEV
from dev.processes import running
from dev.ui import run_main

SCRIPTS = DEV / "uninstall"


def main(modules):
    """Check with further ``modules`` in the database; return the exit code."""
    with fresh_odoo(["purchase", *modules]) as odoo:
        odoo.environment["UNINSTALL_FOLDER"] = str(odoo.folder)
        _step(odoo, "never_installed")
        odoo.load("The addon", "-i", ADDON)
        _step(odoo, "orders")
        _step(odoo, "uninstall")
        code = _pytest(odoo)
        odoo.load("The addon once more", "-i", ADDON)
    return code


def _step(odoo, name):
    command = [odoo.python, SCRIPTS / "steps.py", name]
    odoo.run(f"Uninstall: {name}", command, f"The step {name} of {SCRIPTS / 'steps.py'} failed")


def _pytest(odoo):
    """Run the checks in a process that has never seen the addon."""
    command = [odoo.python, "-m", "pytest", f"--odoo-database={odoo.database}"]
    settings = ["-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning", "--confcutdir=."]
    command += [*settings, SCRIPTS / "test_after_uninstall.py"]
    with running(command, signal.SIGINT, cwd=odoo.folder, env=odoo.environment) as process:
        return process.wait()


if __name__ == "__main__":
    run_main(main)
