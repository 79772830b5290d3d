"""Install the addon, use it, uninstall it, and see that the orders are what they were."""

from dev.fresh_database import fresh_odoo
from dev.paths import ADDON, DEV

SCRIPTS = DEV / "uninstall"


def check_uninstall(modules=()):
    """Check it with further ``modules`` in the database; return the exit code."""
    with fresh_odoo(["purchase", *modules]) as odoo:
        odoo.environment["UNINSTALL_FOLDER"] = str(odoo.folder)
        _step(odoo, "never_installed")
        odoo.load("The addon", "-i", ADDON)
        _step(odoo, "orders")
        _step(odoo, "uninstall")
        # In a process that has never seen the addon.
        code = odoo.pytest(SCRIPTS / "test_after_uninstall.py")
        odoo.load("The addon once more", "-i", ADDON)
    return code


def _step(odoo, name):
    command = [odoo.python, SCRIPTS / "steps.py", name]
    odoo.run(f"Uninstall: {name}", command, f"The step {name} of {SCRIPTS / 'steps.py'} failed")
