import contextlib
import importlib
import logging
import re
from unittest.mock import patch

from odoo.modules.module import Manifest
from odoo.tests import tagged
from odoo.tools import config

from .common import SECRET_KEY, failing_server
from .common_strangers import WORDS, S3DoorsCommon

SIGNATURE = re.compile(r"X-Amz-Signature=[0-9a-f]{64}|Signature=[0-9a-f]{64}")


@tagged("post_install", "-at_install", "slow")
class TestS3Logs(S3DoorsCommon):
    """What is logged, at the most talkative level."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo calls it when it loads the addon, unless pytest has imported the addon before.
        addon = importlib.import_module("odoo.addons.purchase_milestone")
        getattr(addon, Manifest.for_addon("purchase_milestone")["post_load"])()

    @contextlib.contextmanager
    def all_logs(self):
        """Give the list of ``(logger, line)`` of everything that anybody logs at DEBUG."""
        lines = []
        loggers = [logging.getLogger(), *map(logging.getLogger, ("odoo", "botocore", "boto3"))]
        loggers += [
            logger
            for logger in logging.root.manager.loggerDict.values()
            if isinstance(logger, logging.Logger) and logger.level
        ]

        class Keeper(logging.Handler):
            def emit(self, record):
                text = logging.Formatter().format(record)
                lines.append((record.name, text))

        keeper = Keeper(logging.DEBUG)
        with contextlib.ExitStack() as stack:
            for logger in loggers:
                stack.enter_context(patch.object(logger, "level", logging.DEBUG))
            logging.root.manager._clear_cache()
            stack.callback(logging.root.manager._clear_cache)
            stack.enter_context(patch.object(logging.root, "handlers", [keeper]))
            yield lines

    def check(self, lines, *secrets):
        """Assert that nobody logs a secret, and that only the SDK logs what it has signed."""
        self.assertTrue(lines)
        for name, line in lines:
            for secret in (SECRET_KEY, config["s3_secret_key"], *secrets):
                self.assertNotIn(secret, line, name)
            # The S3 server and the browser are in this process, and log what they are asked.
            asked = f'"GET /{self.bucket.bucket}/' in line
            if not asked and name.split(".")[0] not in ("botocore", "urllib3"):
                self.assertNotRegex(line, SIGNATURE, name)

    def test_work_of_the_bucket(self):
        with self.all_logs() as lines:
            self.stored("Another.txt", b"Other words")
            self.bucket.action_test_connection()
            self.audit()
            self.collect()
            self.bucket.action_drain()
            self.offload()
        self.check(lines)
        # It logs the headers of its requests, whose signatures are good for that request alone.
        signing = {name for name, line in lines if SIGNATURE.search(line)}
        self.assertIn("botocore.endpoint", signing)

    def test_downloads(self):
        self.authenticate("ms_buyer", "ms_buyer")
        with self.all_logs() as lines:
            for mode in ("redirect", "stream"):
                self.bucket.download_mode = mode
                for part in ("", "?download=true"):
                    answer = self.url_open(f"/web/content/{self.document.id}{part}")
                    self.assertEqual(answer.content, WORDS)
            self.bucket.download_mode = "redirect"
            answer = self.url_open(f"/web/content/{self.document.id}", allow_redirects=False)
        self.assertRegex(answer.headers["Location"], SIGNATURE)
        self.check(lines)

    def test_failures(self):
        self.authenticate("ms_buyer", "ms_buyer")
        waiting = self.attach("Waiting.txt", b"Still here")
        with self.all_logs() as lines:
            for status, code in ((503, "SlowDown"), (403, "SignatureDoesNotMatch"), (404, "")):
                with failing_server(status, code) as endpoint, self.served_by(endpoint):
                    self.bucket.download_mode = "stream"
                    answer = self.url_open(f"/web/content/{self.document.id}")
                    self.assertIn(answer.status_code, (404, 503))
                    self.assertNotIn(endpoint, answer.text)
                    self.offload()
                    self.bucket.action_test_connection()
                    self.bucket._forget_failures()
        self.assertFalse(waiting.store_fname.startswith("s3:"))
        self.check(lines)

    def test_secret_that_an_administrator_enters(self):
        entered = "entered/by+the+administrator/0123456789"
        bucket = self.bucket
        values = {"secret_access_key": entered}
        new = {"name": "New", "bucket": "new-documents", **values}
        with self.all_logs() as lines:
            answers = [
                door(self.administrator, "s3.bucket", method, ids, **arguments)
                for door in (self.call_kw, self.json_2, self.xml_rpc)
                for method, ids, arguments in (
                    ("write", bucket.ids, {"vals": values}),
                    ("web_save", bucket.ids, {"vals": values, "specification": {"name": {}}}),
                    ("write", bucket.ids, {"vals": {**values, "no_such_field": 1}}),
                    ("write", bucket.ids, {"vals": {**values, "grace_days": 0}}),
                    ("write", bucket.ids, {"vals": {**values, "grace_days": "week"}}),
                    ("write", bucket.ids, {"vals": {"secret_access_key": [entered]}}),
                    ("write", bucket.ids, {"vals": {**values, "prefix": "elsewhere"}}),
                    ("create", None, {"vals_list": [{**new, "state": "active"}]}),
                    ("create", None, {"vals_list": [{**new, "url_expiry": 0}]}),
                    ("create", None, {"vals_list": [values]}),
                    (
                        "load",
                        None,
                        {"fields": ["name", "secret_access_key"], "data": [["X", entered]]},
                    ),
                    ("read", bucket.ids, {"fields": ["secret_access_key", "has_secret"]}),
                    ("export_data", bucket.ids, {"fields_to_export": ["secret_access_key"]}),
                    ("fields_get", None, {}),
                    ("get_views", None, {"views": [[False, "form"], [False, "list"]]}),
                    ("search", None, {"domain": [["secret_access_key", "=like", "entered%"]]}),
                    ("default_get", None, {"fields": ["secret_access_key"]}),
                    ("copy_data", bucket.ids, {}),
                    ("message_post", bucket.ids, {"body": "See the bucket"}),
                )
            ]
        self.check(lines, entered)
        for answer in answers:
            for secret in (entered, SECRET_KEY, config["s3_secret_key"]):
                self.assertNotIn(secret, answer)
