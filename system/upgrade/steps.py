"""What a database holds before and after its update. Runs inside Odoo: steps.py STEP.

What a step finds out it leaves in the file ANSWER.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from orders import make_orders
from snapshot import take_columns, take_data, take_schema

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

ADDON = "purchase_milestone"
# Models of others that the addon adds fields to.
EXTENDED = [
    *("account.move", "account.move.line", "ir.attachment", "purchase.order"),
    *("purchase.order.line", "res.company"),
]
OPERATIONS = ("read", "write", "create", "unlink")
# What an update may write anew in every record.
STAMPS = {"write_date", "write_uid"}


def before(env):
    """Add orders in every state to those of the demo, and note what the database holds."""
    # Of products that everybody may use: the buyers of these orders see one company only.
    others = env["res.company"].search([("id", "!=", env.company.id)])
    others.account_purchase_tax_id = False
    make_orders(env)
    # What the demo of the new version adds is no change.
    env.ref("base.module_purchase_milestone").demo = False
    env.cr.commit()
    columns = {
        table: [name for name in names if name not in STAMPS]
        for table, names in take_columns(env.cr).items()
    }
    names = env["ir.model"].browse(_model_ids(env)).mapped("model")
    return {**facts(env, _models_of_the_addon(env), columns), "names": names}


def after(env):
    """Note the same of the same models and columns."""
    noted = json.loads(Path(os.environ["BEFORE"]).read_text())
    now = take_columns(env.cr)
    columns = {
        table: [name for name in names if name in now[table]]
        for table, names in noted["columns"].items()
        if table in now
    }
    models = [model for model in noted["models"] if model in env.registry]
    return {**facts(env, models, columns), **definitions(env)}


def definitions(env):
    """Note what Odoo knows of models: tables, columns, models, fields, external identifiers."""
    env.cr.execute(
        "SELECT model FROM ir_model UNION SELECT model || '.' || name FROM ir_model_fields"
    )
    models = [name for (name,) in env.cr.fetchall()]
    env.cr.execute(
        "SELECT model || ' ' || name FROM ir_model_data"
        " WHERE module = %s AND (model LIKE 'ir.%%' OR model = 'res.groups')"
        # Documents of the demo.
        " AND model != 'ir.attachment'",
        [ADDON],
    )
    xmlids = [name for (name,) in env.cr.fetchall()]
    return {"schema": take_schema(env.cr), "models_and_fields": models, "xmlids": xmlids}


def facts(env, models, columns):
    """Return rows, figures, documents and rights."""
    return {
        "models": models,
        "columns": columns,
        "rows": take_data(env.cr, columns, []),
        "figures": {model: _figures(env[model]) for model in [*models, *EXTENDED]},
        "documents": _documents(env),
        "rights": _rights(env, [*models, *EXTENDED]),
    }


def _models_of_the_addon(env):
    """Return the models that people have rights on."""
    models = env["ir.model"].browse(_model_ids(env)).mapped("model")
    # What users see of messages grows with every message of others; a module's description is new.
    models = [name for name in models if name not in ("mail.message", "ir.module.module")]
    return [name for name in models if not env[name]._abstract and not env[name]._transient]


def _model_ids(env):
    rows = env["ir.model.data"].search([("module", "=", ADDON), ("model", "=", "ir.model")])
    return rows.mapped("res_id")


def _figures(model):
    """Return ``{id: {field: value}}``, also of what is computed when it is read."""
    names = [
        name
        for name, field in model._fields.items()
        if field.type != "binary" and name not in STAMPS
    ]
    return {record.pop("id"): record for record in model.search([]).read(names)}


def _documents(env):
    documents = env["ir.attachment"].search([("store_fname", "=like", "s3:%")])
    return {d.id: [d.store_fname, hashlib.sha256(d.raw).hexdigest()] for d in documents}


def _rights(env, models):
    """Return what each user may do, and which records that concerns."""
    rights = {}
    for user in env["res.users"].search([("id", "!=", SUPERUSER_ID)]):
        companies = user.company_ids.ids
        for name in models:
            model = env[name].with_user(user).with_context(allowed_company_ids=companies)
            may = [operation for operation in OPERATIONS if model.has_access(operation)]
            seen = sorted(model.search([]).ids) if "read" in may else []
            rights[f"{user.login}: {name}"] = [*may, *seen]
        rights[f"{user.login}: groups"] = sorted(user.all_group_ids.ids)
    return rights


def main(step):
    """Run the step as Odoo itself."""
    config.parse_config([], setup_logging=True)
    with Registry(config["db_name"][0]).cursor() as cr:
        answer = step(api.Environment(cr, SUPERUSER_ID, {}))
    Path(os.environ["ANSWER"]).write_text(json.dumps(answer, default=str))


if __name__ == "__main__":
    main({step.__name__: step for step in (before, after, definitions)}[sys.argv[1]])
