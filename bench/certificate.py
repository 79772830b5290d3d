"""Compare posting bills with their payment certificates with posting them without.

Run ``python3 bench/certificate.py``: it measures ``measure_certificate.py`` in a fresh database,
prints one table and leaves nothing behind. It takes a few minutes. How it measures: see
``milestones.py``.
"""

from running import run

if __name__ == "__main__":
    run("measure_certificate.py")
