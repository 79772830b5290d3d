import logging
import os
import re

from odoo import api, models
from odoo.fields import Domain

from ...tools.s3.failure import S3Failure
from ...tools.s3.local_file import DamagedFile, LocalFile, write_whole
from ...tools.s3.messages import OneAtATime, S3ObjectMissing, S3Unavailable, explain
from ...tools.s3.secret import client_of
from ...tools.s3.stream import S3Stream

_logger = logging.getLogger(__name__)
# Where a content is and what it is: nobody has a default for that.
CONTENT_FIELDS = {"store_fname", "checksum", "file_size", "db_datas"}


# Another addon may name a storage of its own `s3`: its contents are `s3://...`.
IN_S3 = re.compile(r"s3:\d+/")


def in_s3(store_fname):
    """Return whether the content is in a bucket of ours."""
    return bool(store_fname) and IN_S3.match(store_fname) is not None


def is_local(store_fname):
    """Return whether the content is a file of Odoo's: the names in other storages have a colon."""
    return bool(store_fname) and ":" not in store_fname


class IrAttachment(models.Model):
    """Contents of attachments that are in S3: ``store_fname`` is ``s3:<bucket's id>/<key>``.

    Odoo writes them locally as always; `s3.bucket` moves them later.
    """

    _inherit = "ir.attachment"

    # ------------------------------------------------------------------
    # Which attachments
    # ------------------------------------------------------------------

    @api.model
    def _s3_models(self):
        """Return the names of the models whose documents go to S3. A hook for other modules."""
        return []

    @api.model
    def _s3_documents_domain(self, company):
        """Return the domain of all documents of a company, whose records say what is whose."""
        domain = Domain.FALSE
        for name in self._s3_models():
            model = self.env[name].sudo().with_context(active_test=False)
            own = Domain("company_id", "=", company.id)
            if "company_id" in model._fields:
                own = Domain("res_id", "in", model._search(own))
            domain |= Domain("res_model", "=", name) & own
        return domain & Domain("res_field", "=", False)

    def _s3_documents(self):
        models_ = self._s3_models()
        return self.sudo().filtered(
            lambda document: (
                document.res_id and document.res_model in models_ and not document.res_field
            )
        )

    @api.model
    def _s3_company_id(self, res_model, res_id, company_id):
        """Return the id of the company that an attachment with these values belongs to."""
        if res_id and res_model in self.env and "company_id" in self.env[res_model]._fields:
            return self.env[res_model].sudo().browse(res_id).exists().company_id.id
        return company_id

    def _s3_wake_offload(self):
        """Have these documents moved after the commit, if their company has a bucket."""
        buckets = self.env["s3.bucket"].sudo()
        active = buckets._get_active_companies()
        if not active:
            return
        local = self._s3_documents().filtered(lambda document: is_local(document.store_fname))
        # Most of many documents find it woken, which costs one query.
        if not local or buckets._is_woken():
            return
        companies = {
            self._s3_company_id(document.res_model, document.res_id, document.company_id.id)
            for document in local
        }
        if companies & active:
            buckets._wake_offload()

    def _s3_local_file(self):
        """Return this document's file, checked; None, with a line in the log, if it cannot go."""
        try:
            return LocalFile.check(self._full_path(self.store_fname), self.file_size, self.checksum)
        except FileNotFoundError:
            _logger.info("Attachment %s waits for S3: its file is not on this server", self.id)
        except DamagedFile:
            _logger.error("Attachment %s stays out of S3: its local file is damaged", self.id)
        return None

    # ------------------------------------------------------------------
    # Create, write, copy
    # ------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        # Odoo takes them out of what is written, but not out of defaults.
        return super().default_get([name for name in fields if name not in CONTENT_FIELDS])

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._s3_wake_offload()
        return attachments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"raw", "datas", "res_model", "res_id", "res_field"}:
            self._s3_wake_offload()
        return result

    def copy(self, default=None):
        self.check_access("read")
        default = dict(default or {})
        copies = self.browse()
        for attachment in self:
            if attachment._s3_shares_with_copy(default):
                copies += attachment._s3_copy_sharing(default)
            else:
                copies += super(IrAttachment, attachment).copy(default)
        return copies

    @api.model
    def _file_write(self, bin_value, checksum):
        # Odoo writes in place: who adds an equal content meanwhile is told of a collision, or
        # relies on a file of which only a part is there.
        if self._storage() == "file":
            fname, path = self._get_path(bin_value, checksum)
            if not os.path.exists(path):
                write_whole(path, bin_value)
                # Should this transaction fail, Odoo's collector takes the file.
                self._mark_for_gc(fname)
        return super()._file_write(bin_value, checksum)

    def _s3_shares_with_copy(self, default):
        """Tell whether a copy may refer to the same object: within one company it may."""
        if not in_s3(self.sudo().store_fname) or default.keys() & {"raw", "datas", "db_datas"}:
            return False
        bucket, _key = self.env["s3.bucket"]._resolve(self.sudo().store_fname)
        company_id = self._s3_company_id(
            default.get("res_model", self.res_model),
            default.get("res_id", self.res_id),
            default.get("company_id", self.company_id.id),
        )
        return bucket.company_id.id == company_id

    def _s3_copy_sharing(self, default):
        content = self.sudo()
        copied = super().copy({**default, "raw": b""})
        # Below `write`, which takes these values out: through it anybody could set them.
        models.BaseModel.write(
            copied.sudo(),
            {
                "store_fname": content.store_fname,
                "file_size": content.file_size,
                "checksum": content.checksum,
                "mimetype": copied.sudo().mimetype,
                "index_content": content.index_content,
                "db_datas": False,
            },
        )
        return copied

    # ------------------------------------------------------------------
    # Read
    # ------------------------------------------------------------------

    @api.model
    def _file_read(self, fname, size=None):
        """Return all bytes, or the first ``size``.

        :raises S3Unavailable: if S3 does not give them now
        :raises S3ObjectMissing: if S3 does not have them
        """
        if not in_s3(fname):
            return super()._file_read(fname, size)
        bucket, key = self.env["s3.bucket"]._resolve(fname)
        if not bucket:
            raise self._s3_error(S3Failure("missing", "NoSuchBucket", "GetObject"))
        if size == 0:
            return b""
        try:
            return client_of(bucket).get(key, size)
        except S3Failure as failure:
            raise self._s3_error(failure) from failure

    @api.model
    def _s3_error(self, failure):
        """Return the error that tells people about a failed read."""
        if failure.kind == "missing":
            return S3ObjectMissing(
                self.env._(
                    "The file is missing in the document storage: an administrator can look for it "
                    "with “Audit” in Purchase > Configuration > Document Storage."
                )
            )
        return S3Unavailable(
            self.env._(
                "The document storage does not answer, so the file cannot be read now. Try again "
                "in a minute. %(reason)s",
                reason=explain(self.env, failure),
            )
        )

    @api.depends("store_fname", "db_datas", "file_size")
    @api.depends_context("bin_size")
    def _compute_datas(self):
        if not self.env.context.get("bin_size"):
            self._s3_one_at_a_time()
        return super()._compute_datas()

    @api.depends("store_fname", "db_datas")
    def _compute_raw(self):
        self._s3_one_at_a_time()
        result = super()._compute_raw()
        for attachment in self:
            content = attachment.sudo()
            lost = content.store_fname and content.file_size and not content.raw
            if lost and content._s3_documents():
                # What is not there must not be read as empty the next time either.
                self.invalidate_recordset(["raw"], flush=False)
                raise self._s3_file_missing()
        return result

    def _s3_one_at_a_time(self):
        # The ORM asks for the neighbours too, which would fetch all files of a list. Not by `sudo`:
        # what that puts into the cache, the user's own computation would find there unchecked.
        if len(self) > 1 and any(in_s3(attachment.store_fname) for attachment in self):
            raise OneAtATime

    @api.model
    def _s3_file_missing(self):
        return S3ObjectMissing(
            self.env._(
                "The file of this document is not on this server: it must be restored from a "
                "backup."
            )
        )

    def _to_http_stream(self):
        self.ensure_one()
        if in_s3(self.store_fname):
            return S3Stream.of(self)
        try:
            return super()._to_http_stream()
        except FileNotFoundError:
            if not self._s3_documents():
                raise
            raise self._s3_file_missing() from None

    # ------------------------------------------------------------------
    # Delete
    # ------------------------------------------------------------------

    @api.model
    def _file_delete(self, fname):
        # Objects are found by `s3.bucket` when nothing refers to them any more.
        if in_s3(fname):
            return None
        return super()._file_delete(fname)

    def _gc_file_store_unsafe(self):
        self._s3_keep_local_files()
        return super()._gc_file_store_unsafe()

    def _s3_keep_local_files(self):
        """Take local files of documents that are in S3 off Odoo's list, for their days of grace."""
        checklist = self._full_path("checklist")
        listed = {
            f"{os.path.basename(folder)}/{name}": os.path.join(folder, name)
            for folder, _folders, names in os.walk(checklist)
            for name in names
        }
        kept = self.env["s3.object"].sudo()
        domain = [("state", "=", "stored"), ("local_fname", "in", list(listed))]
        for row in kept.search_fetch(domain, ["local_fname"]):
            if path := listed.pop(row.local_fname, None):
                os.unlink(path)

    def _migrate(self):
        return super(
            IrAttachment, self.filtered(lambda document: not in_s3(document.store_fname))
        )._migrate()
