"""Compare what documents in S3 cost with Odoo's filestore and with Amazon's library alone.

Run ``python3 bench/s3.py``: it measures ``measure_s3.py`` and, with a million documents in S3 and a
million elsewhere, ``measure_s3_many.py`` in a fresh database with an Odoo and an S3 server (rclone
on a folder) of its own, prints a table and leaves nothing behind. It takes ten to twenty minutes.
"Beside it" is boto3 with as many bytes at the same server in the same process, or Odoo's filestore
where the row says so.
"""

import subprocess
from contextlib import ExitStack, contextmanager

from running import BENCH, SetupError, fresh_odoo, run_main

from dev import s3
from dev.odoo import python
from dev.paths import run_folder
from dev.processes import dies_with_us


def main(_argv):
    """Start S3 and Odoo, run the measures in a shell beside it; return the exit code."""
    with beside_s3() as measure:
        measure("measure_s3.py", serving=True)
        measure("measure_s3_many.py")
    return 0


@contextmanager
def beside_s3():
    """Give a function that measures, in a database beside an S3 server; all is gone afterwards.

    The function takes the name of a file of this folder, and whether Odoo is to serve meanwhile.
    """
    with fresh_odoo() as odoo, run_folder() as folder, s3.server(python(), folder) as variables:
        odoo.environment |= variables
        odoo.environment["PYTHONPATH"] += f":{BENCH}"

        def measure(name, serving=False):
            with ExitStack() as stack:
                if serving:
                    url, server = stack.enter_context(odoo.serving())
                    odoo.environment |= {"BENCH_URL": url, "BENCH_PID": str(server.pid)}
                _measure(odoo, name)

        yield measure


def _measure(odoo, name):
    """Feed a file of this folder to ``odoo shell``."""
    with open(BENCH / name) as script:
        answer = subprocess.run(
            [*dies_with_us("TERM"), *odoo.command("shell", "--no-http", "--log-level=error")],
            stdin=script,
            start_new_session=True,
            cwd=odoo.folder,
            env=odoo.environment,
        )
    if answer.returncode:
        raise SetupError(f"The measures of {name} ended early: see the error above.")


if __name__ == "__main__":
    run_main(main)
