import os
import threading

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...tools.s3.client import MULTIPART_FROM, PART_SIZE
from .common_processes import S3ProcessCommon

THREADS = 18


class Kills:
    """Kills of a scheduled action, with a bucket of whatever scope the class below names."""

    allow_inherited_tests_method = True  # Odoo's runner leaves out inherited tests otherwise.

    def test_killed_while_documents_go_to_s3(self):
        with self.environment() as env:
            ids = [self.attach(env, b"Sounding %d" % n).id for n in range(3)]
        expected = [b"Sounding %d" % n for n in range(3)]
        for place, survived in (("put", 1), ("+put", 0), ("_flip_unchanged", 0)):
            self.kill("_cron_offload", place, survived)
            self.assertEqual(self.contents(*ids), expected)
        self.kill("_cron_offload", "+_flip_unchanged")
        self.assertEqual(self.stored(), 0, "what is not committed is not there")
        self.run_action()
        self.assertEqual(self.contents(*ids), expected)
        self.assertEqual(self.stored(), 3)
        self.assertEqual(len(self.keys()), 3, "nothing is doubled, no orphan is left")

    def test_killed_in_a_large_upload(self):
        content = os.urandom(PART_SIZE) * (MULTIPART_FROM // PART_SIZE) + b"The end"
        with self.environment() as env:
            document = self.attach(env, content).id
        for place, survived in (("+begin_parts", 0), ("put_part", 1), ("+complete_parts", 0)):
            self.kill("_cron_offload", place, survived)
        self.run_action()
        self.assertEqual(self.stored(), 1)
        self.assertTrue(self.contents(document) == [content])
        self.assertEqual(len(self.keys()), 1)
        uploads = self.s3.list_multipart_uploads(Bucket=self.name)
        self.assertFalse(uploads.get("Uploads"))

    def test_killed_while_documents_come_back(self):
        with self.environment() as env:
            ids = [self.attach(env, b"Sounding %d" % n).id for n in range(3)]
        self.run_action()
        with self.environment() as env:
            for row in env["s3.bucket"].browse(self.bucket).object_ids:
                os.unlink(env["ir.attachment"]._full_path(row.local_fname))
            env["s3.bucket"].browse(self.bucket).action_drain()
        for place, survived in (("+stream", 1), ("_place_file", 0), ("+_place_file", 0)):
            self.kill("_cron_offload", place, survived)
            self.assertEqual(self.contents(*ids), [b"Sounding %d" % n for n in range(3)])
        self.run_action()
        self.assertEqual(self.stored(), 0)
        self.assertEqual(self.contents(*ids), [b"Sounding %d" % n for n in range(3)])


@tagged("post_install", "-at_install", "slow")
class TestS3KillsAll(Kills, S3ProcessCommon):
    """All attachments belong in the bucket."""

    scope = "all"


@tagged("post_install", "-at_install", "slow")
class TestS3Kills(Kills, S3ProcessCommon):
    """Real processes, real transactions, real kills."""

    # ------------------------------------------------------------------
    # At the same time
    # ------------------------------------------------------------------

    def test_person_who_is_just_changing_it_is_not_disturbed(self):
        with self.environment() as env:
            document = self.attach(env, b"Sounding").id
        with self.registry.cursor() as cr:
            attachment = api.Environment(cr, SUPERUSER_ID, {})["ir.attachment"].browse(document)
            attachment.name = "Sounding, signed.pdf"
            attachment.flush_recordset()
            self.run_action()
            self.assertEqual(self.stored(), 0)
        self.run_action()
        self.assertEqual(self.stored(), 1)
        self.assertEqual(len(self.keys()), 1)
        self.assertEqual(self.contents(document), [b"Sounding"])

    def test_person_who_is_just_changing_it_is_not_disturbed_on_the_way_back(self):
        with self.environment() as env:
            document, other = (self.attach(env, b"Sounding %d" % n).id for n in range(2))
        self.run_action()
        with self.environment() as env:
            env["s3.bucket"].browse(self.bucket).action_drain()
        with self.registry.cursor() as cr:
            attachment = api.Environment(cr, SUPERUSER_ID, {})["ir.attachment"].browse(document)
            attachment.name = "Sounding, signed.pdf"
            attachment.flush_recordset()
            self.run_action()
            self.assertEqual(self.stored(), 1)
        self.run_action()
        self.assertEqual(self.stored(), 0)
        self.assertEqual(self.contents(document, other), [b"Sounding 0", b"Sounding 1"])

    def test_equal_contents_by_many_at_once(self):
        ids, failures = [], []
        start = threading.Barrier(THREADS)

        def add():
            try:
                start.wait(30)
                with self.environment() as env:
                    ids.append(self.attach(env, b"The same photo").id)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=add) for _number in range(THREADS)]
        for thread in threads:
            thread.start()
        for _run in range(3):
            self.run_action()
        for thread in threads:
            thread.join()
        self.run_action()
        self.assertFalse(failures)
        self.assertEqual(self.contents(*ids), [b"The same photo"] * THREADS)
        self.assertEqual((self.stored(), len(self.keys())), (THREADS, THREADS))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_transaction_that_is_tried_again_writes_one_document(self):
        def rename(env):
            env["purchase.order"].browse(self.order).partner_ref = "Read"

        def attach(env):
            env["purchase.order"].browse(self.order).partner_ref = "Read too"
            self.attach(env, b"Sounding")

        tries, failure = self.race((SUPERUSER_ID, rename), (SUPERUSER_ID, attach))
        self.assertEqual((tries, failure), (2, None))
        self.run_action()
        self.assertEqual((self.stored(), len(self.keys())), (1, 1))
