"""What happens when the addon is uninstalled."""

from odoo.tools import SQL

from .tools.checks import BUYER
from .tools.s3.secret import keep_secrets_out_of_the_log

# The documents of these records move to their orders.
MODELS_OF_ORDERS = (
    "purchase.milestone",
    "purchase.retention.release",
    "purchase.milestone.certificate",
    "purchase.milestone.submission",
)


def post_load():
    """Prepare the server process, once, when it loads the addon."""
    keep_secrets_out_of_the_log()


def uninstall_hook(env):
    """Move documents to their orders, and delete what keeps Odoo from deleting our records."""
    _move_documents(env)
    _delete_activities(env)
    # Buyers came to it for our reports.
    reporting, buyers = env.ref("purchase.purchase_report_main"), env.ref(BUYER)
    reporting.group_ids -= buyers
    # Odoo would leave the counters of single years behind in PostgreSQL.
    _find_ours(env, "ir.sequence").date_range_ids.unlink()


def _find_ours(env, model):
    """Return the records of ``model`` that the addon has brought along."""
    data = env["ir.model.data"].search(
        [("module", "=", "purchase_milestone"), ("model", "=", model)]
    )
    return env[model].browse(data.mapped("res_id")).exists()


def _delete_activities(env):
    """Delete the activities of our types, on orders too: Odoo keeps a type that is in use."""
    activities = env["mail.activity"].with_context(active_test=False)
    types = _find_ours(env, "mail.activity.type")
    activities.search([("activity_type_id", "in", types.ids)]).unlink()


def _move_documents(env):
    """Move the documents of milestones, releases and certificates to their orders.

    Odoo deletes, with the models, what is attached to them.
    """
    for name in MODELS_OF_ORDERS:
        # In SQL, since the guard of evidence refuses to move documents, and in one statement.
        env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET res_model = 'purchase.order', res_id = owner.order_id"
                " FROM %s AS owner"
                " WHERE res_model = %s AND res_id = owner.id AND res_field IS NULL",
                SQL.identifier(env[name]._table),
                name,
            )
        )
    attachments = env["ir.attachment"].with_context(skip_res_field_check=True)
    attachments.invalidate_model(["res_model", "res_id"])
    # Odoo fails on links among the records that it deletes, and then leaves tables behind.
    ours = [name for name, model in env.items() if model._original_module == "purchase_milestone"]
    attachments.search([("res_model", "in", ours), ("store_fname", "=", False)]).unlink()
