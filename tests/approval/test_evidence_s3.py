from odoo.tests import tagged

from ..storage.common import S3Common


@tagged("post_install", "-at_install")
class TestEvidenceS3(S3Common):
    def test_document_in_s3_is_sealed_and_a_changed_one_is_found(self):
        document = self.stored("Earthing test.pdf", b"All trays below 0.1 ohm")
        self.bring_to(self.milestone, "approved")
        self.assertIn("Earthing test.pdf (23 bytes, SHA-256", self.milestone.message_ids[0].body)
        reader = self.milestone.with_user(self.approver)
        self.assertEqual(reader.action_verify_evidence()["params"]["type"], "success")
        key = self.env["s3.object"].search([("store_fname", "=", document.store_fname)]).key
        self.s3.put_object(Bucket=self.bucket.bucket, Key=key, Body=b"All trays below 9.9 ohm")
        answer = reader.action_verify_evidence()["params"]
        self.assertEqual(answer["type"], "danger")
        self.assertIn("Earthing test.pdf", answer["message"])
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=key)
        answer = reader.action_verify_evidence()["params"]
        self.assertEqual(answer["type"], "danger")
        self.assertIn("Earthing test.pdf", answer["message"])
