"""A document in S3, everybody who may not read it, and the doors that they can try."""

import json

from odoo.http import Request
from odoo.tests import new_test_user

from ..common import PURCHASE_USER
from ..common_rpc import Refused, RpcCase
from .common import S3Common, as_base64

WORDS = b"Earthing of rack row 7: 0.083 ohm, not for everybody"
NAME = "Earthing of rack row 7.txt"
QUIET = ("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")


class S3StrangersCommon(S3Common):
    """A document in S3, and everybody who may not read its milestone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.harbour = cls.env["res.company"].create({"name": "Harbour Works Ltd"})
        harbour = {"company_id": cls.harbour.id, "company_ids": [(6, 0, cls.harbour.ids)]}
        cls.clerk = new_test_user(cls.env, "ms_clerk", "base.group_user")
        cls.outsider = new_test_user(cls.env, "ms_outsider", PURCHASE_USER, **harbour)
        cls.vendor_user = new_test_user(cls.env, "ms_vendor", "base.group_portal")
        cls.vendor_user.partner_id.parent_id = cls.vendor
        cls.administrator = new_test_user(cls.env, "ms_settings", "base.group_system")
        cls.public_user = cls.env.ref("base.public_user")
        cls.strangers = (
            *(cls.clerk, cls.outsider, cls.vendor_user, cls.administrator),
            cls.public_user,
        )

    def setUp(self):
        super().setUp()
        self.document = self.stored(NAME, WORDS)
        self.neighbour = self.stored("Neighbour.txt", b"Neighbour: " + WORDS)
        self.checksum, self.store_fname = self.document.checksum, self.document.store_fname
        # Everything that no stranger may come to know.
        self.secrets = (
            *(WORDS.decode(), as_base64(WORDS).decode(), NAME, self.document.checksum),
            *(self.store_fname.partition("/")[2], self.row_of(self.document).sha256, "X-Amz-"),
        )

    def assert_nothing_told(self, answer):
        for secret in self.secrets:
            self.assertNotIn(secret, str(answer))


class S3DoorsCommon(S3StrangersCommon, RpcCase):
    """What reaches the server from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_keys({*cls.strangers, cls.buyer} - {cls.public_user})

    def post(self, path, **values):
        values["csrf_token"] = Request.csrf_token(self)
        return self.url_open(path, data=values, allow_redirects=False)

    def rpc(self, path, **params):
        return self.url_open(
            path,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        )

    # The doors tell strangers a result or a refusal; either is looked at as text.

    def call_kw(self, *arguments, **named):
        return self.told(super().call_kw, *arguments, **named)

    def json_2(self, *arguments, **named):
        return self.told(super().json_2, *arguments, **named)

    def xml_rpc(self, *arguments, **named):
        return self.told(super().xml_rpc, *arguments, **named)

    def told(self, door, *arguments, **named):
        try:
            return str(door(*arguments, **named))
        except Refused as refusal:
            return str(refusal)
