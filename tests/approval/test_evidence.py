import hashlib
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import PURCHASE_MANAGER
from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestEvidence(ApprovalCommon):
    def approved_with(self, **contents):
        milestone = self.completed()
        for name, content in contents.items():
            self.env["ir.attachment"].create(
                {"name": name, "raw": content, "res_model": milestone._name, "res_id": milestone.id}
            )
        self.approve(milestone, self.director)
        return milestone

    def test_history_names_each_document(self):
        milestone = self.approved_with(protocol=b"Earthing tested", photo=b"Cable trays")
        body = milestone.message_ids[0].body
        for name, content in (("protocol", b"Earthing tested"), ("photo", b"Cable trays")):
            digest = hashlib.sha256(content).hexdigest()
            self.assertIn(f"{name} ({len(content)} bytes, SHA-256 {digest})", body)

    def test_changed_file_is_found(self):
        milestone = self.approved_with(protocol=b"Earthing tested", photo=b"Cable trays")
        document = milestone.document_ids.filtered(lambda d: d.name == "protocol")
        reader = milestone.with_user(self.approver)
        self.assertEqual(reader.action_verify_evidence()["params"]["type"], "success")
        Path(document._full_path(document.store_fname)).write_bytes(b"Earthing passed")
        params = reader.action_verify_evidence()["params"]
        self.assertEqual(params["type"], "danger")
        self.assertIn("protocol", params["message"])
        self.assertNotIn("photo", params["message"])
        Path(document._full_path(document.store_fname)).unlink()
        self.assertIn("protocol", reader.action_verify_evidence()["params"]["message"])

    def test_nothing_sealed_is_said(self):
        with self.refused("nothing to compare"):
            self.approved_with().action_verify_evidence()

    def test_nobody_touches_approvals(self):
        approval = self.approved_with().approval_ids
        values = {
            "milestone_id": approval.milestone_id.id,
            "user_id": self.deputy.id,
            "date": "2026-01-01",
        }
        administrator = self.env.ref("base.user_admin")
        administrator.group_ids |= self.env.ref(PURCHASE_MANAGER)
        for user in (administrator, self.manager, self.director):
            records = approval.with_user(user)
            for change in (
                lambda records=records: records.create(values),
                lambda records=records: records.write({"is_cleared": True}),
                lambda records=records: records.unlink(),
                lambda records=records: records.milestone_id.write({"approval_ids": [(5,)]}),
            ):
                with self.refused("", (AccessError, UserError)):
                    change()
        with self.refused("cannot be created, changed or deleted"):
            approval.write({"user_id": self.deputy.id})
