"""Let 50 vendors deliver at once, and compare an order's page with and without milestones.

Run ``python3 bench/portal.py``: it measures ``measure_portal.py`` beside an Odoo of two workers, in
a fresh database, prints one table and leaves nothing behind. It takes some minutes.

Each delivery is sent twice at the same time, as by a vendor who presses twice: none may be lost
and none doubled.
"""

import socket
import subprocess

from running import BENCH, SetupError, fresh_odoo, run_main

from dev.processes import dies_with_us

WORKERS = 2


def main(_argv):
    """Start Odoo with its workers, run the measures in a shell beside it."""
    with fresh_odoo() as odoo:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(odoo.config, "a") as config:
            config.write(f"workers = {WORKERS}\ngevent_port = {port}\n")
        odoo.environment["PYTHONPATH"] += f":{BENCH}"
        with odoo.serving() as (url, _server), open(BENCH / "measure_portal.py") as script:
            odoo.environment["BENCH_URL"] = url
            answer = subprocess.run(
                [
                    *dies_with_us("TERM"),
                    *odoo.command("shell", "--no-http", "--log-level=error"),
                ],
                stdin=script,
                start_new_session=True,
                cwd=odoo.folder,
                env=odoo.environment,
            )
    if answer.returncode:
        raise SetupError("The measures ended early: see the error above.")
    return 0


if __name__ == "__main__":
    run_main(main)
