"""Fed to ``odoo shell`` by bin/demo: the company's documents in the demo's own S3."""

import os

bucket = env["s3.bucket"].create(  # noqa: F821
    {
        "name": "Milestone documents",
        "bucket": os.environ["PURCHASE_MILESTONE_S3_BUCKET"],
        "endpoint_url": os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"],
        "addressing_style": "path",
    }
)
bucket.action_test_connection()
bucket.action_activate()
env.cr.commit()  # noqa: F821
bucket._cron_offload()
