"""A fresh database with the addon, in a PostgreSQL of its own, gone afterwards."""

import contextlib
import os
import shutil

from dev import postgres
from dev.odoo import Odoo, python
from dev.odoo_source import odoo_root
from dev.paths import ADDON, DEV, build_once, digest, run_folder

DATABASE = f"{ADDON}_test"


@contextlib.contextmanager
def fresh_odoo(modules=(ADDON,)):
    """Give an Odoo whose new database has ``modules`` and no demo data."""
    with run_folder() as folder:
        own_server = not os.environ.get("PGHOST")
        if own_server:
            template = _template()
            shutil.copytree(template / "pg", folder / "pg")
            shutil.copytree(template / "files", folder / "files")
        # On a server that is shared, the run folder's name keeps two runs apart.
        database = DATABASE if own_server else f"{DATABASE}_{digest(folder)}"
        with postgres.server(python(), folder / "pg", folder / "s", postgres.FAST) as variables:
            odoo = Odoo(folder, database, variables)
            try:
                odoo.load(f"Fresh database with {', '.join(modules)}", "-i", ",".join(modules))
                yield odoo
            finally:
                if not own_server:
                    odoo.drop()


def _template():
    """Return a kept copy of a database with ``purchase``: it saves a minute each time."""
    release = (odoo_root() / "odoo/release.py").read_bytes()
    pins = (DEV / "requirements.txt").read_bytes()
    return build_once(f"template-{digest(odoo_root(), release, pins)}", _make_template)


def _make_template(target):
    with (
        run_folder() as folder,
        postgres.server(python(), target / "pg", folder / "s", postgres.FAST) as variables,
    ):
        odoo = Odoo(folder, DATABASE, variables)
        odoo.load("Database with purchase, kept for later runs", "-i", "purchase")
        shutil.copytree(folder / "files", target / "files")
