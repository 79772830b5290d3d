from odoo.tests import Form, TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestS3Screens(TransactionCase):
    """The form of a bucket, as its administrator meets it."""

    def test_a_new_form_writes_nothing_into_the_log(self):
        with self.assertNoLogs(level="WARNING"), Form(self.env["s3.bucket"]) as form:
            form.name = "Milestone documents"
            form.bucket = "acme-documents"
            form.endpoint_url = "https://s3.example.com"
            form.scope = "models"
            form.model_ids.add(self.env.ref("purchase.model_purchase_order"))
