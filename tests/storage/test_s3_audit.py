from unittest.mock import patch

from odoo.tests import tagged

from ...tools.s3.client import S3Client
from ...tools.s3.failure import S3Failure
from .common import AUDIT, STORAGE, Killed, S3Common


@tagged("post_install", "-at_install", "slow")
class TestS3Audit(S3Common):
    """What an audit finds, how it goes on, and that it changes nothing."""

    def results(self):
        """Return name and result of the lines on the form."""
        return {line.name: line.result for line in self.lines()}

    def lines(self):
        return self.bucket.finding_ids.filtered(lambda finding: finding.kind == "audit")

    def detail(self, name):
        return self.lines().filtered(lambda finding: finding.name == name).detail

    def test_audit_finds_what_is_not_as_it_should_be(self):
        documents = [self.stored(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(5)]
        keys = [self.row_of(document).key for document in documents]
        bucket = self.bucket.bucket
        self.collect()
        self.audit()
        self.assertEqual(self.results(), {"Audit": "ok"})
        self.assertIn("All 5 documents", self.detail("Audit"))
        self.s3.delete_object(Bucket=bucket, Key=keys[0])
        self.s3.put_object(Bucket=bucket, Key=keys[1], Body=b"Sheet 9")
        self.s3.put_object(Bucket=bucket, Key=keys[2], Body=b"Longer than it was")
        unknown = f"odoo/{self.bucket.instance}/1/2026/01/unknown"
        self.s3.put_object(Bucket=bucket, Key=unknown, Body=b"x")
        self.row_of(documents[3]).unlink()
        before = self.everything()
        self.audit()
        found = self.lines()[1:]
        self.assertEqual(
            sorted((finding.name, finding.key) for finding in found),
            sorted(
                [
                    ("Missing in S3", keys[0]),
                    ("Other content in S3", keys[1]),
                    ("Other content in S3", keys[2]),
                    ("Not in the ledger", keys[3]),
                    ("Unknown object", keys[3]),
                    ("Unknown object", unknown),
                ]
            ),
        )
        self.assertIn("Sheet 0.pdf (" + self.milestone.display_name, self.detail("Missing in S3"))
        self.assertEqual(self.everything(), before, "nothing is changed by it")

    def everything(self):
        ledger = self.env["s3.object"].search([]).read(["key", "state", "orphaned_at"])
        return ledger, sorted(self.keys())

    def test_documents_of_records_that_are_gone_are_named_too(self):
        documents = self.stored("Sheet 1.pdf", b"Sheet 1") | self.stored("Sheet 2.pdf", b"Sheet 2")
        for document, (model, record) in zip(
            documents, (("purchase.milestone", 2_000_000_000), ("no.such.model", 1)), strict=True
        ):
            self.s3.delete_object(Bucket=self.bucket.bucket, Key=self.row_of(document).key)
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE ir_attachment SET res_model = %s, res_id = %s WHERE id = %s",
                [model, record, document.id],
            )
        self.env.invalidate_all()
        self.audit()
        self.assertEqual(self.results()["Missing in S3"], "failed")
        details = self.lines().filtered(lambda f: f.name == "Missing in S3").mapped("detail")
        self.assertIn("Sheet 1.pdf (purchase.milestone)", details[0])
        self.assertIn("Sheet 2.pdf (no.such.model)", details[1])

    def test_audit_that_cannot_list_says_so(self):
        self.stored()
        denied = S3Failure("configuration", "AccessDenied", "ListObjectsV2")
        with self.failing("list_objects_v2", denied):
            self.audit()
        self.assertEqual(self.results(), {"Audit": "failed"})
        self.assertFalse(self.bucket.last_error, "documents do not need that right")
        self.assertFalse(self.bucket.audit_state)

    def test_other_etag_alone_is_a_remark(self):
        """As rclone, and buckets that were encrypted again: size and SHA-256 decide."""
        same, other = self.stored(content=b"Sheet 1"), self.stored("B.pdf", content=b"Sheet 2")
        (self.row_of(same) + self.row_of(other)).etag = "of-the-upload-2"
        self.s3.put_object(Bucket=self.bucket.bucket, Key=self.row_of(other).key, Body=b"Sheet 3")
        self.audit()
        self.assertEqual(self.lines()[1:].mapped("key"), [self.row_of(other).key])
        self.assertIn("other ETags for 1 of them", self.detail("Audit"))
        self.row_of(other).unlink()
        with self.recorded() as operations:
            self.audit()
        self.assertNotIn("get_object", operations, "the new ETag is known by now")

    def test_contents_are_not_read_again_after_a_kill(self):
        documents = [self.stored(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(3)]
        for document in documents:
            self.row_of(document).etag = "of-the-upload-2"
        self.bucket.action_audit()
        real, read = S3Client.hash, []

        def read_one(client, key):
            if read:
                raise Killed
            read.append(key)
            return real(client, key)

        self.kill_at(S3Client, "hash", AUDIT, read_one)
        with patch.object(S3Client, "hash", autospec=True, side_effect=real) as hashed:
            self.run_cron(AUDIT)
        read += [call.args[1] for call in hashed.call_args_list]
        self.assertEqual(sorted(read), sorted(self.row_of(d).key for d in documents))
        self.assertIn("other ETags for 3 of them", self.detail("Audit"))

    def test_audit_goes_on_where_it_stopped(self):
        documents = [self.stored(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(7)]
        lost = self.row_of(documents[4]).key
        self.s3.delete_object(Bucket=self.bucket.bucket, Key=lost)
        real = S3Client._call

        def call(client, operation, **arguments):
            if operation == "list_objects_v2":
                arguments["MaxKeys"] = 2
            return real(client, operation, **arguments)

        self.patch(S3Client, "_call", call)
        self.bucket.action_audit()
        noted = []
        note = type(self.bucket)._note_audit

        def note_and_stop(bucket, *arguments):
            note(bucket, *arguments)
            noted.append(arguments)
            raise S3Failure("unavailable", "SlowDown", "ListObjectsV2")

        for _run in range(3):
            with (
                patch.object(type(self.bucket), "_note_audit", note_and_stop),
                self.assertLogs(f"{STORAGE}.s3_bucket_cron"),
            ):
                self.run_cron(AUDIT)
            self.assertTrue(self.bucket.audit_state)
            self.assertIn("compared so far", self.detail("Audit"))
            self.pauses_pass()
        self.run_cron(AUDIT)
        self.assertFalse(self.bucket.audit_state)
        self.assertEqual(self.lines()[1:].mapped("key"), [lost])
        self.assertEqual(self.bucket.audit_checked, 7)

    def test_bucket_that_has_lost_everything_is_audited_in_steps(self):
        documents = [self.stored(f"Sheet {n}.pdf", b"Sheet %d" % n) for n in range(7)]
        lost = sorted(self.row_of(document).key for document in documents)
        for key in lost:
            self.s3.delete_object(Bucket=self.bucket.bucket, Key=key)
        self.startPatcher(patch(f"{STORAGE}.s3_bucket_audit.LOOKED_UP", 2))
        steps, note = [], type(self.bucket)._note_audit

        def note_and_stop(bucket, checked, lines, cursor):
            note(bucket, checked, lines, cursor)
            if checked:
                steps.append(checked)
                raise S3Failure("unavailable", "SlowDown", "HeadObject")

        self.bucket.action_audit()
        with (
            patch.object(type(self.bucket), "_note_audit", note_and_stop),
            self.assertLogs(f"{STORAGE}.s3_bucket_cron"),
        ):
            for _run in range(3):
                self.run_cron(AUDIT)
                self.pauses_pass()
        self.assertEqual(steps, [2, 2, 2])
        self.run_cron(AUDIT)
        self.assertFalse(self.bucket.audit_state)
        self.assertEqual(sorted(self.lines()[1:].mapped("key")), lost)
        self.assertEqual(self.bucket.audit_checked, 7)

    def test_server_that_lists_in_another_order(self):
        for number in range(7):
            self.stored(f"Sheet {number}.pdf", b"Sheet %d" % number)
        real, held_back = S3Client._call, []

        def call(client, operation, **arguments):
            if operation == "list_objects_v2":
                arguments["MaxKeys"] = 3
            answer = real(client, operation, **arguments)
            if operation == "list_objects_v2":
                # The first of each page comes with the page after it.
                first, *others = answer["Contents"]
                answer["Contents"] = [*others, *held_back]
                held_back[:] = [first]
                if not answer["IsTruncated"]:
                    answer["Contents"] += held_back
            return answer

        self.patch(S3Client, "_call", call)
        self.audit()
        self.assertEqual(self.results(), {"Audit": "ok"})

    def test_counters_are_counted_again(self):
        self.stored()
        self.bucket._write_guarded({"stored_count": 77, "stored_size": 1})
        self.audit()
        self.assertEqual((self.bucket.stored_count, self.bucket.stored_size), (1, 23))
