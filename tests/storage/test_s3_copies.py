"""Copies of a database with documents in S3: what they may do, and how they find out."""

from odoo.tests import tagged
from odoo.tools import file_open

from ...tools.s3.client import S3Client
from .common import S3Common, rclone_server


class Copies:
    """Two databases with one bucket, on whatever server the class below names."""

    allow_inherited_tests_method = True  # Odoo's runner leaves out inherited tests otherwise.

    def test_copy_of_the_database_finds_the_others_token(self):
        document = self.stored()
        self.collect()
        tokens = self.tokens()
        self.collect()
        self.assertNotEqual(self.tokens(), tokens)
        # The same data as before the second collection, as a physical copy has them.
        self.bucket._write_guarded(tokens)
        document.unlink()
        self.days_pass(30)
        with self.recorded() as operations:
            self.collect()
        self.assertEqual(self.bucket.state, "detached")
        self.assertLessEqual(set(operations), {"get_object"})
        self.assertTrue(self.bucket.activity_ids)

    def tokens(self):
        return {name: self.bucket[name] for name in ("fence_token", "fence_next")}


@tagged("post_install", "-at_install", "slow")
class TestS3Copies(Copies, S3Common):
    def test_physical_copy_does_not_go_on_with_an_upload(self):
        self.stored()
        self.collect()
        waiting = self.attach(content=b"Sheet 1")
        self.kill_at(S3Client, "put")
        key = self.row_of(waiting).key
        fence = f"{self.bucket._own_prefix()}fence"
        self.s3.put_object(Bucket=self.bucket.bucket, Key=fence, Body=b"the original's")
        self.offload()
        self.assertEqual(self.bucket.state, "detached")
        self.assertNotIn(key, self.keys())
        self.assertEqual(waiting.raw, b"Sheet 1")

    def test_claimed_copy_begins_its_uploads_anew(self):
        self.bucket.action_activate()
        waiting = self.attach(content=b"Sheet 1")
        self.kill_at(S3Client, "put")
        key = self.row_of(waiting).key
        self.bucket._write_guarded({"state": "detached"})
        self.bucket.action_claim_copy()
        self.bucket.action_activate()
        self.offload()
        self.assertIn(f"/{self.bucket.instance}/", waiting.store_fname)
        self.assertNotIn(key, self.keys())
        self.assertEqual(waiting.raw, b"Sheet 1")

    def test_two_that_collect_at_the_same_moment(self):
        self.stored()
        self.collect()
        real = S3Client.get_small

        def read_then_the_other_writes(client, key):
            found = real(client, key)
            self.s3.put_object(Bucket=self.bucket.bucket, Key=key, Body=b"the other's")
            return found

        self.patch(S3Client, "get_small", read_then_the_other_writes)
        self.collect()
        self.assertEqual(self.bucket.state, "detached")

    def restored_elsewhere(self):
        self.bucket._write_guarded({"identity": "another cluster"})

    def test_restored_elsewhere_writes_and_deletes_nothing(self):
        document, deleted = self.stored("A.pdf", b"A"), self.stored("B.pdf", b"B")
        deleted.unlink()
        waiting = self.attach()
        self.restored_elsewhere()
        self.days_pass(30)
        with self.recorded() as operations:
            self.offload()
            self.collect()
        self.assertFalse(operations)
        self.assertEqual(self.bucket.state, "detached")
        self.assertEqual(document.raw, b"A")
        self.assertEqual(waiting.raw, b"All trays below 0.1 ohm")
        self.assertFalse(self.attach().store_fname.startswith("s3:"))
        for action in ("action_activate", "action_drain", "action_pause"):
            with self.refused("does not allow this step"):
                getattr(self.bucket, action)()

    def test_neutralised_copy_writes_and_deletes_nothing(self):
        self.stored()
        with file_open("purchase_milestone/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertEqual(self.bucket.state, "detached")
        self.env.registry.clear_cache()
        with self.recorded() as operations:
            self.offload()
            self.collect()
        self.assertFalse(operations)

    def test_moved_server_goes_on(self):
        deleted = self.stored()
        self.collect()
        tokens = self.tokens()
        self.restored_elsewhere()
        self.collect()
        deleted.unlink()
        self.bucket.action_claim_moved()
        self.collect()
        self.days_pass(8)
        self.collect()
        self.assertEqual(self.bucket.state, "active")
        self.assertFalse(self.keys())
        self.assertFalse(self.bucket.activity_ids)
        # The server that was left behind finds out.
        self.bucket._write_guarded(tokens)
        self.collect()
        self.assertEqual(self.bucket.state, "detached")

    def test_copy_leaves_the_objects_alone_and_begins_its_own(self):
        document, deleted = self.stored("A.pdf", b"A"), self.stored("B.pdf", b"B")
        theirs = self.keys()
        first = self.bucket.instance
        self.restored_elsewhere()
        self.offload()
        self.bucket.action_claim_copy()
        self.assertNotEqual(self.bucket.instance, first)
        self.bucket.action_activate()
        own = self.stored("C.pdf", b"C")
        deleted.unlink()
        own_key = self.row_of(own).key
        own.unlink()
        self.collect()
        self.days_pass(8)
        self.collect()
        self.assertEqual(self.keys(), theirs)
        self.assertIn(self.bucket.instance, own_key)
        self.assertEqual(document.raw, b"A")
        self.assertEqual(self.bucket.object_ids, self.row_of(document))


@tagged("post_install", "-at_install")
class TestS3CopiesRclone(Copies, S3Common):
    server = staticmethod(rclone_server)
