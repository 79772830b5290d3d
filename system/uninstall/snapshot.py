"""What a database holds, in a form that two moments can be compared in. Runs inside Odoo."""

# Names of all that the schema has.
SCHEMA = """
    SELECT 'relation ' || relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'i', 'S')
     UNION ALL
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
      FROM information_schema.columns WHERE table_schema = 'public'
     UNION ALL
    SELECT 'constraint ' || conrelid::regclass || '.' || conname FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace
"""
COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
      JOIN pg_class ON relname = table_name AND relkind = 'r'
     WHERE table_schema = 'public' ORDER BY 1, 2
"""
# Odoo's own notes, which come and go: files of the web client, wake-ups, notifications. Others it
# forgets with every addon: of foreign keys on others' tables, and xmlids that mail gave to models.
PASSING = (
    *("ir_attachment", "ir_cron_trigger", "bus_bus", "orm_signaling_registry"),
    *("ir_model_constraint", "ir_model_data"),
)
# Who loses a right is written to.
STAMPED = {"res_users", "res_partner"}
# What goes with the models and actions that it is about.
MESSAGES = "SELECT id FROM mail_message WHERE model = ANY(%(models)s) OR model LIKE 'ir.%%'"
MAILS = f"SELECT id FROM mail_mail WHERE mail_message_id IN ({MESSAGES})"
FOLLOWERS = "SELECT id FROM mail_followers WHERE res_model = ANY(%(models)s)"
# What the addon brings along: types of activities, templates of mails.
OURS = (
    "id IN (SELECT res_id FROM ir_model_data"
    " WHERE module = 'purchase_milestone' AND model = '{model}')"
)
ABOUT = {
    "mail_message": f"id IN ({MESSAGES})",
    "mail_activity": "res_model = ANY(%(models)s)",
    "mail_followers": f"id IN ({FOLLOWERS})",
    "mail_followers_mail_message_subtype_rel": f"mail_followers_id IN ({FOLLOWERS})",
    "mail_notification": f"mail_message_id IN ({MESSAGES})",
    "mail_tracking_value": f"mail_message_id IN ({MESSAGES})",
    "mail_message_res_partner_rel": f"mail_message_id IN ({MESSAGES})",
    "message_attachment_rel": f"message_id IN ({MESSAGES})",
    "mail_mail": f"id IN ({MAILS})",
    "mail_mail_res_partner_rel": f"mail_mail_id IN ({MAILS})",
    "mail_template_ir_actions_report_rel": "mail_template_" + OURS.format(model="mail.template"),
}


def take_schema(cr):
    """Return the names of all that is in the schema: tables, columns, indexes, constraints."""
    cr.execute(SCHEMA)
    return [name for (name,) in cr.fetchall()]


def take_columns(cr):
    """Return ``{table: [column]}``."""
    cr.execute(COLUMNS)
    columns = {}
    for table, column in cr.fetchall():
        columns.setdefault(table, []).append(column)
    return columns


def take_definitions(cr, columns):
    """Return ``{table: [id]}`` of what modules bring: models, views, menus, groups, actions ..."""
    definitions = {}
    for table, names in columns.items():
        if _is_definition(table) and "id" in names:
            cr.execute(f'SELECT id FROM "{table}" ORDER BY id')
            definitions[table] = [number for (number,) in cr.fetchall()]
    return definitions


def take_data(cr, columns, models):
    """Return ``{table: [row]}`` of what people enter, in these columns, but nothing of ``models``.

    Attachments count as what people enter when they hang on a record of theirs.
    """
    data = {}
    for table, names in columns.items():
        if not _is_definition(table) and table not in PASSING:
            left_out = ABOUT.get(table, "false")
            if "id" in names:
                left_out = f"({left_out}) OR {OURS.format(model=table.replace('_', '.'))}"
            data[table] = _rows(cr, table, names, left_out, models)
    own = "res_model IS NULL OR res_model LIKE 'ir.%%' OR res_model = ANY(%(models)s)"
    data["ir_attachment"] = _rows(cr, "ir_attachment", columns["ir_attachment"], own, models)
    return data


def _is_definition(table):
    return table not in PASSING and (table.startswith("ir_") or "group" in table)


def _rows(cr, table, names, left_out, models):
    if table in STAMPED:
        names = [name for name in names if not name.startswith("write_")]
    listed = ", ".join(f'"{name}"' for name in names)
    cr.execute(
        f'SELECT to_jsonb(row)::text FROM (SELECT {listed} FROM "{table}"'
        f" WHERE NOT coalesce({left_out}, false)) AS row ORDER BY 1",
        {"models": models},
    )
    return [row for (row,) in cr.fetchall()]
