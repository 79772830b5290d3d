"""Compare what bills of milestones cost with what Odoo's own bills cost.

Run ``python3 bench/billing.py``: it measures ``measure_billing.py`` in a fresh database, prints one
table and leaves nothing behind. It takes a few minutes. How it measures: see ``milestones.py``.
"""

from running import run

if __name__ == "__main__":
    run("measure_billing.py")
