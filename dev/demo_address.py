"""Fed to ``odoo shell`` by bin/demo: where wkhtmltopdf gets the styles of a PDF from."""

import os

env["ir.config_parameter"].set_param("report.url", os.environ["PURCHASE_MILESTONE_ADDRESS"])  # noqa: F821
env.cr.commit()  # noqa: F821
