"""A fresh database, in a PostgreSQL of its own, gone afterwards; copied from one that is kept."""

import contextlib
import os
import shutil
import time

from dev import postgres
from dev.odoo import Odoo, python
from dev.odoo_source import odoo_root
from dev.paths import (
    ADDON,
    DEV,
    addon_digest,
    build_once,
    cache,
    digest,
    locked,
    remove,
    run_folder,
)

DATABASE = f"{ADDON}_test"
# How many databases are kept, about 150 MB each.
KEPT = 10


@contextlib.contextmanager
def fresh_odoo(modules=(ADDON,)):
    """Give an Odoo whose new database has ``modules`` and no demo data."""
    with run_folder() as folder:
        own_server = not os.environ.get("PGHOST")
        if own_server:
            _copy(keep_template(modules), folder)
        # On a server that is shared, the run folder's name keeps two runs apart.
        database = DATABASE if own_server else f"{DATABASE}_{digest(folder)}"
        with postgres.server(python(), folder / "pg", folder / "s", postgres.FAST) as variables:
            odoo = Odoo(folder, database, variables)
            try:
                if not own_server:
                    odoo.load(_label(modules), "-i", ",".join(modules))
                yield odoo
            finally:
                if not own_server:
                    odoo.drop()


def keep_template(modules):
    """Return the kept folder of a database with ``modules``, made when it is not there yet.

    The addon is installed last, into a copy of a database that is kept without it: when a file of
    the addon has changed, only that is done anew.
    """
    others = [module for module in modules if module not in ("purchase", ADDON)]
    steps = [["purchase"], others, [ADDON] if ADDON in modules else []]
    template = _keep([step for step in steps if step])
    _forget_unused()
    return template


def _keep(steps):
    """Return the kept folder of a database into which these lists of modules were installed."""
    *below, last = steps
    release = (odoo_root() / "odoo/release.py").read_bytes()
    pins = (DEV / "requirements.txt").read_bytes()
    parts = [odoo_root(), release, pins, steps]
    if ADDON in last:
        parts.append(addon_digest())

    def build(target):
        if below:
            _copy(_keep(below), target)
        with (
            run_folder() as folder,
            postgres.server(python(), target / "pg", folder / "s", postgres.FAST) as variables,
        ):
            odoo = Odoo(folder, DATABASE, variables)
            if below:
                shutil.move(target / "files", folder / "files")
            odoo.load(_label(last), "-i", ",".join(last))
            odoo.shell(DEV / "assets.py", "The pages' scripts and styles could not be made")
            shutil.copytree(folder / "files", target / "files")

    template = build_once(f"template-{digest(*parts)}", build)
    os.utime(template)
    return template


def _label(modules):
    return f"Database with {', '.join(modules)}"


def _copy(template, folder):
    for name in ("pg", "files"):
        shutil.copytree(template / name, folder / name)


def _forget_unused():
    """Delete the databases that have not been used for the longest time."""
    with contextlib.suppress(BlockingIOError), locked(cache() / "templates.lock", wait=False):
        _delete_unused()


def _delete_unused():
    kept = [path for path in cache().glob("template-*") if path.is_dir() and not path.suffix]
    kept.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for template in kept[KEPT:]:
        # One that was used just now may still be copied.
        if time.time() - template.stat().st_mtime > 3600:
            remove(template.rename(template.with_suffix(".old")))
            template.with_name(f"{template.name}.lock").unlink(missing_ok=True)
