"""Update a database of the version before, with orders and documents in S3, and compare."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from dev import postgres
from dev.fresh_database import DATABASE, fresh_odoo
from dev.odoo import Odoo, python
from dev.paths import ADDON, REPO, digest, run_folder
from dev.ui import SetupError, say
from system.moto import moto

HERE = Path(__file__).parent
# The last commit of the version before.
BEFORE = "cbc99bd"
SHOWN = 50


def check(_modules=(), _arguments=()):
    """Install the version before, use it, update it, and compare; return the exit code."""
    with run_folder() as folder:
        old = _version_before(folder / "before")
        steps = shutil.copytree(HERE, folder / "steps")
        shutil.copy(HERE.parent / "uninstall/snapshot.py", steps)
        # Orders are made with the names that the version before has, beside those of its demo.
        orders = (old / "dev/uninstall/orders.py").read_text()
        (steps / "orders.py").write_text(orders.replace('"211900"', '"211999"'))
        before, after = _update(folder, old, steps)
        with fresh_odoo() as odoo:
            fresh = _step(odoo, steps, "definitions")
    found = [*_changes(before, after), *_leftovers(before["names"], after, fresh)]
    for complaint in found[:SHOWN]:
        say(complaint)
    print(
        f"Update: {sum(map(len, before['rows'].values()))} rows, "
        f"{sum(map(len, before['figures'].values()))} records with what is computed, "
        f"{len(before['documents'])} documents in S3, {len(before['rights'])} rights compared; "
        f"{len(found)} differences"
    )
    return int(bool(found))


def _version_before(folder):
    """Return the folder with the files of the version before, out of git's history."""
    archive = folder.with_suffix(".tar")
    command = ["git", "archive", "-o", archive, BEFORE]
    if subprocess.run(command, cwd=REPO, capture_output=True).returncode:
        raise SetupError(
            f"The version before ({BEFORE}) is not in this clone: run git fetch --unshallow."
        )
    shutil.unpack_archive(archive, folder)
    return folder


def _update(folder, old, steps):
    """Return what the database held before and after its update."""
    with (
        moto(python(), folder) as s3,
        postgres.server(python(), folder / "pg", folder / "s", postgres.FAST) as variables,
    ):
        odoo = Odoo(folder, f"{DATABASE}_{digest(folder)}", {**variables, **s3.variables})
        try:
            _use(odoo, old)
            odoo.load("The version before, with its demo", "-i", ADDON, "--with-demo")
            odoo.shell(old / "dev/demo_storage.py", "The demo's documents did not get into S3")
            before = _step(odoo, steps, "before")
            _use(odoo, REPO)
            odoo.load("Updating", "-u", ADDON)
            return before, _step(odoo, steps, "after")
        finally:
            if os.environ.get("PGHOST"):
                odoo.drop()


def _use(odoo, folder):
    """Let Odoo find the addon in ``folder``."""
    link = odoo.addons / ADDON
    link.unlink()
    link.symlink_to(folder)


def _step(odoo, steps, name):
    """Run a step of steps.py; return what it found out."""
    odoo.environment |= {"ANSWER": str(steps / name), "BEFORE": str(steps / "before")}
    command = [odoo.python, steps / "steps.py", name]
    odoo.run(f"Update: {name}", command, f"The step {name} of system/upgrade/steps.py failed")
    return json.loads((steps / name).read_text())


def _changes(before, after):
    """Yield what was entered, computed, stored or allowed and is not as it was."""
    for table, columns in before["columns"].items():
        lost = set(columns) - set(after["columns"].get(table, ()))
        if lost:
            yield f"Table {table}: lost {', '.join(sorted(lost))}"
        elif set(before["rows"].get(table, ())) ^ set(after["rows"].get(table, ())):
            yield f"Table {table}: other rows than before"
    for model, records in before["figures"].items():
        for key, record in records.items():
            now = after["figures"].get(model, {}).get(key, {})
            for field, value in record.items():
                if now.get(field, "nothing") != value:
                    yield f"{model} {key}, {field}: {value!r} is now {now.get(field)!r}"
    for subject in ("documents", "rights"):
        for key, value in before[subject].items():
            if after[subject].get(key) != value:
                yield f"{subject} of {key}: {value} is now {after[subject].get(key)}"


def _leftovers(models, after, fresh):
    """Yield what a database that was updated has and a fresh one has not, or the other way.

    :param models: the models of the version before, since the demo adds to those of other modules
    """
    ours = re.compile("|".join(re.escape(name).replace(r"\.", "[._]") for name in models))
    for subject in fresh:
        for name in sorted(set(after[subject]) ^ set(fresh[subject])):
            # Odoo keeps indexes that a field has no longer.
            if (subject == "xmlids" or ours.search(name)) and not name.endswith("_index"):
                where = "left" if name in after[subject] else "missing"
                yield f"{where} after the update, {subject}: {name}"
