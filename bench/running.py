"""Run measures inside Odoo, in a fresh database that is gone afterwards."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH.parent))

from dev.fresh_database import fresh_odoo  # noqa: E402
from dev.paths import ADDON  # noqa: E402
from dev.processes import dies_with_us  # noqa: E402
from dev.ui import SetupError, run_main  # noqa: E402, F401


def run(measures):
    """Feed the file ``measures`` of this folder to ``odoo shell`` and end as it does."""
    run_main(lambda _argv: measure(measures) or 0)


def measure(measures, modules=(ADDON,), capture=False):
    """Feed the file ``measures`` to ``odoo shell`` in a database with ``modules``.

    :param capture: return what it prints instead of showing it
    """
    with fresh_odoo(modules) as odoo:
        return _feed(odoo, measures, capture)


def measure_beside_server(measures, settings=""):
    """Feed the file ``measures`` to ``odoo shell`` beside a web server, whose address is BENCH_URL.

    :param settings: lines of Odoo's configuration
    """
    with fresh_odoo() as odoo:
        with open(odoo.config, "a") as config:
            config.write(settings)
        with odoo.serving() as (url, _server):
            odoo.environment["BENCH_URL"] = url
            _feed(odoo, measures)


def _feed(odoo, measures, capture=False):
    odoo.environment["PYTHONPATH"] += f":{BENCH}"
    command = odoo.command("shell", "--no-http", "--log-level=error")
    with open(BENCH / measures) as script:
        answer = subprocess.run(
            [*dies_with_us("TERM"), *command],
            stdin=script,
            stdout=subprocess.PIPE if capture else None,
            text=True,
            start_new_session=True,
            cwd=odoo.folder,
            env=odoo.environment,
        )
    if answer.returncode:
        raise SetupError("The measures ended early: see the error above.")
    return answer.stdout
