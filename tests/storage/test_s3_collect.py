from odoo.tests import tagged

from ...models.storage import s3_bucket_collect as collect_module
from ...tools.s3.client import S3Client
from ...tools.s3.failure import S3Failure
from .common import COLLECT, Killed, S3Common, rclone_server

DOWN = S3Failure("unavailable", "SlowDown", "DeleteObject")


class Collecting:
    """What is deleted and what is not, against whatever server the class below names."""

    allow_inherited_tests_method = True  # Odoo's runner leaves out inherited tests otherwise.

    def test_deleted_document_leaves_s3_after_the_grace(self):
        document, kept = self.stored("A.pdf", b"A"), self.stored("B.pdf", b"B")
        key = self.row_of(document).key
        document.with_user(self.buyer).unlink()
        self.collect()
        self.assertIn(key, self.keys())
        self.days_pass(6)
        self.collect()
        self.assertIn(key, self.keys(), "six days of seven")
        self.days_pass(1)
        self.collect()
        self.assertEqual(self.keys(), {self.row_of(kept).key})
        self.assertEqual(len(self.bucket.object_ids), 1)
        self.assertEqual(kept.raw, b"B")

    def test_needed_again_is_unmarked(self):
        document = self.stored()
        store_fname = document.store_fname
        self.forget(document)
        self.collect()
        self.assertTrue(self.row_of(document).orphaned_at)
        self.set_store_fname(document, store_fname)
        self.days_pass(30)
        self.collect()
        self.assertFalse(self.row_of(document).orphaned_at)
        self.assertEqual(document.raw, b"All trays below 0.1 ohm")

    def set_store_fname(self, document, store_fname):
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s WHERE id = %s", [store_fname, document.id]
        )
        self.env.invalidate_all()

    def forget(self, document):
        self.set_store_fname(document, None)


