import inspect
import logging
from itertools import product
from operator import methodcaller
from unittest.mock import patch

from cryptography.fernet import Fernet
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import config, mute_logger

from ...models.storage.s3_bucket import GUARDED_VALUES
from ...tools.s3.secret import client_of
from ..common import APPROVER, PURCHASE_MANAGER, RELEASE_OFFICER
from .common import CRON_LOGGER, SECRET_KEY, S3Common

SETTINGS = "base.group_system"


@tagged("post_install", "-at_install")
class TestS3Bucket(S3Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "ms_admin", f"{SETTINGS},{PURCHASE_MANAGER}")

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_only_administrators_have_anything_to_do_with_it(self):
        everybody_else = (
            *(self.buyer, self.manager, self.approver, self.release_officer),
            new_test_user(self.env, "ms_all", f"{PURCHASE_MANAGER},{APPROVER},{RELEASE_OFFICER}"),
            new_test_user(self.env, "ms_vendor", "base.group_portal"),
        )
        attempts = {
            "read": lambda bucket: bucket.read(["name"]),
            "search": lambda bucket: bucket.search([]),
            "write": lambda bucket: bucket.write({"name": "Mine"}),
            "copy": lambda bucket: bucket.copy(),
            "unlink": lambda bucket: bucket.unlink(),
            "search the ledger": lambda bucket: bucket.env["s3.object"].search([]),
            **{name: methodcaller(name) for name in self.actions()},
        }
        for user, (name, attempt) in product(everybody_else, attempts.items()):
            with self.subTest(user=user.login, attempt=name), self.assertRaises(AccessError):
                attempt(self.bucket.with_user(user))

    def actions(self):
        """Return the names of all methods of the bucket that can be called from outside."""
        ours = "odoo.addons.purchase_milestone."
        names = {
            name
            for cls in type(self.bucket).mro()
            if cls.__module__.startswith(ours)
            for name, member in vars(cls).items()
            if inspect.isfunction(member)
            and not name.startswith("_")
            and not getattr(member, "_api_private", False)
        }
        return sorted(names - {"create", "write"})

    def test_companies_do_not_see_each_others(self):
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        stranger = new_test_user(
            self.env,
            "ms_stranger",
            SETTINGS,
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        self.assertFalse(self.env["s3.bucket"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.bucket.with_user(stranger).action_drain()

    # ------------------------------------------------------------------
    # The secret
    # ------------------------------------------------------------------

    def test_secret_is_never_read_back(self):
        bucket = self.bucket.with_user(self.administrator)
        self.assertTrue(bucket.has_secret)
        bucket.write({"secret_access_key": "another/secret+of+the+fit-out"})
        self.assertFalse(bucket.secret_access_key)
        self.assertFalse(bucket.web_save({"secret_access_key": SECRET_KEY}, {})[0].get("secret"))
        saved = bucket.web_save(
            {"secret_access_key": SECRET_KEY}, {"secret_access_key": {}, "name": {}}
        )
        self.assertFalse(saved[0]["secret_access_key"])
        everything = repr(bucket.read()) + repr(bucket.sudo().read())
        everything += repr(bucket.export_data(["name", "secret_access_key"]))
        everything += repr(bucket.copy_data()) + repr(bucket.message_ids.read())
        self.assertNotIn(SECRET_KEY, everything)
        self.assertEqual(client_of(bucket).settings.secret_access_key, SECRET_KEY)
        self.assertNotIn(SECRET_KEY, repr(client_of(bucket).settings))

    def test_nobody_has_a_right_to_the_encrypted_secret(self):
        credentials = self.env["s3.credential"].search([])
        self.assertNotIn(SECRET_KEY, credentials.ciphertext)
        for attempt in (
            lambda records: records.read(),
            lambda records: records.search([]),
            lambda records: records.export_data(["ciphertext"]),
            lambda records: records.write({"ciphertext": "x"}),
            lambda records: records.unlink(),
        ):
            with self.assertRaises(AccessError):
                attempt(credentials.with_user(self.administrator))

    def test_no_log_and_no_error_has_the_secret(self):
        self.bucket.action_activate()
        self.attach()
        with self.assertLogs(level=logging.DEBUG) as logs, self.served_by("http://127.0.0.1:9"):
            self.bucket.secret_access_key = SECRET_KEY + "x"
            self.offload()
        self.assertNotIn(SECRET_KEY, "\n".join(logs.output))
        self.assertNotIn(SECRET_KEY, self.bucket.last_error)

    def test_secret_needs_the_servers_key(self):
        for key in (None, "too short"):
            with self.server_key(key), self.refused("key in the server's configuration"):
                self.bucket.secret_access_key = "another secret"
        self.bucket.action_activate()
        self.attach()
        logger = CRON_LOGGER
        with self.server_key(Fernet.generate_key().decode()), mute_logger(logger):
            self.offload()
        self.assertIn("enter it again", self.bucket.last_error)

    def server_key(self, key):
        return patch.dict(config.options, {"s3_secret_key": key})

    def test_empty_secret_keeps_the_one_before(self):
        with Form(self.bucket.with_user(self.administrator)) as form:
            form.region = "eu-west-3"
        self.assertEqual(client_of(self.bucket).settings.secret_access_key, SECRET_KEY)

    def test_ambient_credentials_are_the_sdks_own(self):
        self.bucket.credentials = "ambient"
        settings = client_of(self.bucket).settings
        self.assertEqual((settings.access_key_id, settings.secret_access_key), (None, None))

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    def test_place_stays_once_there_are_objects(self):
        self.stored()
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        for values in (
            {"bucket": "another-bucket"},
            {"prefix": "elsewhere"},
            {"endpoint_url": "https://s3.example.com"},
            {"endpoint_url": False},
            {"company_id": elsewhere.id},
        ):
            with self.subTest(values=values), self.refused("holds documents"):
                self.bucket.with_user(self.administrator).write(values)
        self.bucket.write({"bucket": self.bucket.bucket, "region": "eu-west-1", "name": "Others"})
        with self.refused("still hold objects"):
            self.bucket.unlink()

    def test_place_is_free_before(self):
        self.bucket.write({"prefix": "site/documents", "endpoint_url": "https://s3.example.com"})
        self.bucket.unlink()
        self.assertFalse(self.env["s3.credential"].search([]))

    def test_form_of_a_new_bucket_logs_nothing(self):
        with self.assertNoLogs("odoo", "WARNING"):
            form = Form(self.env["s3.bucket"].with_user(self.administrator))
            form.name, form.bucket = "Harbour documents", "harbour-documents"
        self.assertEqual((form.waiting_count, form.progress, form.has_secret), (0, 0, False))

    def test_nonsense_is_refused(self):
        for values in (
            {"bucket": "a"},
            {"bucket": "acme/documents"},
            {"prefix": "/odoo/"},
            {"prefix": "../odoo"},
            {"endpoint_url": "s3.example.com"},
            {"endpoint_url": "https://key:secret@s3.example.com"},
            {"public_endpoint_url": "javascript:alert(1)"},
            {"access_key_id": False},
        ):
            with self.subTest(values=values), self.refused("", ValidationError):
                self.bucket.write(values)

    def test_guarded_values_are_written_by_nobody(self):
        for name in GUARDED_VALUES:
            with self.subTest(name=name), self.refused("by its buttons only"):
                self.bucket.sudo().write({name: "active"})
        values = {"name": "Forged", "bucket": "acme", "state": "active", "instance": "x"}
        forged = self.env["s3.bucket"].with_context(default_state="active", default_identity="y")
        forged = forged.create(values)
        self.assertEqual((forged.state, forged.instance, forged.identity), ("draft", False, False))

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    def test_one_active_bucket_per_company(self):
        self.bucket.action_activate()
        second = self.new_bucket()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            second.action_activate()
            self.env.flush_all()

    def test_steps_between_states(self):
        steps = {
            "action_activate": ({"draft", "paused", "draining"}, "active"),
            "action_pause": ({"active", "draining"}, "paused"),
            "action_drain": ({"active", "paused"}, "draining"),
            "action_claim_moved": ({"detached"}, "active"),
            "action_claim_copy": ({"detached"}, "paused"),
        }
        for method, (sources, target) in steps.items():
            for state in ("draft", "active", "paused", "draining", "detached"):
                self.bucket._write_guarded({"state": state})
                bucket = self.bucket.with_user(self.administrator)
                with self.subTest(method=method, state=state):
                    if state in sources:
                        self.assertIs(getattr(bucket, method)(), True)
                        self.assertEqual(bucket.state, target)
                    else:
                        with self.assertRaises(UserError):
                            getattr(bucket, method)()

    def test_uninstall_is_refused_while_documents_are_in_s3(self):
        module = self.env["ir.module.module"]
        module = module.search([("name", "=", "purchase_milestone")])
        purchase = module.search([("name", "=", "purchase")])
        self.stored()
        for leaving in (module, purchase):
            with self.refused("1 documents are in S3"):
                leaving.button_uninstall()
        self.bucket.action_drain()
        self.offload()
        module.button_uninstall()
        self.assertEqual(module.state, "to remove")
