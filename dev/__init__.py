"""Developer tooling: gets Odoo, Python packages, PostgreSQL and a browser, and runs them.

Only the standard library is used here, and never the addon, whose package imports Odoo; but for
pytest_conftest.py and the folder uninstall/, which run inside Odoo.
"""

import sys

if not (3, 10) <= sys.version_info < (3, 14):
    sys.exit(
        "Python {}.{} cannot run Odoo 19.0: put a python3 of version 3.10 to 3.13 first "
        "on the PATH.".format(*sys.version_info[:2])
    )
