"""Compare what milestones cost with what Odoo's own documents cost.

Run ``python3 bench/milestones.py``: it measures ``measure_milestones.py`` in a fresh database,
prints one table and leaves nothing behind. It takes five to ten minutes.

Each pair is measured in one run, in turns, from cold caches of records; the medians are compared.
Ratios and numbers of queries (q) are judged, since they depend little on the machine; times are
only shown. "Odoo's own" is measured in the same database, so with the addon installed.
"""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH.parent))

from dev.fresh_database import fresh_odoo  # noqa: E402
from dev.processes import dies_with_us  # noqa: E402
from dev.ui import SetupError, run_main  # noqa: E402


def main(_argv):
    """Run the measures inside Odoo; return the exit code."""
    with fresh_odoo() as odoo, open(BENCH / "measure_milestones.py") as measures:
        command = odoo.command("shell", "--no-http", "--log-level=error")
        answer = subprocess.run(
            [*dies_with_us("TERM"), *command],
            stdin=measures,
            start_new_session=True,
            cwd=odoo.folder,
            env=odoo.environment,
        )
    if answer.returncode:
        raise SetupError("The measures ended early: see the error above.")
    return 0


if __name__ == "__main__":
    run_main(main)
