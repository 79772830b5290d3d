from odoo.tests import tagged

from .common_guards import GuardCommon

REFUSED = "are evidence"


@tagged("post_install", "-at_install", "slow")
class TestGuardsDocuments(GuardCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_order = cls.create_order(100_000, [cls.fixed("Culvert", 5_000)], confirm=True)

    def milestone_with_document(self, state):
        order = self.create_order(100_000, [self.fixed("Road base", 20_000)], confirm=True)
        milestone = order.milestone_ids
        self.attach(milestone.with_user(self.buyer), "Compaction test.pdf")
        self.bring_to(milestone, state)
        return milestone, self.documents(milestone)

    def attach(self, record, name):
        return record.env["ir.attachment"].create(
            {"name": name, "raw": b"98 % Proctor", "res_model": record._name, "res_id": record.id}
        )

    def documents(self, record):
        return self.env["ir.attachment"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)], order="id"
        )

    def changes(self):
        culvert = self.open_order.milestone_ids
        return (
            {"name": "Nothing to see.pdf"},
            {"raw": b"60 % Proctor"},
            {"datas": b"NjAgJQ=="},
            {"db_datas": b"60 %"},
            {"mimetype": "text/html"},
            {"type": "url", "url": "https://example.com/elsewhere.pdf"},
            {"res_id": culvert.id},
            {"res_id": False},
            {"res_model": "purchase.order", "res_id": self.open_order.id},
            {"res_model": False},
            {"res_field": "note"},
        )

    def content(self, documents):
        documents.invalidate_recordset()
        fields = ["name", "raw", "mimetype", "type", "url", "res_model", "res_id", "res_field"]
        return documents.read(fields)

    def test_evidence_is_neither_changed_nor_moved(self):
        for state in ("completed", "approved"):
            milestone, document = self.milestone_with_document(state)
            before = self.content(document)
            for env in self.everybody():
                for values in self.changes():
                    with self.as_whom(env, state=state, values=values):
                        with self.refused(REFUSED):
                            document.with_env(env).write(values)
                        with self.refused(REFUSED):
                            command = (1, document.id, values)
                            milestone.with_env(env).write({"document_ids": [command]})
            self.assertEqual(self.content(document), before)

    def test_evidence_is_not_removed(self):
        for state in ("completed", "approved"):
            milestone, document = self.milestone_with_document(state)
            for env in self.everybody():
                with self.as_whom(env, state=state):
                    with self.refused(REFUSED):
                        document.with_env(env).unlink()
                    for command in ((2, document.id), (3, document.id), (5,), (6, 0, [])):
                        with self.refused(REFUSED):
                            milestone.with_env(env).write({"document_ids": [command]})
                    with self.refused(REFUSED):
                        # Moved by linking it to another milestone.
                        culvert = self.open_order.milestone_ids.with_env(env)
                        culvert.write({"document_ids": [(4, document.id)]})
            self.assertEqual(self.documents(milestone), document)

    def test_evidence_can_be_added_to(self):
        for state in ("completed", "approved"):
            milestone, document = self.milestone_with_document(state)
            added = self.attach(milestone.with_user(self.buyer), "Photo of the base.jpg")
            self.assertEqual(self.documents(milestone), document | added)
            self.assertEqual(milestone.document_count, 2)
            with self.refused(REFUSED):
                added.unlink()
            loose = self.env["ir.attachment"].with_user(self.buyer).create({"name": "Sieve.pdf"})
            loose.write({"res_model": milestone._name, "res_id": milestone.id})
            with self.refused(REFUSED):
                loose.name = "Other.pdf"

    def test_posted_file_is_evidence_too(self):
        milestone, _document = self.milestone_with_document("completed")
        message = milestone.with_user(self.approver).message_post(  # pylint: disable=translation-required
            body="Core samples",
            message_type="comment",
            attachments=[("Core samples.pdf", b"42 mm")],
        )
        files = message.attachment_ids
        self.assertEqual((files.res_model, files.res_id), (milestone._name, milestone.id))
        with self.refused(REFUSED):
            files.with_user(self.approver).sudo().unlink()
        with self.refused(REFUSED):
            # What the trash can on the file in the chatter calls.
            files.sudo()._delete_and_notify()
        message.sudo().unlink()
        self.assertTrue(files.exists())

    def test_documents_are_open_before_and_after_a_rejection(self):
        for state in ("pending", "started", "rejected"):
            for values in self.changes():
                with self.subTest(state=state, values=values):
                    _milestone, document = self.milestone_with_document(state)
                    document.with_user(self.buyer).sudo().write(values)
            milestone, document = self.milestone_with_document(state)
            document.with_user(self.buyer).unlink()
            self.assertEqual(milestone.document_count, 0)

    def test_revoking_opens_nothing(self):
        milestone, document = self.milestone_with_document("approved")
        milestone.with_user(self.approver).action_revoke("Wrong certificate")
        with self.refused(REFUSED):
            document.with_user(self.buyer).unlink()

    def test_documents_of_a_deleted_milestone_go_to_the_order(self):
        for delete in (
            lambda milestone: milestone.unlink(),
            lambda milestone: milestone.order_id.write({"milestone_ids": [(2, milestone.id)]}),
            lambda milestone: milestone.order_id.write({"milestone_ids": [(5,)]}),
        ):
            milestone, document = self.milestone_with_document("pending")
            order = milestone.order_id
            delete(milestone.with_user(self.buyer))
            self.assertFalse(milestone.exists())
            self.assertEqual(self.documents(order), document)
            self.assertEqual(document.raw, b"98 % Proctor")

    def test_moved_milestone_takes_its_documents_along(self):
        milestone, document = self.milestone_with_document("pending")
        milestone.with_user(self.buyer).order_id = self.open_order
        self.assertEqual(self.documents(milestone), document)

    def test_copied_order_has_none(self):
        milestone, document = self.milestone_with_document("completed")
        copied = milestone.order_id.with_user(self.buyer).copy().milestone_ids
        self.assertEqual(copied.document_count, 0)
        self.assertEqual(self.documents(milestone), document)
