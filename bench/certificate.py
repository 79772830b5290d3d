"""Compare certificates with what Odoo does without: posting bills, and printing an order.

Run ``python3 bench/certificate.py``: it measures ``measure_certificate.py`` in a fresh database,
beside a web server that gives the PDFs their styles, prints one table and leaves nothing behind. It
takes a few minutes. How it measures: see ``milestones.py``.
"""

import os

from running import measure_beside_server, run_main

from dev.wkhtmltopdf import pdf_path


def main(_argv):
    """Print PDFs for real, and run the measures."""
    os.environ["PATH"] = pdf_path()
    measure_beside_server("measure_certificate.py")
    return 0


if __name__ == "__main__":
    run_main(main)
