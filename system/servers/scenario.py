"""What every S3 server has to let documents do. Runs inside Odoo; check.py says where S3 is.

Each step is tried whatever became of those before it, and leaves "ok" or what went wrong.
"""

import hashlib
import importlib
import io
import json
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import boto3
import requests
from PIL import Image

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

STEPS = (
    *("test", "activate", "small", "parts", "interrupted", "raw", "ranged", "signed", "picture"),
    *("rename", "copy", "delete", "collect", "audit", "drain", "claim"),
)
SMALL = b"All trays below 0.1 ohm"
LARGE = bytes(range(256)) * (17 * 2**12)  # 17 MiB, goes in three parts
NAME = "été 合同 “1”.pdf"
GRACE = 8  # days, one more than documents are kept


class Scenario:
    """The documents of one company on one server."""

    def __init__(self, env):
        """``env``: the superuser's."""
        self.env = env
        self.url = os.environ["ODOO_URL"]
        self.guarded = os.environ["SERVER_IS_GUARDED"] == "1"
        self.endpoint = os.environ["PURCHASE_MILESTONE_S3_ENDPOINT"]
        self.name = os.environ["PURCHASE_MILESTONE_S3_BUCKET"]
        self.s3 = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1")
        if not self._is_there():
            self.s3.create_bucket(Bucket=self.name)
        # Buckets of servers that do not run any more.
        env["s3.bucket"].search([("state", "!=", "draft")])._write_guarded({"state": "paused"})
        company = env["res.company"].create({"name": os.environ["SERVER"]})
        env.ref("base.user_admin").company_ids += company
        self.milestone = self._make_order(company).milestone_ids
        self.bucket = env["s3.bucket"].create(
            {
                "name": os.environ["SERVER"],
                "company_id": company.id,
                "bucket": self.name,
                "endpoint_url": self.endpoint,
                "addressing_style": "path",
            }
        )
        env.cr.commit()
        self.session = requests.Session()
        login = {"db": env.cr.dbname, "login": "admin", "password": "admin"}
        self.session.post(f"{self.url}/web/session/authenticate", json={"params": login})

    def _is_there(self):
        with suppress(self.s3.exceptions.ClientError):
            return bool(self.s3.head_bucket(Bucket=self.name))
        return False

    def _make_order(self, company):
        env = self.env(context={"allowed_company_ids": company.ids})
        product = env["product.product"].create({"name": "Cable trays", "type": "service"})
        return env["purchase.order"].create(
            {
                "partner_id": env["res.partner"].create({"name": "Northern Fit-Out Ltd"}).id,
                "company_id": company.id,
                "order_line": [Command.create({"product_id": product.id, "price_unit": 9_000})],
                "milestone_ids": [Command.create({"name": "First floor", "percentage": 50})],
            }
        )

    def run(self):
        """Do all steps; return what is to be told."""
        found = {}
        for step in STEPS:
            try:
                getattr(self, f"step_{step}")()
                self.env.cr.commit()
                found[step] = "ok"
            except Exception as error:
                self.env.cr.rollback()
                found[step] = f"{type(error).__name__}: {error}"
            self.env.invalidate_all()
        return {"steps": found, "capabilities": self.bucket.capabilities or {}}

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def step_test(self):
        self.bucket.action_test_connection()
        self.env.cr.commit()  # what was found out stays, whatever failed
        failed = self.bucket.finding_ids.filtered(lambda finding: finding.result == "failed")
        if not self.guarded:
            failed = failed.filtered(lambda finding: finding.name != "Not public")
        told = "; ".join(f"{finding.name}: {finding.detail}" for finding in failed)
        assert not failed, told
        assert not self._keys(), "The test has left objects behind"

    def step_activate(self):
        self.bucket.action_activate()
        self._offload()

    def step_small(self):
        self.small = self._attach(NAME, SMALL)
        self.others = [self._attach(f"Photo {n}.jpg", b"%d" % n * 2000) for n in range(3)]
        self._offload()
        for document, content in ((self.small, SMALL), (self.others[2], b"2" * 2000)):
            self._assert_stored(document, content)

    def step_parts(self):
        self.large = self._attach("As built.dwg", LARGE)
        self._offload()
        self._assert_stored(self.large, LARGE)
        uploads = []
        with suppress(self.s3.exceptions.ClientError):
            uploads = self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", ())
        assert not uploads, "Unfinished uploads are left behind"

    def step_interrupted(self):
        # Only now: Odoo's addons path is known since the registry was loaded.
        tools = "odoo.addons.purchase_milestone.tools.s3"
        client = importlib.import_module(f"{tools}.client").S3Client
        failure = importlib.import_module(f"{tools}.failure").S3Failure
        put_part = client.put_part

        def interrupted(self, key, upload_id, number, *arguments):
            if number == 3:
                raise failure("unavailable", "ReadTimeoutError", "UploadPart")
            return put_part(self, key, upload_id, number, *arguments)

        document = self._attach("Interrupted.dwg", LARGE[::-1])
        with patch.object(client, "put_part", interrupted):
            self.env["s3.bucket"]._cron_offload()
        self.env.invalidate_all()
        assert not document.store_fname.startswith("s3:"), "It was not interrupted"
        self.bucket._try_again()
        self._offload()
        self._assert_stored(document, LARGE[::-1])

    def step_raw(self):
        for document, content in ((self.small, SMALL), (self.large, LARGE)):
            assert document.raw == content, document.name
            assert document._file_read(document.store_fname, 7) == content[:7], document.name

    def step_ranged(self):
        wanted = {"Range": "bytes=1000000-1000255"}
        self._set_download_mode("stream")
        answer = self._download(self.large, headers=wanted)
        assert (answer.status_code, answer.content) == (206, LARGE[1000000:1000256]), answer
        self._set_download_mode("redirect")
        answer = self._download(self.large, headers=wanted)
        # rclone sends the right bytes, with the status of a whole object.
        assert answer.status_code in (200, 206), answer
        assert answer.content == LARGE[1000000:1000256], "Other bytes than asked for"

    def step_signed(self):
        answer = self._download(self.small)
        assert answer.history, "It came through Odoo"
        assert (answer.status_code, answer.content) == (200, SMALL), answer.text
        sent_as = answer.headers["Content-Disposition"]
        assert "%C3%A9t%C3%A9%20%E5%90%88%E5%90%8C" in sent_as, sent_as
        assert answer.headers["Content-Type"].startswith("application/pdf"), answer.headers
        signed = answer.history[0].headers["Location"]
        if self.guarded:
            for address in (signed.partition("?")[0], f"{signed[:-4]}0000"):
                answer = requests.get(address, timeout=20)
                assert answer.status_code in (400, 403), f"{answer.status_code} without signature"

    def step_picture(self):
        file = io.BytesIO()
        Image.effect_noise((600, 400), 90).convert("RGB").save(file, "PNG")
        picture = self._attach("Trays.png", file.getvalue())
        self._offload()
        self._assert_stored(picture, file.getvalue())
        answer = self.session.get(f"{self.url}/web/image/{picture.id}/100x80", timeout=60)
        answer.raise_for_status()
        width, height = Image.open(io.BytesIO(answer.content)).size
        assert width <= 100 and height <= 80, (width, height)

    def step_rename(self):
        fname = self.small.store_fname
        self.small.name = "Renamed.pdf"
        self.env.cr.commit()
        assert self.small.store_fname == fname, "It was stored again"
        answer = self._download(self.small)
        assert "Renamed.pdf" in answer.headers["Content-Disposition"], answer.headers

    def step_copy(self):
        self.copy = self.small.copy()
        assert self.copy.store_fname == self.small.store_fname, "The copy has its own object"
        assert self.copy.raw == SMALL

    def step_delete(self):
        kept = self.copy.store_fname
        self.deleted = [document.store_fname for document in self.others[:2]]
        for document in (self.small, *self.others[:2]):
            document.unlink()
        self.env.cr.commit()
        assert self._has(kept) and all(map(self._has, self.deleted)), "Deleted at once"
        assert self.copy.raw == SMALL

    def step_collect(self):
        for _time in range(3):
            self._run_action("_cron_collect")
            self._days_pass()
        assert not any(map(self._has, self.deleted)), "Deleted documents are still in S3"
        for document, content in ((self.copy, SMALL), (self.large, LARGE)):
            self._assert_stored(document, content)
        assert len(self._keys()) == self.bucket.stored_count, "Objects that no document needs"

    def step_audit(self):
        self.bucket.action_audit()
        self._run_action("_cron_audit")
        findings = self.bucket.finding_ids.filtered(lambda finding: finding.kind == "audit")
        wrong = findings.filtered(lambda finding: finding.result != "ok")
        assert len(findings) == 1 and not wrong, wrong.mapped(lambda f: f"{f.name}: {f.detail}")

    def step_drain(self):
        self.bucket.action_drain()
        self._run_action("_cron_offload", "draft")
        for document, content in ((self.copy, SMALL), (self.large, LARGE)):
            assert not document.store_fname.startswith("s3:"), document.store_fname
            assert document.raw == content, document.name
        for _time in range(2):
            self._run_action("_cron_collect", "draft")
            self._days_pass()
        assert not self._keys(), "Objects that no document needs"

    def step_claim(self):
        self.bucket.action_activate()
        self._offload()
        self._assert_stored(self.copy, SMALL)
        self._run_action("_cron_collect")
        # The server has moved.
        self.env.cr.execute("UPDATE s3_bucket SET identity = 'another database'")
        self._run_action("_cron_collect", "detached")
        self.bucket.action_claim_moved()
        self._run_action("_cron_collect")
        self._run_action("_cron_collect")
        # Another database has written the fence, so this one is a copy.
        fence = f"{self.bucket._own_prefix()}fence"
        self.s3.put_object(Bucket=self.name, Key=fence, Body=b"0123456789abcdef" * 2)
        self._run_action("_cron_collect", "detached")
        before = self._keys()
        self.bucket.action_claim_copy()
        self.bucket.action_activate()
        added = self._attach("Of the copy.pdf", b"Of the copy")
        self._offload()
        self._assert_stored(added, b"Of the copy")
        self._days_pass()
        self._run_action("_cron_collect")
        assert self.copy.raw == SMALL
        assert before < self._keys(), "Objects of the other database were deleted"

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    def _attach(self, name, content):
        document = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": self.milestone._name,
                "res_id": self.milestone.id,
            }
        )
        self.env.cr.commit()
        return document

    def _offload(self):
        self._run_action("_cron_offload")

    def _run_action(self, name, state="active"):
        """Run a scheduled action; nothing may fail, and the bucket is in this state then."""
        self.env.cr.commit()
        getattr(self.env["s3.bucket"], name)()
        self.env.cr.commit()
        self.env.invalidate_all()
        found = (self.bucket.state, self.bucket.last_error or "")
        assert found == (state, ""), f"After {name} the bucket is {found}"
        failed = self.bucket.failed_object_ids
        assert not failed, failed.mapped("error")

    def _assert_stored(self, document, content):
        assert document.store_fname.startswith("s3:"), f"{document.name} is still local"
        key = document.store_fname.partition("/")[2]
        stored = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        assert hashlib.sha256(stored).digest() == hashlib.sha256(content).digest(), document.name

    def _has(self, store_fname):
        return store_fname.partition("/")[2] in self._keys()

    def _keys(self):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        keys = {item["Key"] for page in pages for item in page.get("Contents", ())}
        return {key for key in keys if not key.endswith("/fence")}

    def _set_download_mode(self, mode):
        self.bucket.download_mode = mode
        self.env.cr.commit()

    def _download(self, document, headers=None):
        url = f"{self.url}/web/content/{document.id}?download=1"
        return self.session.get(url, headers=headers, timeout=60)

    def _days_pass(self):
        for name in ("create_date", "stored_at", "orphaned_at"):
            self.env.cr.execute(
                f"UPDATE s3_object SET {name} = {name} - %s", [timedelta(days=GRACE)]
            )
        self.env.cr.commit()
        self.env.invalidate_all()


def main():
    """Run the scenario as Odoo itself."""
    config.parse_config([], setup_logging=True)
    with Registry(config["db_name"][0]).cursor() as cr:
        answer = Scenario(api.Environment(cr, SUPERUSER_ID, {})).run()
    Path(os.environ["SERVER_ANSWER"]).write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
