"""Compare what documents in S3 cost with Odoo's filestore and with Amazon's library alone.

Run ``python3 bench/s3.py``: it measures ``measure_s3.py`` in a fresh database with an Odoo and an
S3 server (rclone on a folder) of its own, prints a table and leaves nothing behind. It takes five
to ten minutes. "Beside it" is boto3 with as many bytes at the same server in the same process, or
Odoo's filestore where the row says so.
"""

import signal
import socket
import subprocess
import time
import urllib.request

from running import BENCH, SetupError, fresh_odoo, run_main

from dev import s3
from dev.odoo import python
from dev.paths import run_folder
from dev.processes import dies_with_us, running


def main(_argv):
    """Start S3 and Odoo, run the measures in a shell beside it; return the exit code."""
    with fresh_odoo() as odoo, run_folder() as folder, s3.server(python(), folder) as variables:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        odoo.environment |= variables
        odoo.environment["PYTHONPATH"] += f":{BENCH}"
        odoo.environment["BENCH_URL"] = url = f"http://127.0.0.1:{port}"
        with (
            open(odoo.log, "a") as log,
            running(
                odoo.command(f"--http-port={port}"),
                signal.SIGTERM,
                stdout=log,
                stderr=log,
                cwd=odoo.folder,
                env=odoo.environment,
            ) as server,
            open(BENCH / "measure_s3.py") as script,
        ):
            _wait_for(f"{url}/web/login")
            odoo.environment["BENCH_PID"] = str(server.pid)
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


def _wait_for(url):
    for _attempt in range(300):
        try:
            return urllib.request.urlopen(url, timeout=120).close()
        except OSError:
            time.sleep(0.2)
    raise SetupError(f"Odoo does not answer at {url}")


if __name__ == "__main__":
    run_main(main)
