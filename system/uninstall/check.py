"""Install the addon, use it, uninstall it, and see that the orders are what they were."""

import shutil
from pathlib import Path

from dev.fresh_database import fresh_odoo
from dev.paths import ADDON

HERE = Path(__file__).parent


def check(modules, arguments=()):
    """Check it with further ``modules`` in the database; ``arguments`` are pytest's."""
    with fresh_odoo(["purchase", *modules]) as odoo:
        # Away from the checkout: what pytest collects there it imports as a part of the addon.
        scripts = shutil.copytree(HERE, odoo.folder / "uninstall")
        odoo.environment["UNINSTALL_FOLDER"] = str(odoo.folder)
        _step(odoo, scripts, "never_installed")
        odoo.load("The addon", "-i", ADDON)
        _step(odoo, scripts, "orders")
        _step(odoo, scripts, "uninstall")
        # In a process that has never seen the addon.
        code = odoo.pytest(*arguments, scripts / "test_after_uninstall.py")
        odoo.load("The addon once more", "-i", ADDON)
    return code


def _step(odoo, scripts, name):
    command = [odoo.python, scripts / "steps.py", name]
    odoo.run(f"Uninstall: {name}", command, f"The step {name} of system/uninstall/steps.py failed")
