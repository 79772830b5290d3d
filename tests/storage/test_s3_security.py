from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from .common import SECRET_KEY
from .common_strangers import NAME, WORDS, S3StrangersCommon

# What a server action can try, for its code may call every method of every object it gets.
SPYING = (
    "bucket.secret_access_key",
    "bucket.read()",
    "env['s3.credential'].sudo().search_read([])",
    "env['s3.credential'].sudo().search([]).mapped('ciphertext')",
    "document._to_http_stream()",
    "document._to_http_stream()._client().settings.secret_access_key",
    "document._to_http_stream()._client()._boto()._request_signer._credentials.secret_key",
    "document._to_http_stream().bucket.secret_access_key",
    "document._to_http_stream().data",
    "bucket._test_connection()",
    "bucket._keep_secret('')",
    "env['ir.config_parameter'].sudo().get_param('s3_secret_key')",
    "bucket.message_ids.sudo().read() + bucket.activity_ids.sudo().read()",
    "bucket.finding_ids.sudo().read() + env['s3.object'].sudo().search_read([])",
    "bucket.sudo().fields_get() | bucket.sudo().get_views([(False, 'form')])['models']",
)


@tagged("post_install", "-at_install", "slow")
class TestS3Security(S3StrangersCommon):
    def attempts(self, user):
        """Return what somebody may try on a document, by name."""
        document = self.document.with_user(user)
        model = document.browse()
        neighbour = self.neighbour.with_user(user)
        milestone = self.milestone.with_user(user)
        partner = user.partner_id.with_user(user)
        ours = [("id", "=", document.id)]
        words = {
            "id": document.id,
            "name": NAME,
            "checksum": self.checksum,
            "store_fname": self.store_fname,
            "file_size": len(WORDS),
            "index_content": WORDS.decode(),
            "mimetype": "text/plain",
            "res_id": self.milestone.id,
        }
        content = ("raw", "datas", "db_datas", "index_content")
        tells = (*content, "name", "store_fname", "checksum", "file_size", "access_token", "url")
        copies = {"res_model": False, "res_id": False}
        post = {"body": "See the file", "attachment_ids": document.ids}
        return {
            **{f"read {name}": lambda name=name: document.read([name]) for name in tells},
            **{f"get {name}": lambda name=name: document.mapped(name) for name in tells},
            **{
                f"export {name}": lambda name=name: document.export_data([name])
                for name in ("name", "raw", "datas", "store_fname", "index_content")
            },
            **{
                f"search {name}": lambda name=name, value=value: self.found(
                    model.search([(name, "=", value), *ours]), document
                )
                for name, value in words.items()
            },
            **{
                f"search as a milestone's {name}": lambda name=name, value=value: self.found(
                    model.search([("res_model", "=", "purchase.milestone"), (name, "=", value)]),
                    document,
                )
                for name, value in words.items()
            },
            **{
                f"count {name}": lambda name=name, value=value: self.none(
                    model.search_count([(name, "=", value), *ours])
                )
                for name, value in words.items()
            },
            **{
                f"group {name}": lambda name=name: self.none(
                    model.formatted_read_group(ours, [name], ["__count", "file_size:sum"])
                )
                for name in ("name", "store_fname", "checksum", "mimetype", "index_content")
            },
            **{
                f"groups of {name}": lambda name=name: model.web_read_group(ours, [name])
                for name in ("name", "store_fname", "checksum")
            },
            "grouped values": lambda: model.formatted_read_group(
                ours, [], ["name:array_agg", "checksum:max", "store_fname:max"]
            ),
            "web_read": lambda: document.web_read({"name": {}, "raw": {}, "store_fname": {}}),
            "web_save": lambda: document.web_save({"name": "X"}, {"name": {}, "raw": {}}),
            "web_search_read": lambda: model.web_search_read(ours, {"name": {}, "raw": {}}),
            "search_read": lambda: model.search_read(ours, ["name", "raw"]),
            "search_fetch": lambda: model.search_fetch(ours, ["name"]).mapped("raw"),
            "name_search": lambda: model.name_search(NAME),
            "name_search, ours": lambda: model.name_search("", ours),
            "display_name": lambda: document.mapped("display_name"),
            "onchange": lambda: document.onchange({}, [], {"name": {}, "raw": {}}),
            "onchange, new": lambda: model.onchange(
                {"res_id": self.milestone.id, "res_model": "purchase.milestone"},
                ["res_id"],
                {"name": {}, "raw": {}},
            ),
            "copy": lambda: document.copy().raw,
            "copy away": lambda: document.copy(copies).raw,
            "copy to the own company": lambda: (
                document.copy({**copies, "company_id": user.company_id.id}).raw
            ),
            "copy to no company": lambda: document.copy({**copies, "company_id": False}).raw,
            "copies": lambda: document.union(neighbour).copy(copies).mapped("raw"),
            **{
                f"get {name} of two": lambda name=name: document.union(neighbour).mapped(name)
                for name in tells
            },
            **{
                f"get {name} of two, others": lambda name=name: (neighbour | document)[1][name]
                for name in tells
            },
            "copy_data": lambda: document.copy_data(),
            "write": lambda: document.write({"name": "X"}),
            "take": lambda: document.write(copies),
            "publish": lambda: document.write({"public": True}),
            "unlink": lambda: document.unlink(),
            "token": lambda: document.generate_access_token(),
            "import over it": lambda: model.load([".id", "name"], [[str(document.id), "X"]]),
            "import its content": lambda: model.load([".id", "raw"], [[str(document.id), "eA=="]]),
            "metadata": lambda: document.get_metadata(),
            "form": lambda: document.get_formview_action(),
            "milestone": lambda: milestone.read(["message_main_attachment_id", "name"]),
            "main": lambda: document.register_as_main_attachment(),
            "post": lambda: partner.message_post(**post).attachment_ids.mapped("raw"),
            "notify": lambda: partner.message_notify(partner_ids=partner.ids, **post),
            "message": lambda: (
                partner.env["mail.message"]
                .create(
                    {
                        "model": "res.partner",
                        "res_id": partner.id,
                        "attachment_ids": [(4, document.id)],
                    }
                )
                .attachment_ids.read(["raw"])
            ),
            "composer": lambda: self.composed(partner, document),
            "composer's own": lambda: partner.env["mail.compose.message"].search(
                [("attachment_ids.index_content", "ilike", "0.083")]
            ),
            "mail": lambda: partner.env["mail.mail"].create(
                {"body_html": "X", "attachment_ids": [(4, document.id)]}
            ),
            "template": lambda: partner.env["mail.template"].create(
                {"name": "X", "attachment_ids": [(4, document.id)]}
            ),
        }

    def found(self, attachments, document):
        self.assertNotIn(document.id, attachments.ids)

    def none(self, answer):
        self.assertFalse(answer)

    def composed(self, partner, document):
        composer = partner.env["mail.compose.message"].create(
            {
                "model": "res.partner",
                "res_ids": str(partner.ids),
                "body": "See the file",
                "attachment_ids": [(6, 0, document.ids)],
            }
        )
        composer.action_send_mail()
        messages = partner.message_ids.filtered("attachment_ids")
        return messages.attachment_ids.mapped("raw")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_strangers_get_nothing(self):
        for user in self.strangers:
            for name in self.attempts(user):
                with self.subTest(user=user.login, attempt=name):
                    self.check_attempt(user, name)

    def test_refusal_names_no_milestone_of_others(self):
        self.bring_to(self.milestone, "completed")
        document = self.document
        for user in self.strangers:
            for attempt in (
                lambda document: document.write({"name": "X"}),
                lambda document: document.write({"res_model": False, "res_id": False}),
                lambda document: document.unlink(),
                lambda document: document.copy({"res_id": self.other_milestone.id}),
            ):
                self.env.invalidate_all()
                with (
                    self.subTest(user=user.login, attempt=attempt),
                    self.assertRaises(AccessError) as refusal,
                ):
                    attempt(document.with_user(user))
                self.assertNotIn(self.milestone.name, str(refusal.exception))
                self.assertNotIn(NAME, str(refusal.exception))

    def check_attempt(self, user, name):
        self.env.invalidate_all()
        before = self.document.read(["name", "public", "access_token", "res_id", "create_uid"])
        self.env.invalidate_all()
        mails = self.env["mail.mail"].search([])
        answer, error = None, None
        with self.recorded() as operations:
            try:
                with self.env.cr.savepoint():
                    answer = self.attempts(user)[name]()
                    self.env.flush_all()
            except (AccessError, MissingError, UserError, ValueError) as refusal:
                error = refusal
        self.assert_nothing_told(answer)
        self.assert_nothing_told(error)
        self.assertFalse(operations)
        self.env.invalidate_all()
        self.assertEqual(self.document.read(list(before[0])), before)
        carried = (self.env["mail.mail"].search([]) - mails).attachment_ids
        self.assertNotIn(self.document, carried)

    # ------------------------------------------------------------------
    # The secret
    # ------------------------------------------------------------------

    def test_code_of_an_administrator_reaches_no_secret(self):
        for code in SPYING:
            with self.subTest(code=code):
                self.assert_no_secret(self.run_code(code))

    def run_code(self, code):
        """Return what code that an administrator wrote comes to know."""
        values = {
            "name": "Look around",
            "model_id": self.env["ir.model"]._get_id("s3.bucket"),
            "state": "code",
            "code": f"bucket = env['s3.bucket'].sudo().browse({self.bucket.id})\n"
            f"document = env['ir.attachment'].sudo().browse({self.document.id})\n"
            f"action = {{'found': {code}}}",
        }
        actions = self.env["ir.actions.server"].with_user(self.administrator)
        try:
            with self.env.cr.savepoint():
                return repr(actions.create(values).run())
        except (ValueError, UserError) as error:
            return str(error)

    def assert_no_secret(self, text):
        for secret in (SECRET_KEY, config["s3_secret_key"]):
            self.assertNotIn(secret, text)
