from itertools import islice

from odoo import models
from odoo.tools import SQL

from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import explain
from ...tools.s3.secret import client_of

STEP = 1000
SHOWN = 500  # findings


class S3Bucket(models.Model):
    """Compares what S3 has, what the ledger says and what attachments refer to."""

    _inherit = "s3.bucket"

    def action_audit(self):
        """Show on the form what is missing, different or unknown in S3, and change nothing."""
        self.check_access("write")
        for bucket in self:
            try:
                lines = list(islice(bucket._audit(), SHOWN))
            except S3Failure as failure:
                sentence = explain(self.env, failure)
                lines = [bucket._finding(self.env._("Audit"), "failed", sentence)]
            else:
                lines.insert(0, bucket._audit_summary(len(lines)))
            bucket._show_findings("audit", lines)
        return True

    def _audit_summary(self, count):
        stored = self.stored_count
        if not count:
            detail = self.env._("All %(stored)s documents are in S3 as stored.", stored=stored)
        elif count < SHOWN:
            detail = self.env._(
                "%(count)s findings on %(stored)s documents.", count=count, stored=stored
            )
        else:
            detail = self.env._("The first %(count)s findings are shown.", count=count)
        return self._finding(self.env._("Audit"), "warning" if count else "ok", detail)

    def _audit(self):
        """Yield the values of the findings, the worst first."""
        client = client_of(self, patient=True)
        own_prefix = self._own_prefix()
        listed = {item["Key"]: (item["Size"], item["ETag"]) for item in client.list(own_prefix)}
        listed.pop(f"{own_prefix}fence", None)
        yield from self._audit_unlisted_attachments()
        needed = [
            ("bucket_id", "=", self.id),
            ("state", "=", "stored"),
            ("orphaned_at", "=", False),
        ]
        for row in self._ledger_in_steps(needed):
            if row.key.startswith(own_prefix):
                found = listed.get(row.key)
            else:
                found = self._audit_foreign(client, row.key)
            yield from self._audit_row(row, found)
        known = {row.key for row in self._ledger_in_steps([("bucket_id", "=", self.id)])}
        for key in listed.keys() - known:
            detail = self.env._("Nobody refers to it, and Odoo will not delete it.")
            yield self._finding(self.env._("Unknown object"), "warning", detail, key)

    def _ledger_in_steps(self, domain):
        ledger = self.env["s3.object"].sudo()
        last_id = 0
        while rows := ledger.search([*domain, ("id", ">", last_id)], order="id", limit=STEP):
            yield from rows
            last_id = rows[-1].id
            ledger.invalidate_model()

    def _audit_foreign(self, client, key):
        """Look up an object of the database that this one is a copy of."""
        try:
            found = client.head(key)
        except S3Failure as failure:
            if failure.kind == "missing":
                return None
            raise
        return found["ContentLength"], found["ETag"]

    def _audit_row(self, row, found):
        if found is None:
            detail = self._audit_documents(row)
            yield self._finding(self.env._("Missing in S3"), "failed", detail, row.key)
            return
        size, etag = found
        if size != row.size or (row.etag and etag.strip('"') != row.etag):
            detail = self._audit_documents(row)
            yield self._finding(self.env._("Other content in S3"), "failed", detail, row.key)

    def _audit_documents(self, row):
        attachments = self.env["ir.attachment"].sudo()
        found = attachments.search([("store_fname", "=", row.store_fname), ("id", ">", 0)], limit=5)
        return ", ".join(
            f"{attachment.name} ({attachment.res_name or attachment.res_model})"
            for attachment in found
        )

    def _audit_unlisted_attachments(self):
        ids = self.env.execute_query(
            SQL(
                """
                SELECT attachment.id
                  FROM ir_attachment attachment
                  LEFT JOIN s3_object object ON object.store_fname = attachment.store_fname
                 WHERE attachment.store_fname LIKE %s
                   AND object.id IS NULL
                 ORDER BY attachment.id
                """,
                f"s3:{self.id}/%",
            )
        )
        for [attachment_id] in ids:
            attachment = self.env["ir.attachment"].sudo().browse(attachment_id)
            _bucket, key = self._resolve(attachment.store_fname)
            yield self._finding(self.env._("Not in the ledger"), "failed", attachment.name, key)
