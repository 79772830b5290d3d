"""The doors that reach the server from outside: XML-RPC, JSON-2, and what the web client calls."""

import json
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.tests import HttpCase


class Refused(Exception):
    """What a door answers instead of a result."""


class RpcCase(HttpCase):
    """Each door takes a user, a model, a method, ids (None for the model's), named arguments."""

    @classmethod
    def give_keys(cls, users):
        """Give each of ``users`` the API key that XML-RPC and JSON-2 ask for."""
        expiry = fields.Datetime.now() + timedelta(hours=1)
        keys = cls.env["res.users.apikeys"]
        cls.keys = {
            user: keys.with_user(user).sudo()._generate("rpc", "Site office", expiry)
            for user in users
        }

    def xml_rpc(self, user, model, method, ids=None, **arguments):
        positional = self.positional(method, ids, arguments)
        credentials = (self.env.cr.dbname, user.id, self.keys[user])
        try:
            return self.xmlrpc_object.execute_kw(*credentials, model, method, positional, arguments)
        except Fault as fault:
            raise Refused(fault.faultString) from fault

    def json_2(self, user, model, method, ids=None, **arguments):
        self.opener.cookies.clear()
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps({**arguments, **({} if ids is None else {"ids": ids})}),
            headers={
                "Authorization": f"Bearer {self.keys[user]}",
                "Content-Type": "application/json",
            },
        )
        if response.status_code != 200:
            raise Refused(response.text)
        return response.json()

    def call_kw(self, user, model, method, ids=None, **arguments):
        self.authenticate(user.login, user.login)
        params = {
            "model": model,
            "method": method,
            "args": self.positional(method, ids, arguments),
            "kwargs": arguments,
        }
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        ).json()
        if "error" in answer:
            raise Refused(json.dumps(answer["error"], ensure_ascii=False))
        return answer["result"]

    def positional(self, method, ids, arguments):
        # Odoo looks at the first argument of `create` to know what to answer.
        first = arguments.pop("vals_list", None) if method == "create" else ids
        return [] if first is None else [first]
