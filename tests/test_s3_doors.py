import contextlib
import json
import logging
import re
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import quote
from xmlrpc.client import Fault

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger

from .common_s3 import SECRET_KEY, failing_server
from .test_s3_security import NAME, WORDS, S3StrangersCommon

QUIET = ("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
SIGNATURE = re.compile(r"X-Amz-Signature=[0-9a-f]{64}|Signature=[0-9a-f]{64}")


class S3DoorsCommon(S3StrangersCommon, HttpCase):
    """What reaches the server from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        expiry = fields.Datetime.now() + timedelta(hours=1)
        keys = cls.env["res.users.apikeys"]
        cls.keys = {
            user: keys.with_user(user).sudo()._generate("rpc", "Site office", expiry)
            for user in (*cls.strangers, cls.buyer)
            if user != cls.public_user
        }

    def post(self, path, **values):
        values["csrf_token"] = Request.csrf_token(self)
        return self.url_open(path, data=values, allow_redirects=False)

    def rpc(self, path, **params):
        return self.url_open(
            path,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        )

    def positional(self, method, ids, arguments):
        # Odoo looks at the first argument of `create` to know what to answer.
        first = arguments.pop("vals_list", None) if method == "create" else ids
        return [] if first is None else [first]

    # Each takes a user, a model, a method, its ids and its named arguments.

    def call_kw(self, user, model, method, ids, **arguments):
        self.authenticate(user.login, user.login)
        args = self.positional(method, ids, arguments)
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=args,
            kwargs=arguments,
        ).text

    def json_2(self, user, model, method, ids, **arguments):
        self.opener.cookies.clear()
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps({**arguments, **({} if ids is None else {"ids": ids})}),
            headers={
                "Authorization": f"Bearer {self.keys[user]}",
                "Content-Type": "application/json",
            },
        ).text

    def xml_rpc(self, user, model, method, ids, **arguments):
        args = self.positional(method, ids, arguments)
        credentials = (self.env.cr.dbname, user.id, self.keys[user])
        try:
            return str(self.xmlrpc_object.execute_kw(*credentials, model, method, args, arguments))
        except Fault as fault:
            return fault.faultString


@tagged("post_install", "-at_install")
class TestS3Doors(S3DoorsCommon):
    def requests(self, document):
        """Return what a browser can ask for about a document, by name."""
        number = document.id
        ours = [["id", "=", number]]
        export = {
            "model": "ir.attachment",
            "fields": [{"name": name, "label": name} for name in ("name", "raw", "store_fname")],
            "ids": [number],
            "domain": ours,
            "import_compat": False,
        }
        content = (
            f"{number}?download=true",
            f"{number}/{quote(NAME)}",
            f"?id={number}",
            f"?model=ir.attachment&id={number}&field=raw&download=1",
            f"ir.attachment/{number}/raw",
            f"ir.attachment/{number}/datas",
            f"ir.attachment/{number}/db_datas",
            f"ir.attachment/{number}/index_content",
            f"ir.attachment/{number}/raw/{quote(NAME)}",
            f"{number}?access_token=",
            f"{number}?access_token=False",
            f"{number}?access_token={document.checksum}",
            f"ir.attachment/{number}/raw?access_token={document.checksum}o0x7fffffff",
            f"{number}?unique={document.checksum}",
            f"{number}?nocache=1&mimetype=text/html",
            f"purchase.milestone/{self.milestone.id}/message_main_attachment_id",
            f"__export__.ir_attachment_{number}",
        )
        image = (
            *(f"{number}", f"{number}/20x10", f"{number}-{document.checksum}/20x10"),
            *(f"?id={number}&width=20", f"ir.attachment/{number}/raw/20x10"),
            *(f"ir.attachment/{number}/thumbnail", f"ir.attachment/{number}/image_src"),
        )
        return {
            **{
                f"content/{part}": lambda part=part: self.get("/web/content", part)
                for part in content
            },
            **{f"image/{part}": lambda part=part: self.get("/web/image", part) for part in image},
            "zip": lambda: self.post("/mail/attachment/zip", file_ids=number, zip_name="a.zip"),
            "first page": lambda: self.url_open(f"/mail/attachment/pdf_first_page/{number}"),
            "thumbnail": lambda: self.rpc(
                "/mail/attachment/update_thumbnail", attachment_id=number, thumbnail="eA=="
            ),
            "delete": lambda: self.rpc("/mail/attachment/delete", attachment_id=number),
            "delete, token": lambda: self.rpc(
                "/mail/attachment/delete", attachment_id=number, access_token=document.checksum
            ),
            "post": lambda: self.rpc(
                "/mail/message/post",
                thread_model="res.partner",
                thread_id=self.env.user.partner_id.id,
                post_data={
                    "body": "See the file",
                    "attachment_ids": [number],
                    "attachment_tokens": [document.checksum],
                },
            ),
            "thread": lambda: self.rpc(
                "/mail/thread/messages",
                thread_model="purchase.milestone",
                thread_id=self.milestone.id,
            ),
            "thread data": lambda: self.rpc(
                "/mail/data",
                fetch_params=[
                    [
                        "mail.thread",
                        {
                            "thread_model": "purchase.milestone",
                            "thread_id": self.milestone.id,
                            "request_list": ["attachments"],
                        },
                    ]
                ],
            ),
            "upload": lambda: self.post(
                "/web/binary/upload_attachment", model="purchase.milestone", id=self.milestone.id
            ),
            "csv": lambda: self.post("/web/export/csv", data=json.dumps(export)),
            "xlsx": lambda: self.post("/web/export/xlsx", data=json.dumps(export)),
            "grouped csv": lambda: self.post(
                "/web/export/csv", data=json.dumps({**export, "groupby": ["name"], "ids": False})
            ),
            "editor": lambda: self.rpc(
                f"/html_editor/modify_image/{number}", res_model="res.partner", res_id=0
            ),
            "editor's copy": lambda: self.rpc(
                f"/html_editor/modify_image/{number}", res_model="res.partner", data="eA=="
            ),
            "editor's info": lambda: self.rpc(
                "/html_editor/get_image_info", src=f"/web/image/{number}"
            ),
            "filestore": lambda: self.url_open(f"/web/filestore/{document.store_fname}"),
            "page": lambda: self.url_open(f"/odoo/ir.attachment/{number}", allow_redirects=False),
        }

    def get(self, route, part):
        slash = "" if part.startswith("?") else "/"
        return self.url_open(f"{route}{slash}{part}", allow_redirects=False)

    @mute_logger(*QUIET)
    def test_strangers_get_nothing_over_http(self):
        for user in self.strangers:
            login = None if user == self.public_user else user.login
            self.authenticate(login, login)
            for mode in ("redirect", "stream"):
                self.bucket.download_mode = mode
                for name, attempt in self.requests(self.document).items():
                    with self.subTest(user=user.login, mode=mode, attempt=name):
                        self.check_answer(attempt)

    def test_the_same_doors_are_open_to_the_buyer(self):
        self.env.ref("base.group_allow_export").user_ids += self.buyer
        self.authenticate("ms_buyer", "ms_buyer")
        attempts = self.requests(self.document)
        number = self.document.id
        for part in ("?download=true", "", "?access_token="):
            self.assertIn("X-Amz", self.get("/web/content", f"{number}{part}").headers["Location"])
        for name in ("zip", "csv", "thread data"):
            with self.subTest(attempt=name):
                self.assertIn(NAME, attempts[name]().text)
        for method, ids, arguments in self.calls(self.document)[:3]:
            with self.subTest(method=method):
                answer = self.json_2(
                    self.buyer, "ir.attachment", method, ids and [number], **arguments
                )
                self.assertIn(NAME if method != "read" else self.store_fname, answer)
        self.authenticate("ms_buyer", "ms_buyer")
        attempts["delete"]()
        self.assertFalse(self.document.exists())

    def check_answer(self, attempt):
        before = self.document.read(["name", "res_id", "public", "access_token"])
        with self.recorded() as operations:
            answer = attempt()
        told = f"{answer.status_code} {answer.headers} {answer.text}"
        # A browser's own words in the address come back in redirects to the login.
        for secret in self.secrets:
            if secret not in (NAME, self.checksum):
                self.assertNotIn(secret, told)
        self.assertNotIn(WORDS, answer.content)
        self.assertFalse(operations)
        self.assertNotIn("X-Amz", answer.headers.get("Location", ""))
        self.env.invalidate_all()
        self.assertEqual(self.document.exists().read(list(before[0])), before)

    def calls(self, document):
        """Return method, ids and arguments of what can be called from outside."""
        ours = [["id", "=", document.id]]
        context = {"default_store_fname": self.store_fname}
        return [
            *(
                (method, ids, arguments)
                for method, ids, arguments in (
                    ("read", True, {"fields": ["raw", "datas", "store_fname", "checksum"]}),
                    ("web_read", True, {"specification": {"raw": {}, "name": {}}}),
                    ("export_data", True, {"fields_to_export": ["name", "raw"]}),
                    ("search", False, {"domain": [["store_fname", "=", self.store_fname]]}),
                    ("search_read", False, {"domain": ours, "fields": ["raw"]}),
                    ("search_count", False, {"domain": ours}),
                    ("name_search", False, {"name": NAME}),
                    (
                        "formatted_read_group",
                        False,
                        {"domain": ours, "groupby": ["store_fname"], "aggregates": ["__count"]},
                    ),
                    ("copy", True, {"default": {"res_model": False, "res_id": False}}),
                    ("copy_data", True, {}),
                    ("write", True, {"vals": {"public": True}}),
                    ("unlink", True, {}),
                    ("generate_access_token", True, {}),
                    ("_get_raw_access_token", True, {}),
                    ("_file_read", False, {"fname": self.store_fname}),
                    ("_to_http_stream", True, {}),
                    ("_s3_copy_sharing", True, {"default": {}}),
                    ("_compute_raw", True, {}),
                    ("default_get", False, {"fields": ["store_fname"], "context": context}),
                    ("load", False, {"fields": [".id", "name"], "data": [[str(document.id), "X"]]}),
                )
            ),
        ]

    @mute_logger(*QUIET)
    def test_strangers_get_nothing_over_rpc(self):
        document = self.document
        for user in self.keys:
            if user == self.buyer:
                continue
            for door in (self.call_kw, self.json_2, self.xml_rpc):
                for method, ids, arguments in self.calls(document):
                    with self.subTest(user=user.login, door=door.__name__, method=method):
                        self.check_call(door, user, method, ids and document.ids, arguments)

    def check_call(self, door, user, method, ids, arguments):
        with self.recorded() as operations:
            answer = door(user, "ir.attachment", method, ids or None, **arguments)
        self.assert_nothing_told(answer.replace(json.dumps(NAME), ""))
        self.assertFalse(operations)
        self.env.invalidate_all()
        self.assertEqual((self.document.exists().name, self.document.public), (NAME, False))
        self.assertFalse(self.document.access_token)

    @mute_logger(*QUIET)
    def test_actions_of_the_bucket_are_refused_over_rpc(self):
        names = ("activate", "pause", "drain", "claim_moved", "claim_copy")
        names += ("test_connection", "audit")
        state = self.bucket.state
        others = [user for user in self.keys if user != self.administrator]
        for user in others:
            for door in (self.call_kw, self.json_2, self.xml_rpc):
                for name in names:
                    with self.subTest(user=user.login, door=door.__name__, action=name):
                        answer = door(user, "s3.bucket", f"action_{name}", self.bucket.ids)
                        self.assertIn("not allowed to", answer)
        private = ("_write_guarded", "_detach", "_begin_instance", "_move_state", "_keep_secret")
        for door in (self.call_kw, self.json_2, self.xml_rpc):
            for name in (*private, "_forget_failures", "_cron_offload", "_cron_collect"):
                with self.subTest(door=door.__name__, method=name):
                    answer = door(self.administrator, "s3.bucket", name, self.bucket.ids)
                    self.assertRegex(answer, "(?i)private|cannot be called|not found|no attribute")
        self.env.invalidate_all()
        self.assertEqual(self.bucket.state, state)

    @mute_logger(*QUIET)
    def test_no_door_sets_where_a_content_is(self):
        forged = {
            "store_fname": self.store_fname,
            "checksum": self.checksum,
            "file_size": len(WORDS),
            "db_datas": False,
        }
        context = {f"default_{name}": value for name, value in forged.items()}
        attachments = self.env["ir.attachment"]
        for user in (self.clerk, self.buyer, self.administrator):
            for door in (self.call_kw, self.json_2, self.xml_rpc):
                for name, arguments in {
                    "values": {"vals_list": [{"name": "Mine", **forged}]},
                    "context": {"vals_list": [{"name": "Mine"}], "context": context},
                }.items():
                    with self.subTest(user=user.login, door=door.__name__, way=name):
                        door(user, "ir.attachment", "create", None, **dict(arguments))
                        self.env.invalidate_all()
                        made = attachments.search([("name", "=", "Mine")])
                        self.assertTrue(made)
                        self.assertFalse(any(made.mapped("store_fname")))
                        self.assertFalse(any(made.mapped("raw")))
                        door(user, "ir.attachment", "write", made.ids, vals={**forged})
                        door(user, "ir.attachment", "copy", made.ids, default=forged)
                        self.env.invalidate_all()
                        made = attachments.search([("name", "like", "Mine")])
                        self.assertFalse(any(made.mapped("store_fname")))
                        made.unlink()


@tagged("post_install", "-at_install")
class TestS3Logs(S3DoorsCommon):
    """What stands in the log, at its most talkative."""

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
            self.bucket.action_audit()
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
