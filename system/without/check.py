"""Take a capability and those after it out of a copy: the rest installs and passes its tests.

``bin/test --without billing``; further arguments go to pytest.
"""

import re
import shutil

from dev.browser import browser_path
from dev.fresh_database import fresh_odoo
from dev.layers import capabilities
from dev.paths import ADDON, DEV, NOT_THE_ADDON, REPO
from dev.ui import SetupError
from dev.wkhtmltopdf import pdf_path

MODULES = [path.name for path in REPO.glob("tests/with_*")]
# views/billing/x.xml in the manifest; from . import billing, from .billing import x; and what
# tests/__init__.py imports when a module is in the database.
LINES = (
    r"^if in_database.*\n"
    r'|^( *"\w+/({names})/| *from \. import ({names})$| *from \.({names}) import ).*\n'
)


def check(_modules=(), arguments=()):
    """Check it with the capability that is the first of ``arguments``; return the exit code."""
    names = capabilities()
    if not arguments or arguments[0] not in names[1:]:
        raise SetupError(f"Name what is taken out: bin/test --without {' or '.join(names[1:])}")
    first, *rest = arguments
    place = names.index(first)
    left, path = names[:place], pdf_path(browser_path())
    with fresh_odoo(["purchase"]) as odoo:
        addon = odoo.addons / ADDON
        addon.unlink()
        shutil.copytree(REPO, addon, ignore=shutil.ignore_patterns(".*", *NOT_THE_ADDON))
        _take_out(addon, [*names[place:], "access", *MODULES])
        odoo.load(f"The addon with {', '.join(left)}", "-i", ADDON)
        odoo.environment["PATH"] = path
        shutil.copy(DEV / "pytest_conftest.py", odoo.addons / "conftest.py")
        tests = [f"{ADDON}/tests/{name}" for name in left]
        # The terms of what was taken out are in i18n/ all the same.
        tests.append(f"--deselect={ADDON}/tests/milestone/test_translations.py")
        return odoo.pytest("--odoo-http", f"--as-odoo={ADDON}", "--tags=-slow", *rest, *tests)


def _take_out(addon, folders):
    """Delete the folders of these names, and the lines that name them."""
    lines = re.compile(LINES.format(names="|".join(folders)), re.MULTILINE)
    for path in [path for path in addon.glob("*/*") if path.name in folders]:
        shutil.rmtree(path)
    for path in [addon / "__manifest__.py", *addon.rglob("__init__.py")]:
        path.write_text(lines.sub("", path.read_text()))
