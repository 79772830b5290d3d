"""Compare what milestones cost with what Odoo's own documents cost.

Run ``python3 bench/milestones.py``: it measures ``measure_milestones.py`` in a fresh database,
prints one table and leaves nothing behind. It takes five to ten minutes.

Each pair is measured in one run, in turns, from cold caches of records; the medians are compared.
Ratios and numbers of queries (q) are judged, since they depend little on the machine; times are
only shown. "Odoo's own" is measured in the same database, so with the addon installed.
"""

from running import run

if __name__ == "__main__":
    run("measure_milestones.py")
