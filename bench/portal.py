"""Let 50 vendors deliver at once, and compare an order's page with and without milestones.

Run ``python3 bench/portal.py``: it measures ``measure_portal.py`` beside an Odoo of two workers, in
a fresh database, prints one table and leaves nothing behind. It takes some minutes.

Each delivery is sent twice at the same time, as by a vendor who presses twice: none may be lost
and none doubled.
"""

import socket

from running import measure_beside_server, run_main

WORKERS = 2


def main(_argv):
    """Start Odoo with its workers, run the measures in a shell beside it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = f"workers = {WORKERS}\ngevent_port = {port}\n"
    measure_beside_server("measure_portal.py", settings)
    return 0


if __name__ == "__main__":
    run_main(main)
