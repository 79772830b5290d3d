"""Move a company's attachments to S3 while its users work, and bring them back.

Run ``python3 bench/s3_load.py``: it measures ``measure_s3_load.py`` beside an Odoo and an S3 server
(rclone on a folder) of its own, prints a table and leaves nothing behind. With 200,000 attachments,
or as many as ``BENCH_DOCUMENTS`` says, it takes about an hour.

Users add, read and list attachments all the time: nobody may wait much longer than before, and
nothing may be lost.
"""

from running import run_main
from s3 import beside_s3


def main(_argv):
    """Start S3 and Odoo, run the measures in a shell beside them; return the exit code."""
    with beside_s3() as measure:
        measure("measure_s3_load.py", serving=True)
    return 0


if __name__ == "__main__":
    run_main(main)
