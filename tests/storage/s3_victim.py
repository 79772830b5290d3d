"""A process of Odoo that runs a scheduled action of the document storage and is killed in it.

Started by `test_s3_kills` with the database, the method to run, and the place where it ends: the
name of a method of the client or of the bucket, `+` before it to let it be done first, and how
many calls of it are to be survived.
"""

import importlib
import os
import signal
import sys

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


def end_at(owner, name, after, survived):
    """Let the process end where ``name`` is called once more than ``survived`` times."""
    real = getattr(owner, name)
    calls = []

    def call(*arguments, **named):
        calls.append(name)
        if len(calls) > survived and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if len(calls) > survived:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, call)


def main(database, method, place, survived):
    """Run ``method`` of the buckets and be killed at ``place``."""
    odoo.tools.config.parse_config(["--database", database, "--log-level", "critical"])
    with Registry(database).cursor() as cr:
        buckets = api.Environment(cr, SUPERUSER_ID, {})["s3.bucket"]
        # Only now: Odoo's addons path is known since the registry was loaded.
        s3_client = importlib.import_module("odoo.addons.purchase_milestone.tools.s3.client")
        name = place.removeprefix("+")
        owner = s3_client.S3Client if hasattr(s3_client.S3Client, name) else type(buckets)
        end_at(owner, name, place.startswith("+"), int(survived))
        getattr(buckets, method)()


if __name__ == "__main__":
    main(*sys.argv[1:])
