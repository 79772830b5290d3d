import json
from urllib.parse import quote

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_strangers import NAME, QUIET, WORDS, S3DoorsCommon


@tagged("post_install", "-at_install", "slow")
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
