import hashlib
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.base.models.ir_attachment import IrAttachment

from ...models.storage import s3_bucket_offload as offload_module
from ...tools.s3.client import S3Client
from ...tools.s3.failure import S3Failure
from ...tools.s3.local_file import LocalFile
from .common import CRON_LOGGER, OFFLOAD, S3_CONNECTION, S3Common, failing_server

DOWN = S3Failure("unavailable", "SlowDown", "PutObject")


@tagged("post_install", "-at_install")
class TestS3Offload(S3Common):
    def setUp(self):
        super().setUp()
        self.bucket.action_activate()

    def test_document_goes_to_s3_after_it_was_added(self):
        document = self.attach(content=b"All trays below 0.1 ohm")
        self.assertFalse(document.store_fname.startswith("s3:"))
        self.assertFalse(self.keys(), "nothing is written to S3 in a user's transaction")
        fields = ["file_size", "checksum", "mimetype", "type", "write_date", "write_uid"]
        before = document.read(fields)
        self.offload()
        [key] = self.keys()
        self.assertEqual(document.store_fname, f"s3:{self.bucket.id}/{key}")
        self.assertEqual(self.content_in_s3(document), b"All trays below 0.1 ohm")
        self.assertEqual(document.raw, b"All trays below 0.1 ohm")
        self.assertEqual(document.read(fields), before)
        row = self.row_of(document)
        self.assertEqual((row.state, row.size), ("stored", 23))
        self.assertEqual(row.sha256, hashlib.sha256(b"All trays below 0.1 ohm").hexdigest())
        self.assertTrue(row.etag)

    def test_key_tells_nothing_of_the_document(self):
        document = self.stored("Settlement with Northern Fit-Out.pdf")
        prefix, instance, company, year, month, unique = self.keys().pop().split("/")
        self.assertEqual((prefix, instance), ("odoo", self.bucket.instance))
        self.assertEqual(company, str(self.company.id))
        self.assertEqual((year, month), tuple(f"{document.create_date:%Y %m}".split()))
        self.assertRegex(unique, "^[0-9a-f-]{36}$")

    def test_one_request_and_no_more(self):
        self.attach()
        with self.recorded() as operations:
            self.offload()
        self.assertEqual(operations, ["put_object"])

    def test_cron_is_woken_once_for_many_documents(self):
        of_this = [("cron_id", "=", self.env.ref(OFFLOAD).id)]
        triggers = self.env["ir.cron.trigger"]
        triggers.search(of_this).unlink()
        for number in range(3):
            self.attach(f"Tray {number}.pdf")
        self.assertEqual(triggers.search_count(of_this), 1)

    def test_documents_from_before_the_bucket_go_too(self):
        self.bucket.action_pause()
        documents = [self.attach(f"Floor {n}.pdf", b"Level %d" % n) for n in range(7)]
        self.offload()
        self.assertFalse(self.keys())
        self.bucket.action_activate()
        with patch.object(offload_module, "BATCH", 3):
            self.offload()
        self.assertEqual(len(self.keys()), 7)
        self.assertEqual([d.raw for d in documents], [b"Level %d" % n for n in range(7)])
        self.assertEqual((self.bucket.stored_count, self.bucket.waiting_count), (7, 0))
        self.assertEqual((self.bucket.stored_size, self.bucket.progress), (7 * 7, 100))

    def test_only_documents_of_milestones_of_the_company_go(self):
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        others = [
            self.attach(milestone=self.order),
            self.attach(res_field="note"),
            self.attach(res_id=False),
            self.attach("Empty.txt", b""),
            self.attach("Link", False, type="url", url="https://example.com/plan.pdf"),
        ]
        self.buyer.company_ids += elsewhere
        theirs = self.create_order(10_000, [self.fixed("Quay", 5_000)], company_id=elsewhere.id)
        others.append(self.attach(milestone=theirs.milestone_ids))
        self.offload()
        self.assertFalse(self.keys())
        self.assertFalse([d for d in others if (d.store_fname or "").startswith("s3:")])

    def test_what_another_storage_holds_is_theirs(self):
        # The addon fs_attachment puts the code of its storage there, which may be `s3`.
        held = {}
        for number, code in enumerate(("s3", "azure")):
            document = self.attach(f"Floor {number}.pdf", b"Level %d" % number)
            document.flush_recordset()
            held[document] = f"{code}://documents/floor-{number}.pdf"
            self.env.cr.execute(
                "UPDATE ir_attachment SET store_fname = %s WHERE id = %s",
                (held[document], document.id),
            )
        self.env.invalidate_all()
        self.assertEqual(self.bucket.waiting_count, 0)
        self.offload()
        self.assertFalse(self.keys())
        self.assertEqual({d: d.store_fname for d in held}, held)
        self.env.invalidate_all()
        with patch.object(IrAttachment, "_file_read", lambda *_arguments: b"From there"):
            self.assertEqual([document.raw for document in held], [b"From there"] * 2)

    def test_equal_contents_are_two_objects(self):
        first, second = self.attach(), self.attach("Again.pdf")
        self.assertEqual(first.store_fname, second.store_fname)
        self.offload()
        self.assertEqual(len(self.keys()), 2)
        self.assertNotEqual(first.store_fname, second.store_fname)

    def test_file_that_is_not_on_this_server_waits(self):
        document, other = self.attach(content=b"Sheet 1"), self.attach(content=b"Sheet 2")
        path = self.local_path(document.store_fname)
        path.rename(path.with_suffix(".away"))
        self.offload()
        self.assertFalse(document.store_fname.startswith("s3:"))
        self.assertTrue(other.store_fname.startswith("s3:"))
        path.with_suffix(".away").rename(path)
        self.pauses_pass()
        self.offload()
        self.assertEqual(self.content_in_s3(document), b"Sheet 1")

    def test_file_deleted_in_the_middle_of_a_batch(self):
        document, other = self.attach(content=b"Sheet 1"), self.attach(content=b"Sheet 2")
        path = self.local_path(document.store_fname)
        real = LocalFile.read_all

        def read(local):
            path.unlink(missing_ok=True)
            return real(local)

        with patch.object(LocalFile, "read_all", read):
            self.offload()
        self.assertFalse(document.store_fname.startswith("s3:"))
        self.assertEqual(self.content_in_s3(other), b"Sheet 2")

    def test_damaged_file_does_not_go(self):
        document = self.attach(content=b"Sheet 3")
        self.local_path(document.store_fname).write_bytes(b"Sheet 4")
        with self.assertLogs("odoo.addons.purchase_milestone", "ERROR"):
            self.offload()
        self.assertFalse(self.keys())
        self.assertFalse(document.store_fname.startswith("s3:"))

    def test_changed_while_it_was_uploaded(self):
        document = self.attach(content=b"Draft")
        real = S3Client.put

        def put(client, *arguments, **conditions):
            answer = real(client, *arguments, **conditions)
            document.raw = b"Signed"
            self.env.flush_all()
            return answer

        with patch.object(S3Client, "put", put):
            self.offload()
        lost, *_others = self.row_of(document)
        self.assertTrue(lost.orphaned_at, "the object that nobody needs is not forgotten")
        self.offload()
        self.assertEqual(document.raw, b"Signed")
        self.assertEqual(self.content_in_s3(document), b"Signed")

    def test_deleted_while_it_was_uploaded(self):
        document = self.attach()
        real = S3Client.put

        def put(client, *arguments, **conditions):
            answer = real(client, *arguments, **conditions)
            document.unlink()
            self.env.flush_all()
            return answer

        with patch.object(S3Client, "put", put):
            self.offload()
        self.assertTrue(self.row_of(document).orphaned_at)

    def test_new_content_goes_as_a_new_object(self):
        document = self.stored(content=b"Revision A")
        before = self.keys()
        document.raw = b"Revision B"
        self.assertFalse(document.store_fname.startswith("s3:"))
        self.offload()
        self.assertEqual(len(self.keys() - before), 1)
        self.assertEqual(self.content_in_s3(document), b"Revision B")

    # ------------------------------------------------------------------
    # Interrupted
    # ------------------------------------------------------------------

    def test_outage_only_delays(self):
        documents = [self.attach(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(3)]
        with self.failing("put_object", DOWN):
            self.offload()
        self.assertEqual([d.raw for d in documents], [b"Sheet 0", b"Sheet 1", b"Sheet 2"])
        self.assertIn("SlowDown", self.bucket.last_error)
        self.assertTrue(self.bucket.retry_at)
        with self.recorded() as operations:
            self.offload()
        self.assertFalse(operations, "nothing is asked in the pause")
        self.bucket._write_guarded({"retry_at": self.bucket.error_since})
        self.offload()
        self.assertEqual(len(self.keys()), 3)
        self.assertFalse(self.bucket.last_error)

    def test_pause_grows(self):
        self.attach()
        pauses = []
        with self.failing("put_object", DOWN):
            for _try in range(10):
                self.offload()
                now = fields.Datetime.now()
                pauses.append((self.bucket.retry_at - now).total_seconds() / 60)
                self.bucket._write_guarded({"retry_at": False})
        self.assertEqual([round(p) for p in pauses], [1, 2, 4, 8, 16, 32, 64, 128, 256, 360])

    def test_configuration_error_is_shown_and_pauses_the_bucket(self):
        self.attach()
        self.bucket.secret_access_key = "another secret that nobody accepts"
        denied = S3Failure("configuration", "SignatureDoesNotMatch", "PutObject")
        with self.failing("put_object", denied):
            self.offload()
        self.assertIn("The secret access key is wrong", self.bucket.last_error)
        self.assertTrue(self.bucket.activity_ids)
        count = len(self.bucket.activity_ids)
        with self.recorded() as operations:
            self.offload()
        self.assertFalse(operations)
        self.assertEqual(len(self.bucket.activity_ids), count)
        pause = self.bucket.retry_at - fields.Datetime.now()
        self.assertEqual(round(pause.total_seconds() / 60), 15)
        self.bucket.secret_access_key = "fit-out/documents+secret/0123456789abcdef"
        self.offload()
        self.assertEqual(len(self.keys()), 1)
        self.assertFalse(self.bucket.activity_ids)

    def test_killed_between_put_and_flip(self):
        document = self.attach()
        self.kill_at(type(self.bucket), "_flip")
        [key] = self.keys()
        with self.recorded() as operations:
            self.offload()
        fence = ["get_object", "put_object"]
        self.assertEqual(operations, [*fence, "head_object"])
        self.assertEqual(self.keys(), {key}, "nothing is doubled")
        self.assertEqual(document.store_fname.partition("/")[2], key)
        self.assertTrue(self.row_of(document).etag)

    def test_killed_between_ledger_and_put(self):
        document = self.attach()
        self.kill_at(S3Client, "put")
        self.offload()
        self.assertEqual(self.keys(), {self.row_of(document).key})
        self.assertEqual(document.raw, b"All trays below 0.1 ohm")

    def test_what_arrived_before_the_outage_counts(self):
        documents = [self.attach(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(3)]
        real, calls = S3Client.put, []

        def put(client, *arguments, **conditions):
            calls.append(arguments)
            if len(calls) == 3:
                raise DOWN
            return real(client, *arguments, **conditions)

        with patch.object(S3Client, "put", put), self.assertLogs(CRON_LOGGER):
            self.offload()
        self.assertEqual(self.bucket.stored_count, 2)
        self.bucket._forget_failures()
        self.offload()
        self.assertEqual([d.raw for d in documents], [b"Sheet 0", b"Sheet 1", b"Sheet 2"])
        self.assertEqual(len(self.keys()), 3)


@tagged("post_install", "-at_install", "slow")
class TestS3OffloadAnswers(S3Common):
    def test_real_answers_are_understood(self):
        self.bucket.action_activate()
        self.attach()
        cases = [
            (503, "SlowDown", "unavailable"),
            (500, "InternalError", "unavailable"),
            (403, "AccessDenied", "configuration"),
            (403, "ExpiredToken", "configuration"),
            (404, "NoSuchBucket", "configuration"),
            (400, "RequestTimeout", "unavailable"),
            (400, "IncompleteBody", "unavailable"),
            (400, "ThrottlingException", "unavailable"),
            (429, "", "unavailable"),
            (404, "", "unavailable"),
        ]
        for status, code, kind in cases:
            with (
                self.subTest(code=code),
                failing_server(status, code) as endpoint,
                self.served_by(endpoint),
                patch(f"{S3_CONNECTION}.ATTEMPTS", 1),
            ):
                self.offload()
                self.assertEqual(self.bucket.error_kind, kind)
                self.assertIn(f"(PutObject: {code or status})", self.bucket.last_error)
                self.bucket._forget_failures()
                self.bucket.object_ids.unlink()
        with self.served_by("http://127.0.0.1:9"), patch(f"{S3_CONNECTION}.ATTEMPTS", 1):
            self.offload()
            self.assertIn("cannot be reached", self.bucket.last_error)
