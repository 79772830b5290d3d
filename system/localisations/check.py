"""Live the life of an order under the charts of accounts of ten countries."""

import shutil

from dev.browser import browser_path
from dev.fresh_database import fresh_odoo
from dev.paths import ADDON, DEV

# Odoo's addons of the countries whose charts `test_localisations.py` loads.
COUNTRIES = ("ae", "au", "ca", "de", "es", "fr_account", "in", "mx", "sa", "uk")


def check(_modules=(), arguments=()):
    """Run the tests with all these charts; ``arguments`` are pytest's."""
    path = browser_path()
    with fresh_odoo([ADDON, *(f"l10n_{country}" for country in COUNTRIES)]) as odoo:
        odoo.environment["PATH"] = path
        shutil.copy(DEV / "pytest_conftest.py", odoo.addons / "conftest.py")
        return odoo.pytest(*arguments, f"{ADDON}/system/localisations")
