"""Compare what orders without milestones cost with the addon and without it.

Run ``python3 bench/plain_orders.py``: it measures ``measure_plain_orders.py`` in two fresh
databases, one with the addon and one with Odoo's Purchase alone, prints one table and leaves
nothing behind.
Only queries are judged: the same number as without the addon, or a constant more for 100 orders.
"""

import json

from measuring import show
from running import SetupError, measure, run_main

# For 100 records at once: a few queries more, and never one for each.
CONSTANT = 10


def main(_argv):
    """Measure with and without the addon; return 1 if an operation costs more than it may."""
    ours, theirs = (
        json.loads(measure("measure_plain_orders.py", modules, capture=True).splitlines()[-1])
        for modules in (["purchase", "purchase_milestone"], ["purchase"])
    )
    if ours.keys() != theirs.keys():
        raise SetupError("The two databases have measured different things.")
    show("100 orders without milestones", "with the addon", "without", "more", "goal", "met")
    failed = 0
    for what, queries in ours.items():
        more = queries - theirs[what]
        failed += more > CONSTANT
        shown = (f"{queries:,} q", f"{theirs[what]:,} q", f"{more:+d}", f"<= {CONSTANT}")
        show(what, *shown, "NO" if more > CONSTANT else "yes")
    return int(bool(failed))


if __name__ == "__main__":
    run_main(main)
