"""The steps up to the uninstallation. Runs inside Odoo: steps.py STEP.

What they find out they leave in the folder UNINSTALL_FOLDER.
"""

import json
import os
import sys
from pathlib import Path

from orders import make_orders
from snapshot import take_columns, take_data, take_definitions, take_schema

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

FOLDER = Path(os.environ["UNINSTALL_FOLDER"])


def never_installed(env):
    """Note what a database is like that has never had the addon."""
    columns = take_columns(env.cr)
    _leave(
        "never_installed",
        schema=take_schema(env.cr),
        columns=columns,
        definitions=take_definitions(env.cr, columns),
        models=sorted(env.registry),
    )


def orders(env):
    """Make orders with all that the addon gives them, and note what is in the database then."""
    never = json.loads((FOLDER / "never_installed.json").read_text())
    made, documents = make_orders(env)
    env.cr.commit()  # Odoo counts a vendor's bills once they are stored.
    models = sorted(set(env.registry) - set(never["models"]))
    data = take_data(env.cr, never["columns"], models)
    _leave("orders", orders=made, documents=documents, models=models, data=data)


def uninstall(env):
    """Do what the button of the Apps does."""
    module = env["ir.module.module"].search([("name", "=", "purchase_milestone")])
    module.button_immediate_uninstall()


def _leave(name, **what):
    (FOLDER / f"{name}.json").write_text(json.dumps(what))


def main(step):
    """Run the step as Odoo itself, in a transaction of its own."""
    config.parse_config([], setup_logging=True)
    with Registry(config["db_name"][0]).cursor() as cr:
        step(api.Environment(cr, SUPERUSER_ID, {}))


if __name__ == "__main__":
    steps = (never_installed, orders, uninstall)
    main({step.__name__: step for step in steps}[sys.argv[1]])
