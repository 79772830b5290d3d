"""What happens in the original database and in its copies. Runs inside Odoo: steps.py STEP ...

What a step finds out it leaves in the file COPIES_ANSWER.
"""

import hashlib
import importlib
import json
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

LARGE = 17 * 2**20  # goes in three parts


class Killed(BaseException):
    """The process ends here."""


def original(env, scope):
    """Have documents that are stored, deleted, waiting, and on their way in every phase.

    :param scope: which documents belong in the bucket
    """
    partner = env["res.partner"].create({"name": "Quay Builders"})
    product = env["product.product"].create({"name": "Quay wall", "type": "service"})
    env["purchase.order"].create(
        {
            "partner_id": partner.id,
            "order_line": [Command.create({"product_id": product.id, "price_unit": 25_000})],
            "milestone_ids": [Command.create({"name": "Fenders", "percentage": 20})],
        }
    )
    bucket = env["s3.bucket"].create(
        {
            "name": "Milestone documents",
            "bucket": os.environ["PURCHASE_MILESTONE_S3_BUCKET"],
            "endpoint_url": os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"],
            "addressing_style": "path",
            "scope": scope,
        }
    )
    bucket.action_activate()
    for number in range(4):
        _attach(env, f"Stored {number}")
    _attach(env, "Stored drawing", LARGE)
    bucket._cron_offload()
    deleted(env)
    # Killed at each place between the ledger's row and the flip of the attachment.
    for name, size, method in (
        ("Begun", 0, "put"),
        ("Put", 0, "_flip"),
        ("Begun drawing", LARGE, "begin_parts"),
        ("Half drawing", LARGE, "complete_parts"),
    ):
        _offload_until(bucket, _attach(env, name, size), method)
    for number in range(2):
        _attach(env, f"Waiting {number}")
    return facts(env)


def deleted(env):
    """Delete documents that are in S3, and have it noticed."""
    documents = [_attach(env, f"Deleted {number}") for number in range(2)]
    env["s3.bucket"]._cron_offload()
    for document in documents:
        assert document.store_fname.startswith("s3:"), document.store_fname
        document.unlink()
    env["s3.bucket"]._cron_collect()
    return facts(env)


def goes_on(env):
    """Let the original collect, and begin the upload that it had not begun when it was copied."""
    bucket = env["s3.bucket"].search([])
    bucket._cron_collect()
    drawing = env["ir.attachment"].search([("name", "=", "Begun drawing")])
    _offload_until(bucket, drawing, "complete_parts")
    return facts(env)


def claim_copy(env):
    """Say that this is a copy, and use the bucket again."""
    bucket = env["s3.bucket"].search([])
    bucket._cron_collect()
    bucket.action_claim_copy()
    bucket.action_activate()
    return facts(env)


def claim_moved(env):
    """Say that this is the moved server; the scheduled action runs at once then."""
    bucket = env["s3.bucket"].search([])
    bucket.action_claim_moved()
    bucket._cron_collect()
    return facts(env)


def run(env, *works):
    """Do what touches S3, in this order; tell also what could be read before."""
    bucket = env["s3.bucket"].search([])
    read = _contents(env)
    for work in works:
        if work == "expire":
            _expire(env)
        elif work == "drain":
            with suppress(UserError):
                bucket.action_drain()
            bucket._cron_offload()
        else:
            getattr(bucket, work)()
    return {**facts(env), "read": read}


def facts(env):
    """Tell the state of the bucket, the documents' contents and the ledger's keys."""
    env.cr.commit()
    bucket = env["s3.bucket"].search([])
    ledger = env["s3.object"].search([])
    needed = ledger.filtered(lambda row: row.state == "stored" and not row.orphaned_at)
    return {
        "state": bucket.state,
        "error": bucket.last_error,
        "stored": bucket.stored_count,
        "waiting": bucket.waiting_count,
        "contents": _contents(env),
        "keys": ledger.mapped("key"),
        "needed": needed.mapped("key"),
        "fence": f"{bucket._own_prefix()}fence",
    }


def _attach(env, name, size=0):
    milestone = env["purchase.milestone"].search([])
    return env["ir.attachment"].create(
        {
            "name": name,
            "raw": name.encode().ljust(size, b"."),
            "res_model": milestone._name,
            "res_id": milestone.id,
        }
    )


def _offload_until(bucket, document, method):
    """Move one document, and end where ``method`` is called."""
    bucket.env.cr.commit()
    local = document._s3_local_file()
    # Only now: Odoo's addons path is known since the registry was loaded.
    s3_client = importlib.import_module("odoo.addons.purchase_milestone.tools.s3.client")
    s3_secret = importlib.import_module("odoo.addons.purchase_milestone.tools.s3.secret")
    client = s3_secret.client_of(bucket, patient=True)
    owner = type(bucket) if hasattr(bucket, method) else s3_client.S3Client
    with patch.object(owner, method, side_effect=Killed), suppress(Killed):
        bucket._offload_batch(client, {document.id: (local, document.store_fname)})
        raise AssertionError(f"{document.name} was not interrupted")
    bucket.env.cr.rollback()


def _expire(env):
    """Make the ledger older than any grace."""
    for name in ("create_date", "stored_at", "orphaned_at"):
        env.cr.execute(f"UPDATE s3_object SET {name} = {name} - %s", [timedelta(days=30)])
    env.cr.commit()
    env.invalidate_all()


def _contents(env):
    """Return the digest of each document's content."""
    documents = env["ir.attachment"].search([("res_model", "=", "purchase.milestone")])
    return {d.name: hashlib.sha256(d.raw).hexdigest() for d in documents}


def main(step, *arguments):
    """Run the step as Odoo itself."""
    config.parse_config([], setup_logging=True)
    with Registry(config["db_name"][0]).cursor() as cr:
        answer = globals()[step](api.Environment(cr, SUPERUSER_ID, {}), *arguments)
    Path(os.environ["COPIES_ANSWER"]).write_text(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
