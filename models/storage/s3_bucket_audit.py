from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.s3.failure import S3Failure
from ...tools.s3.messages import explain
from .s3_bucket_cron import AUDIT

STEP = 1000  # rows that are looked at in one transaction
LOOKED_UP = 100  # objects that are asked for one by one in one transaction
SHOWN = 500  # findings


class S3Bucket(models.Model):
    """Compares what S3 has, what the ledger says and what attachments refer to.

    A scheduled action goes through it in steps, each of which is committed with the place where the
    next one begins. Nothing is changed in S3, and no document either.
    """

    _inherit = "s3.bucket"

    audit_state = fields.Selection(
        selection=[
            ("listing", "Comparing with S3"),
            ("foreign", "Looking up objects of another database"),
            ("attachments", "Comparing with attachments"),
        ],
        readonly=True,
        copy=False,
    )
    audit_cursor = fields.Char(readonly=True, copy=False, export_string_translation=False)
    audit_checked = fields.Integer(
        string="Audited", readonly=True, copy=False, help="Objects that the audit has looked at."
    )
    audit_found = fields.Integer(readonly=True, copy=False, export_string_translation=False)
    audit_other_etags = fields.Integer(readonly=True, copy=False, export_string_translation=False)

    def action_audit(self):
        """Look in the background for what is missing, different or unknown in S3.

        The form shows how far it is and what was found.
        """
        self.check_access("write")
        for bucket in self:
            line = bucket._finding(self.env._("Audit"), "ok", self.env._("It begins in a moment."))
            bucket._show_findings("audit", [line])
            bucket._write_guarded(
                {
                    "audit_state": "listing",
                    "audit_cursor": False,
                    "audit_checked": 0,
                    "audit_found": 0,
                    "audit_other_etags": 0,
                }
            )
        self._wake(AUDIT)
        return True

    @api.model
    def _cron_audit(self):
        """Go on with the audits that were asked for."""
        buckets = self._search_by_turn([("audit_state", "!=", False)])
        self._commit(remaining=len(buckets))
        self._take_turns([(bucket, "_audit") for bucket in buckets])

    def _audit(self, client):
        """Do what is left of the audit, until it is done or the time is up."""
        steps = {
            "listing": self._audit_listing,
            "foreign": self._audit_foreign,
            "attachments": self._audit_attachments,
        }
        try:
            for state, step in steps.items():
                if self.audit_state == state:
                    step(client)
        except S3Failure as failure:
            if failure.kind == "unavailable":
                raise
            # No document needs the rights of an audit, so the bucket is not paused.
            self.env.cr.rollback()
            self._end_audit("failed", explain(self.env, failure))
        return False

    def _begin_audit_of(self, state):
        self._write_guarded({"audit_state": state, "audit_cursor": False})
        self._step(0)

    def _note_audit(self, checked, lines, cursor):
        """Keep how far the audit is, and what it has found until there."""
        # sudo: s3.bucket.finding - administrators only read findings
        findings = self.env["s3.bucket.finding"].sudo()
        shown = lines[: max(SHOWN - self.audit_found, 0)]
        findings.create([{"bucket_id": self.id, "kind": "audit", **line} for line in shown])
        self._write_guarded(
            {
                "audit_checked": self.audit_checked + checked,
                "audit_found": self.audit_found + len(lines),
                "audit_cursor": cursor,
            }
        )
        detail = self.env._("%(count)s objects are compared so far.", count=self.audit_checked)
        self._get_audit_summary().write(
            {"result": "warning" if self.audit_found else "ok", "detail": detail}
        )
        self._step(checked)

    def _get_audit_summary(self):
        # sudo: s3.bucket.finding - administrators only read findings
        findings = self.env["s3.bucket.finding"].sudo()
        return findings.search([("bucket_id", "=", self.id), ("kind", "=", "audit")], limit=1)

    def _end_audit(self, result, detail):
        self._get_audit_summary().write({"result": result, "detail": detail})
        self._write_guarded({"audit_state": False, "audit_cursor": False})
        self.init()

    # ------------------------------------------------------------------
    # What S3 has, and what it should have
    # ------------------------------------------------------------------

    def _audit_listing(self, client):
        """Compare S3's list of our objects with the ledger, page by page, both in S3's order."""
        prefix = self._own_prefix()
        last = self.audit_cursor or prefix
        for page in client.list_pages(prefix, self.audit_cursor or None):
            listed = {item["Key"]: item for item in page if item["Key"] != f"{prefix}fence"}
            end = max((item["Key"] for item in page), default=last)
            self._audit_up_to(client, listed, last, end)
            last = end
        self._audit_up_to(client, {}, last)
        self._begin_audit_of("foreign")

    def _audit_up_to(self, client, listed, last, end=None):
        """Compare what S3 lists up to the key ``end`` with the ledger, from ``last`` on.

        In steps, since S3 may have lost all that the ledger has.
        """
        more = True
        while more:
            unlisted = self._find_unlisted(listed, last, end)
            more = len(unlisted) == LOOKED_UP
            last = unlisted[-1] if more else end or last
            part = {key: listed.pop(key) for key in [*listed] if key <= last or not more}
            lines = self._audit_page(client, part) + self._audit_missing(client, unlisted)
            self._note_audit(len(part) + len(unlisted), lines, last)

    def _audit_page(self, client, listed):
        """Return the findings on objects that S3 lists."""
        rows = self.env["s3.object"].search(
            [("store_fname", "in", [self._store_fname(key) for key in listed])]
        )
        known = {row.key: row for row in rows}
        lines = []
        for key, item in listed.items():
            row = known.get(key)
            if not row:
                detail = self.env._("No attachment refers to it, and Odoo does not delete it.")
                lines.append(self._finding(self.env._("Unknown object"), "warning", detail, key))
            elif row.state == "stored" and not row.orphaned_at:
                lines += self._audit_row(client, row, item["Size"], item["ETag"])
        return lines

    def _find_unlisted(self, listed, after, end):
        """Return the first keys of the ledger between two keys that S3 does not list."""
        keys = self.env.execute_query(
            SQL(
                """
                SELECT key FROM s3_object
                 WHERE bucket_id = %s
                   AND key COLLATE "C" > %s
                   AND key COLLATE "C" <= %s
                   AND state = 'stored'
                   AND orphaned_at IS NULL
                 ORDER BY key COLLATE "C"
                 LIMIT %s
                """,
                *(self.id, after, end or f"{self._own_prefix()}\U0010ffff"),
                len(listed) + LOOKED_UP,
            )
        )
        return [key for (key,) in keys if key not in listed][:LOOKED_UP]

    def _audit_missing(self, client, keys):
        """Return findings on objects that S3 did not list: not every server lists in order."""
        rows = self.env["s3.object"].search(
            [("store_fname", "in", [self._store_fname(key) for key in keys])]
        )
        return [line for row in rows for line in self._audit_unlisted(client, row)]

    def _audit_unlisted(self, client, row):
        """Return the findings on an object that is looked up by itself."""
        try:
            found = client.head(row.key)
        except S3Failure as failure:
            if failure.kind != "missing":
                raise
            detail = self._audit_documents(row)
            return [self._finding(self.env._("Missing in S3"), "failed", detail, row.key)]
        return self._audit_row(client, row, found["ContentLength"], found["ETag"])

    def _audit_row(self, client, row, size, etag):
        """Return the findings on an object of which S3 tells this size and this ETag.

        Size and SHA-256 decide. Some servers give other ETags in lists, or new ones when objects
        are encrypted again: then the content is read, and the new ETag kept for the next time.
        """
        etag = etag.strip('"')
        same = size == row.size
        if same and row.etag and etag != row.etag:
            same = client.hash(row.key) == row.sha256
            if same:
                row.etag = etag
                self._write_guarded({"audit_other_etags": self.audit_other_etags + 1})
                # What has been read is not read again, whenever the time is up.
                self._step()
        if same:
            return []
        detail = self._audit_documents(row)
        return [self._finding(self.env._("Other content in S3"), "failed", detail, row.key)]

    def _audit_foreign(self, client):
        """Look up, one by one, the objects of the database that this one is a copy of."""
        domain = [
            ("bucket_id", "=", self.id),
            ("state", "=", "stored"),
            ("orphaned_at", "=", False),
            ("key", "not =like", f"{self._own_prefix()}%"),
        ]
        while rows := self.env["s3.object"].search(
            [*domain, ("id", ">", int(self.audit_cursor or 0))], order="id", limit=LOOKED_UP
        ):
            lines = [line for row in rows for line in self._audit_unlisted(client, row)]
            self._note_audit(len(rows), lines, str(rows[-1].id))
        self._begin_audit_of("attachments")

    def _audit_documents(self, row):
        # sudo: ir.attachment - administrators are told what is missing, whoever may read it
        attachments = self.env["ir.attachment"].sudo()
        found = attachments.search([("store_fname", "=", row.store_fname), ("id", ">", 0)], limit=5)
        return ", ".join(attachment._s3_label() for attachment in found)

    # ------------------------------------------------------------------
    # What attachments refer to
    # ------------------------------------------------------------------

    def _audit_attachments(self, _client):
        while stored := self._find_stored(int(self.audit_cursor or 0), STEP):
            names = tuple(set(stored.mapped("store_fname")))
            known = {
                name
                for (name,) in self.env.execute_query(
                    SQL("SELECT store_fname FROM s3_object WHERE store_fname IN %s", names)
                )
            }
            lines = []
            for attachment in stored:
                if attachment.store_fname not in known:
                    _bucket, key = self._resolve(attachment.store_fname)
                    name = self.env._("Not in the ledger")
                    lines.append(self._finding(name, "failed", attachment.name, key))
            self._note_audit(0, lines, str(stored[-1].id))
            self.env["ir.attachment"].invalidate_model()
        self._end_audit(*self._summarize_audit())

    def _summarize_audit(self):
        """Return the result of the audit and its sentence."""
        found = self.audit_found
        if found > SHOWN:
            detail = self.env._(
                "%(count)s findings; the first %(shown)s are shown.", count=found, shown=SHOWN
            )
        elif found:
            detail = self.env._(
                "%(count)s findings on %(stored)s documents.",
                count=found,
                stored=self.stored_count,
            )
        else:
            detail = self.env._(
                "All %(stored)s documents are in S3 as stored.", stored=self.stored_count
            )
        if self.audit_other_etags:
            detail += " " + self.env._(
                "S3 gives other ETags for %(count)s of them than before; their contents were read "
                "and are the same.",
                count=self.audit_other_etags,
            )
        return "warning" if found else "ok", detail
