import contextlib
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...tools.s3.client import S3Client
from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import S3ObjectMissing, S3Unavailable
from .common import S3Common, as_base64

DOWN = S3Failure("unavailable", "ReadTimeoutError", "GetObject")


@tagged("post_install", "-at_install")
class TestS3Read(S3Common):
    def test_content_is_read_from_s3(self):
        document = self.stored(content=b"0.08 ohm")
        self.local_path(self.row_of(document).local_fname).unlink()
        document.invalidate_recordset()
        with self.recorded() as operations:
            self.assertEqual(document.raw, b"0.08 ohm")
        self.assertEqual(operations, ["get_object"])
        self.assertEqual(document.datas, as_base64(b"0.08 ohm"))
        self.assertEqual(document._file_read(document.store_fname, 4), b"0.08")
        self.assertEqual(document._file_read(document.store_fname, 0), b"")
        self.assertEqual(document._file_read(document.store_fname, 4000), b"0.08 ohm")

    def test_outage_is_an_error_and_never_an_empty_file(self):
        document = self.stored()
        for field in ("raw", "datas"):
            document.invalidate_recordset()
            with self.failing("get_object", DOWN), self.assertRaises(S3Unavailable):
                document.mapped(field)
        self.assertEqual(document.raw, b"All trays below 0.1 ohm")

    def test_missing_object_is_an_error(self):
        document = self.stored()
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=self.row_of(document).key)
        with self.assertRaises(S3ObjectMissing):
            document.mapped("raw")
        self.assertEqual(document.file_size, 23, "the row is as it was")
        copied = document.copy()
        self.assertEqual(copied.store_fname, document.store_fname)

    def test_cut_answer_is_an_error(self):
        document = self.stored(content=b"x" * 100)
        real = self.s3.get_object(Bucket=self.bucket.bucket, Key=self.row_of(document).key)

        class Cut:
            def iter_chunks(self, _size):
                yield b"x" * 50
                raise ConnectionResetError

            def close(self):
                real["Body"].close()

        answer = {"Body": Cut(), "ContentLength": 100}
        cut = patch.object(S3Client, "_call", return_value=answer)
        with cut, self.assertRaises(S3Unavailable):
            document.mapped("raw")

    def test_local_file_that_is_gone_is_an_error_too(self):
        document = self.attach()
        self.local_path(document.store_fname).unlink()
        document.invalidate_recordset()
        with self.assertRaisesRegex(S3ObjectMissing, "restored from a backup"):
            document.mapped("raw")
        for field in ("raw", "datas"):
            with self.assertRaises(S3ObjectMissing):
                document.mapped(field)

    def test_neighbours_are_not_fetched(self):
        self.bucket.action_activate()
        documents = self.env["ir.attachment"].union(
            *(self.attach(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(8))
        )
        self.offload()
        for field in ("raw", "datas"):
            documents.invalidate_recordset()
            with self.recorded() as operations:
                # One of an iteration: what the ORM would fetch its neighbours for.
                next(iter(documents)).mapped(field)
            self.assertEqual(len(operations), 1)
        documents.invalidate_recordset()
        self.assertEqual(documents.mapped("raw"), [b"Sheet %d" % n for n in range(8)])
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=self.row_of(documents[0]).key)
        documents.invalidate_recordset()
        self.assertEqual(documents[1].raw, b"Sheet 1", "one bad object breaks no other")
        with self.assertRaises(S3ObjectMissing):
            documents.read(["raw"])

    def test_rename_move_and_delete_ask_nothing_of_s3(self):
        document = self.stored()
        with self.recorded() as operations:
            document.with_user(self.buyer).name = "Earthing test, signed.pdf"
            document.with_user(self.buyer).res_id = self.other_milestone.id
            document.with_user(self.buyer).copy()
            document.with_user(self.buyer).unlink()
        self.assertFalse(operations)

    def test_outage_of_s3_stops_no_upload(self):
        self.bucket.action_activate()
        with self.served_by("http://127.0.0.1:9"):
            self.assertEqual(self.attach().raw, b"All trays below 0.1 ohm")

    def test_database_undone_leaves_s3_as_it_was(self):
        document = self.stored()
        store_fname, keys = document.store_fname, self.keys()
        for change in (
            lambda: document.unlink(),
            lambda: document.write({"raw": b"Other"}),
            lambda: document.write({"name": "Other.pdf"}),
            lambda: document.copy(),
            lambda: self.attach(),
        ):
            with contextlib.suppress(ZeroDivisionError), self.env.cr.savepoint():
                change()
                raise ZeroDivisionError
            document.invalidate_recordset()
            self.assertEqual(document.store_fname, store_fname)
            self.assertEqual(document.raw, b"All trays below 0.1 ohm")
            self.assertEqual(self.keys(), keys)

    # ------------------------------------------------------------------
    # Copies
    # ------------------------------------------------------------------

    def test_copy_shares_the_object(self):
        document = self.stored("Test.txt", b"Cable trays earthed")
        with self.recorded() as operations:
            copied = document.with_user(self.buyer).copy({"res_id": self.other_milestone.id})
        self.assertFalse(operations)
        fields = ["store_fname", "file_size", "checksum", "mimetype", "index_content", "name"]
        self.assertEqual(
            copied.sudo().read(fields)[0] | {"id": 0}, document.read(fields)[0] | {"id": 0}
        )
        document.unlink()
        self.collect()
        self.days_pass(30)
        self.collect()
        self.assertEqual(copied.raw, b"Cable trays earthed")

    def test_copies_keep_their_order(self):
        local = self.attach("Local.pdf", b"Local")
        documents = self.stored("In S3.pdf", b"In S3") | self.attach("Other.pdf", b"Other")
        self.assertEqual((local | documents).copy().mapped("raw"), [b"Local", b"In S3", b"Other"])

    def test_copy_with_another_content_is_its_own(self):
        copied = self.stored().copy({"raw": b"Other"})
        self.assertFalse(copied.store_fname.startswith("s3:"))
        self.assertEqual(copied.raw, b"Other")

    def test_copy_to_another_company_is_a_document_of_its_own(self):
        document = self.stored()
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        self.buyer.company_ids += elsewhere
        quay = self.create_order(10_000, [self.fixed("Quay", 5_000)], company_id=elsewhere.id)
        copied = document.copy({"res_id": quay.milestone_ids.id})
        self.assertFalse(copied.store_fname.startswith("s3:"))
        self.assertEqual(copied.raw, document.raw)

    def test_who_cannot_read_cannot_copy(self):
        document = self.stored()
        clerk = new_test_user(self.env, "ms_clerk", "base.group_user")
        with self.assertRaises(AccessError):
            document.with_user(clerk).copy({"res_model": False, "res_id": False})

    # ------------------------------------------------------------------
    # Forgeries: nobody makes an attachment refer to an object
    # ------------------------------------------------------------------

    def test_no_door_sets_where_a_content_is(self):
        secret = self.stored(content=b"Not for the clerk")
        clerk = new_test_user(self.env, "ms_clerk", "base.group_user")
        own = {"name": "Mine.txt", "raw": b"Mine"}
        forged = {
            "store_fname": secret.store_fname,
            "file_size": secret.file_size,
            "checksum": secret.checksum,
        }
        attachments = self.env["ir.attachment"].with_user(clerk)
        for name, value in forged.items():
            self.env["ir.default"].set("ir.attachment", name, value, user_id=clerk.id)
        defaults = {f"default_{name}": value for name, value in forged.items()}
        doors = {
            "values": lambda: attachments.create({**own, **forged}),
            "no content": lambda: attachments.create({"name": "Mine.txt", **forged}),
            "context": lambda: attachments.with_context(**defaults).create({"name": "Mine.txt"}),
            "defaults": lambda: attachments.create({"name": "Mine.txt"}),
            "write": lambda: self.written(attachments.create(own), forged),
            "type": lambda: self.written(attachments.create(own), {"type": "url", **forged}),
            "url": lambda: attachments.create(
                {"name": "Mine.txt", "type": "url", "url": secret.store_fname}
            ),
            "copy": lambda: attachments.create(own).copy(forged),
            "empty copy": lambda: attachments.create({"name": "Mine.txt"}).copy(forged),
            "import": lambda: attachments.browse(
                attachments.load(["name", "store_fname"], [["Mine.txt", secret.store_fname]])["ids"]
                or []
            ),
        }
        for door, make in doors.items():
            with self.subTest(door=door), self.recorded() as operations:
                made = make()
                self.assertNotEqual(made.sudo().store_fname, secret.store_fname)
                self.assertIn(made.raw or b"", (b"Mine", b""))
                self.assertFalse(operations)

    def written(self, attachment, values):
        attachment.write(dict(values))
        return attachment

    def test_names_outside_the_bucket_are_not_asked_for(self):
        self.stored()
        attachments = self.env["ir.attachment"]
        for fname in ("s3:0/x", "s3:999999/x", f"s3:{self.bucket.id}/other/key"):
            with self.recorded() as operations, self.assertRaises(UserError):
                attachments._file_read(fname)
            self.assertFalse(operations)
