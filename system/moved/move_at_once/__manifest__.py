{
    "name": "Every attachment in S3 at once",
    "summary": "For bin/test --moved: Odoo's own tests with their attachments in S3",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["purchase_milestone"],
}
