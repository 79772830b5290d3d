"""Compare what documents in S3 cost with Odoo's filestore and with Amazon's library alone.

Run ``python3 bench/s3.py``: it measures ``measure_s3.py`` in a fresh database with an Odoo and an
S3 server (rclone on a folder) of its own, prints a table and leaves nothing behind. It takes five
to ten minutes. "Beside it" is boto3 with as many bytes at the same server in the same process, or
Odoo's filestore where the row says so.
"""

import subprocess

from running import BENCH, SetupError, fresh_odoo, run_main

from dev import s3
from dev.odoo import python
from dev.paths import run_folder
from dev.processes import dies_with_us


def main(_argv):
    """Start S3 and Odoo, run the measures in a shell beside it; return the exit code."""
    with fresh_odoo() as odoo, run_folder() as folder, s3.server(python(), folder) as variables:
        odoo.environment |= variables
        odoo.environment["PYTHONPATH"] += f":{BENCH}"
        with odoo.serving() as (url, server), open(BENCH / "measure_s3.py") as script:
            odoo.environment |= {"BENCH_URL": url, "BENCH_PID": str(server.pid)}
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
