from itertools import product

from odoo.tests import tagged

from .common_faults import FAULTS, LARGE, SMALL, S3FaultCommon

WRITES = {
    "PutObject": SMALL,
    "CreateMultipartUpload": LARGE,
    "UploadPart": LARGE,
    "CompleteMultipartUpload": LARGE,
}


@tagged("post_install", "-at_install", "slow")
class TestS3Faults(S3FaultCommon):
    """S3 goes wrong while documents go there, and while they are deleted there."""

    def test_document_stays_here_until_s3_has_it(self):
        for (operation, content), fault in product(WRITES.items(), FAULTS):
            with self.case(operation=operation, fault=fault):
                document = self.attach(content=content)
                fname = document.store_fname
                with self.fault(operation, fault):
                    self.offload()
                    self.assertEqual(document.store_fname, fname)
                    self.assertTrue(self.read_again(document) == content)
                    in_parts = operation != "PutObject" and fault != "down"
                    self.assert_repeated(fault, self.offload, document if in_parts else None)
                    self.assertTrue(self.read_again(document) == content)
                    self.assertEqual(self.bucket.waiting_count, 1)
                self.mend(fault)
                self.offload()
                self.assert_stored(document, content)

    def test_second_try_only_while_there_is_time(self):
        for fault, tries in (("reset", 2), ("503", 2), ("slow", 1), ("403", 1)):
            with self.case(fault=fault):
                self.attach()
                asked = len(self.proxy.operations)
                with self.fault("PutObject", fault):
                    self.offload()
                self.assertEqual(self.proxy.operations[asked:], ["PutObject"] * tries)

    def test_answer_to_an_upload_is_lost(self):
        """S3 has done it and nobody hears of it: once, as often as boto3 tries, or more often."""
        for (operation, content), times in product(WRITES.items(), (1, 2, 3)):
            with self.case(operation=operation, times=times):
                document = self.attach(content=content)
                with self.fault(operation, "lost", times):
                    for _run in range(3):
                        self.offload()
                        self.assertTrue(self.read_again(document) == content)
                        self.pauses_pass()
                self.assert_stored(document, content)

    def test_deleted_only_when_s3_says_so(self):
        large = {"ListMultipartUploads", "AbortMultipartUpload"}
        # The fence is read and written before anything is deleted.
        for operation, fault in product(
            ("GetObject", "PutObject", "DeleteObject", *sorted(large)), FAULTS
        ):
            with self.case(operation=operation, fault=fault):
                kept = self.stored("Kept.pdf", b"0.08 ohm")
                if operation in large:
                    self.leave_unfinished_upload()
                else:
                    self.stored("Deleted.pdf").unlink()
                count = len(self.bucket.object_ids)
                self.collect()
                self.days_pass(8)
                with self.fault(operation, fault):
                    self.collect()
                    self.assertEqual(len(self.bucket.object_ids), count, "it stays on the list")
                    self.assert_repeated(fault, self.collect)
                self.mend(fault)
                self.assertEqual(self.read_again(kept), b"0.08 ohm")
                self.assert_one_object_each(kept)
                self.assertEqual(self.read_again(kept), b"0.08 ohm")

    def test_upload_that_asks_nothing_of_s3_mends_nothing(self):
        self.bucket.action_activate()
        self.stored().unlink()
        self.collect()
        self.days_pass(8)
        with self.fault("DeleteObject", "503"):
            self.collect()
        for times in (1, 2):
            self.assert_shown("503", times)
            self.pauses_pass()
            self.offload()
            with self.fault("DeleteObject", "503"):
                self.collect()
        self.mend("503")
        self.attach()
        self.offload()
        self.assert_well()

    def test_answer_to_a_deletion_is_lost(self):
        for operation, times in product(
            ("PutObject", "DeleteObject", "AbortMultipartUpload"), (1, 2, 3)
        ):
            with self.case(operation=operation, times=times):
                kept = self.stored("Kept.pdf", b"0.08 ohm")
                if operation == "AbortMultipartUpload":
                    self.leave_unfinished_upload()
                else:
                    self.stored("Deleted.pdf").unlink()
                self.collect()
                self.days_pass(8)
                with self.fault(operation, "lost", times):
                    for _run in range(3):
                        self.collect()
                        self.pauses_pass()
                self.assert_one_object_each(kept)
                self.assertEqual(self.read_again(kept), b"0.08 ohm")

    def test_first_fence_that_fails_is_not_anothers(self):
        for fault, times in [*product(FAULTS, (2,)), *product(("lost",), (1, 2, 3))]:
            with self.case(fault=fault, times=times):
                kept = self.stored("Kept.pdf", b"0.08 ohm")
                with self.fault("PutObject", fault, times):
                    self.collect()
                self.mend(fault)
                self.assert_one_object_each(kept)

    def leave_unfinished_upload(self):
        """Let a large upload stop before its end, and its document be deleted."""
        document = self.attach("Deleted.pdf", LARGE)
        with self.fault("CompleteMultipartUpload", "503"):
            self.offload()
        self.bucket._forget_failures()
        document.unlink()

    def assert_stored(self, document, content):
        """It is in S3 once, whole, and nothing else is."""
        self.assert_well()
        self.assertTrue(self.content_in_s3(document) == content)
        self.assertTrue(self.read_again(document) == content)
        self.assert_one_object_each(document)
        self.assertTrue(self.read_again(document) == content)
