"""Run measures inside Odoo, in a fresh database that is gone afterwards."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH.parent))

from dev.fresh_database import fresh_odoo  # noqa: E402
from dev.processes import dies_with_us  # noqa: E402
from dev.ui import SetupError, run_main  # noqa: E402


def run(measures):
    """Feed the file ``measures`` of this folder to ``odoo shell`` and end as it does."""
    run_main(lambda _argv: _measure(measures))


def _measure(measures):
    with fresh_odoo() as odoo, open(BENCH / measures) as script:
        odoo.environment["PYTHONPATH"] += f":{BENCH}"
        command = odoo.command("shell", "--no-http", "--log-level=error")
        answer = subprocess.run(
            [*dies_with_us("TERM"), *command],
            stdin=script,
            start_new_session=True,
            cwd=odoo.folder,
            env=odoo.environment,
        )
    if answer.returncode:
        raise SetupError("The measures ended early: see the error above.")
    return 0
