"""Compare what asking for approvals and reminding cost with activities that Odoo schedules.

Run ``python3 bench/approval.py``: it measures ``measure_approval.py`` in a fresh database, prints
one table and leaves nothing behind. It takes some minutes: the last rows are of 100,000 milestones.
How it measures: see ``milestones.py``.
"""

from running import run

if __name__ == "__main__":
    run("measure_approval.py")