@tagged("post_install", "-at_install", "slow")
class TestS3Collect(Collecting, S3Common):
    def test_what_s3_did_not_confirm_stays_on_the_list(self):
        documents = [self.stored(f"{n}.pdf", b"%d" % n) for n in range(3)]
        refused = self.row_of(documents[1]).key
        for document in documents:
            document.unlink()
        self.collect()
        self.days_pass(8)
        real = S3Client.delete

        def delete(client, key):
            if key == refused:
                raise DOWN
            return real(client, key)

        self.bucket._write_guarded({"capabilities": {"batch_delete": False}})
        self.patch(S3Client, "delete", delete)
        with self.assertLogs("odoo.addons.purchase_milestone"):
            self.collect()
        self.assertIn(refused, self.bucket.object_ids.mapped("key"))
        self.assertTrue(self.bucket.last_error)
        self.patch(S3Client, "delete", real)
        self.bucket._forget_failures()
        self.collect()
        self.assertFalse(self.bucket.object_ids)
        self.assertFalse(self.keys())

    def test_what_s3_did_not_delete_of_many_stays_on_the_list(self):
        documents = [self.stored(f"{n}.pdf", b"%d" % n) for n in range(3)]
        refused = self.row_of(documents[1]).key
        for document in documents:
            document.unlink()
        self.collect()
        self.days_pass(8)
        real = S3Client.delete_many
        self.patch(
            S3Client,
            "delete_many",
            lambda client, keys: real(client, [key for key in keys if key != refused]),
        )
        with self.recorded() as operations, self.failing("delete_object", DOWN):
            self.collect()
        self.assertEqual(operations.count("delete_objects"), 1)
        self.assertEqual(self.bucket.object_ids.mapped("key"), [refused])
        self.assertEqual(self.keys(), {refused})
        self.assertIn("SlowDown", self.bucket.last_error)

    def test_dropped_documents_are_found_among_any_number(self):
        """Whoever deletes a document says so; only SQL is found by going through the ledger."""
        self.patch(collect_module, "LOOKED_THROUGH", 1)
        documents = [self.stored(f"{n}.pdf", b"%d" % n) for n in range(5)]
        self.collect()
        documents[4].unlink()
        documents[3].raw = b"New content"
        with self.env.cr.savepoint() as savepoint:
            documents[2].unlink()
            savepoint.rollback()
        self.forget(documents[1])
        self.collect()
        orphaned = self.bucket.object_ids.filtered("orphaned_at").mapped("attachment_ref")
        self.assertLessEqual({documents[4].id, documents[3].id}, set(orphaned))
        self.assertNotIn(documents[2].id, orphaned)
        for _slice in range(6):
            self.collect()
        self.assertTrue(self.row_of(documents[1]).orphaned_at)
        self.assertEqual(self.bucket.stored_count, 2)
        ours = [("bucket_ref", "=", self.bucket.id)]
        self.assertFalse(self.env["s3.object.dropped"].search_count(ours))

    def test_killed_while_it_deletes(self):
        self.stored().unlink()
        self.collect()
        self.days_pass(8)
        self.kill_at(type(self.bucket), "_forget_objects", COLLECT)
        self.assertFalse(self.keys())
        self.collect()
        self.assertFalse(self.bucket.object_ids)

    def test_waiting_uploads_are_no_orphans(self):
        self.bucket.action_activate()
        document = self.attach()
        self.kill_at(S3Client, "put")
        self.collect()
        self.assertFalse(self.row_of(document).orphaned_at)
        self.days_pass(8)
        self.collect()
        abandoned = self.row_of(document)
        self.assertTrue(abandoned.orphaned_at)
        self.offload()
        self.assertEqual(self.keys(), {(self.row_of(document) - abandoned).key})

    def test_other_peoples_objects_are_not_touched(self):
        self.stored()
        for key in ("odoo/other/1/2026/01/x", "backup.tar", f"odoo/{self.bucket.instance}/y"):
            self.s3.put_object(Bucket=self.bucket.bucket, Key=key, Body=b"x")
        before = self.keys()
        self.collect()
        self.days_pass(30)
        self.collect()
        self.assertEqual(self.keys(), before)

    def test_paused_bucket_deletes_nothing(self):
        self.stored().unlink()
        self.bucket.action_pause()
        self.collect()
        self.days_pass(30)
        with self.recorded() as operations:
            self.collect()
        self.assertFalse(operations)

    # ------------------------------------------------------------------
    # Local files
    # ------------------------------------------------------------------

    def odoo_collects(self):
        self.env["ir.attachment"]._gc_file_store_unsafe()

    def test_local_file_is_kept_for_the_days_of_grace(self):
        document = self.stored(content=b"Kept for a week")
        path = self.local_path(self.row_of(document).local_fname)
        self.odoo_collects()
        self.assertTrue(path.exists())
        self.collect()
        self.days_pass(8)
        self.odoo_collects()
        self.assertTrue(path.exists())
        self.collect()
        self.odoo_collects()
        self.assertFalse(path.exists())
        self.assertEqual(document.raw, b"Kept for a week")

    def test_local_file_that_another_attachment_needs_stays(self):
        document = self.stored(content=b"Needed twice")
        path = self.local_path(self.row_of(document).local_fname)
        other = self.attach(content=b"Needed twice", milestone=self.order)
        self.days_pass(8)
        self.collect()
        self.odoo_collects()
        self.assertTrue(path.exists())
        self.assertEqual(other.raw, b"Needed twice")

    def test_local_file_of_a_deleted_document_goes_with_the_object(self):
        document = self.stored(content=b"Gone for good")
        path = self.local_path(self.row_of(document).local_fname)
        document.unlink()
        self.collect()
        self.days_pass(8)
        self.env.cr.execute("UPDATE s3_object SET stored_at = now() AT TIME ZONE 'UTC'")
        self.env.invalidate_all()
        self.collect()
        self.odoo_collects()
        self.assertFalse(path.exists())

    # ------------------------------------------------------------------
    # Copies of the database
    # ------------------------------------------------------------------

    def test_fence_survives_a_kill_at_any_step(self):
        self.stored()
        self.collect()
        for method in ("put", "get_small"):
            self.kill_at(S3Client, method, COLLECT)
            self.collect()
            self.assertEqual(self.bucket.state, "active", method)
        real = S3Client.put

        def put_and_die(client, *arguments, **conditions):
            real(client, *arguments, **conditions)
            raise Killed

        for _again in range(2):
            self.kill_at(S3Client, "put", COLLECT, put_and_die)
        self.collect()
        self.assertEqual(self.bucket.state, "active")

    def test_first_fence_that_did_not_arrive(self):
        self.stored()
        for _again in range(2):
            self.kill_at(S3Client, "put", COLLECT)
        self.collect()
        self.assertEqual(self.bucket.state, "active")


@tagged("post_install", "-at_install", "slow")
class TestS3CollectRclone(Collecting, S3Common):
    server = staticmethod(rclone_server)
