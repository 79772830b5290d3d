"""Fed to ``odoo shell``: an active bucket for every company."""

import os

for company in env["res.company"].search([]):  # noqa: F821
    env["s3.bucket"].create(  # noqa: F821
        {
            "name": "Attachments of Odoo's tests",
            "company_id": company.id,
            "bucket": os.environ["PURCHASE_MILESTONE_S3_BUCKET"],
            "endpoint_url": os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"],
            "addressing_style": "path",
            "scope": "all",
        }
    ).action_activate()
env.cr.commit()  # noqa: F821
