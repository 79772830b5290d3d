"""What every decision checks first, and the groups and statuses that it asks for."""

from math import isfinite

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

BUYER = "purchase.group_purchase_user"
MANAGER = "purchase.group_purchase_manager"
APPROVER = "purchase_milestone.group_milestone_approver"
RELEASE_OFFICER = "purchase_milestone.group_retention_release"
# A vendor's portal user reads none of the fields that carry this group.
INTERNAL = "base.group_user"

# From completion on a milestone's amount is frozen: the plan no longer moves it.
FROZEN_STATES = ("completed", "approved")

# Values of context keys that lift a guard for our own methods. They are objects, and compared by
# identity: no value that comes from outside (RPC, import, a user's default) can be one of them.
# Under `purchase_milestone_delete`: the record that a history or a document belongs to is deleted.
DELETED_BY_US = object()
# Under `purchase_retention`: these bills and their lines are made by our own methods.
# Under `purchase_milestone_approval`: the life cycle records or clears an approval.
MADE_BY_US = object()
# Under `purchase_order_copy`: this create comes from `copy`.
COPY_UNDER_WAY = object()
# Under `purchase_milestone_mail`: an incoming mail is being recorded.
MAIL_ARRIVES = object()
# Under `purchase_milestone_asking`: these activities are opened by our own methods.
ASKED_ONLY = object()


class GuardedValues(dict):
    """Values of a write by our own methods, which the guards let pass. No caller can send one."""


def check_right(env, group):
    """Raise AccessError unless the user is in the group.

    Asked of the user and never of the environment: sudo() gives no right to decide.
    """
    if not env.user.has_group(group):
        # sudo: res.groups - the name of the right, for the message
        right = env.ref(group).sudo().full_name
        raise AccessError(
            env._(
                "You need the right “%(right)s” for this. Ask an administrator to grant it.",
                right=right,
            )
        )


def is_number(value):
    """Return whether a value that may come over RPC is a number to calculate with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def check_reason(env, reason):
    """Return the reason without surrounding spaces; raise UserError if there is none."""
    reason = str(reason or "").strip()
    if not reason:
        raise UserError(env._("Give a reason: it is kept in the history."))
    return reason


def check_obstacles(records, get_obstacle):
    """Raise UserError naming each record for which ``get_obstacle`` returns a sentence."""
    obstacles = [
        f"- {record.display_name}: {obstacle}"
        for record in records
        if (obstacle := get_obstacle(record))
    ]
    if obstacles:
        sentence = records.env._("Nothing was changed, because of:")
        raise UserError("\n".join([sentence, *obstacles]))


def filter_changed(records, vals, names):
    """Return the records of which ``vals`` would change one of the fields ``names``."""
    fields = [records._fields[name] for name in vals.keys() & set(names)]
    return records.filtered(
        lambda record: any(
            record[field.name]
            != field.convert_to_record(field.convert_to_cache(vals[field.name], record), record)
            for field in fields
        )
    )


def serialize_on(records):
    """Make concurrent transactions that decide on these rows exclude each other.

    At Odoo's isolation level, a transaction that waits for a lock goes on with the old figures. A
    write on the row makes PostgreSQL refuse the second transaction, and Odoo runs it again with the
    new figures.
    """
    if records:
        records.env.execute_query(
            SQL(
                "UPDATE %s SET write_date = write_date WHERE id IN %s RETURNING id",
                SQL.identifier(records._table),
                tuple(records.ids),
            )
        )
