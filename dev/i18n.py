"""bin/i18n: the addon's terms anew, and what each language lacks."""

import argparse
import subprocess

from dev.fresh_database import fresh_odoo
from dev.paths import ADDON, DEV, REPO
from dev.ui import run_main


def main(argv):
    """Export i18n/*.pot from a fresh database and merge it into the .po files."""
    argparse.ArgumentParser(prog="bin/i18n", description=main.__doc__).parse_args(argv)
    template = REPO / "i18n" / f"{ADDON}.pot"
    with fresh_odoo([ADDON]) as odoo:
        # Odoo writes into the folder of the module, which is a link to this checkout.
        export = odoo.command("i18n", "export", "-c", odoo.config, "-d", odoo.database)
        subprocess.run([*export, ADDON, "-l", "pot"], env=odoo.environment, check=True)
        return subprocess.run([odoo.python, DEV / "merge_translations.py", template]).returncode


if __name__ == "__main__":
    run_main(main)
