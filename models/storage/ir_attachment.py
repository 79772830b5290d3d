import os
import re

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.base.models.ir_attachment import IrAttachment as BaseIrAttachment

from ...tools.s3.local_file import LocalFile, write_whole

# Where a content is and what it is: nobody has a default for that.
CONTENT_FIELDS = {"store_fname", "checksum", "file_size", "db_datas"}
OURS = re.compile(r"s3:\d+/")  # other addons have names like s3://... for their own
SMALL_IMAGE = 2**16  # bytes; lists show many of these at once
# What may leave this server at all, in SQL and below in Python: nothing that is part of Odoo itself
# (assets, views, menus), and nothing that is served without login.
MAY_LEAVE = f"""
    attachment.type = 'binary'
    AND attachment.url IS NULL
    AND attachment.public IS NOT TRUE
    AND (attachment.res_model IS NULL OR attachment.res_model NOT LIKE 'ir.%')
    AND (attachment.res_field IS NULL
         OR attachment.file_size >= {SMALL_IMAGE}
         OR attachment.mimetype NOT LIKE 'image/%')
"""
# The names of other storages have a colon, those of files on this server have none.
LOCAL = f"attachment.store_fname NOT LIKE '%:%' AND {MAY_LEAVE}"
IN_S3 = "attachment.store_fname ~ '^s3:[0-9]+/'"


def in_s3(store_fname):
    """Return whether the content is in one of our buckets."""
    # Most names are of local files, and every read asks.
    return bool(store_fname) and store_fname[:3] == "s3:" and OURS.match(store_fname) is not None


def escape(condition):
    """Return a condition as a part of a query with arguments."""
    return SQL(condition.replace("%", "%%"))


def index_of(columns, condition):
    """Return the definition of a partial index for a condition on ``attachment``."""
    return models.Index(
        f"({columns}) WHERE {' '.join(condition.split())}".replace("attachment.", "")
    )


class IrAttachment(models.Model):
    """Contents of attachments that are in S3: ``store_fname`` is ``s3:<bucket's id>/<key>``.

    Odoo writes them locally as always; `s3.bucket` moves them later.
    """

    _inherit = "ir.attachment"

    # What waits, and what is in S3, is found without looking at all attachments.
    _s3_local_idx = index_of("res_model, id", LOCAL)
    _s3_stored_idx = index_of("id", IN_S3)

    # ------------------------------------------------------------------
    # Which attachments
    # ------------------------------------------------------------------

    @api.model
    def _s3_models(self):
        """Return the names of the models whose documents go to S3. A hook for other modules."""
        return []

    @api.model
    def _s3_company_condition(self, name, company_id):
        """Return the SQL that says which attachments of a model are a company's.

        :param name: of the model, None for attachments of no record
        """
        own = SQL("attachment.company_id = %s", company_id)
        model = self.env.get(name) if name else None
        field = None if model is None else model._fields.get("company_id")
        if field is None or not field.store or not model._auto or field.type != "many2one":
            return own
        return SQL(
            """
            EXISTS (
                SELECT FROM %(table)s record
                 WHERE record.id = attachment.res_id
                   AND (record.company_id = %(company)s
                        OR (record.company_id IS NULL AND %(own)s)))
            """,
            table=SQL.identifier(model._table),
            company=company_id,
            own=own,
        )

    def _s3_documents(self):
        models_ = self._s3_models()
        # sudo: ir.attachment - what an attachment belongs to is asked for whoever reads it
        return self.sudo().filtered(
            lambda document: (
                document.res_id and document.res_model in models_ and not document.res_field
            )
        )

    @api.model
    def _s3_company_id(self, res_model, res_id, company_id):
        """Return the id of the company that an attachment with these values belongs to."""
        if res_id and res_model in self.env and "company_id" in self.env[res_model]._fields:
            # sudo: the attachment's record - its company decides, whoever may read it
            record = self.env[res_model].sudo().browse(res_id).exists()
            return record.company_id.id or (company_id if record else False)
        return company_id

    def _s3_wake_offload(self):
        """Have these attachments moved after the commit, if they belong in a bucket."""
        buckets = self.env["s3.bucket"]
        scopes = buckets._get_active_scopes()
        if not scopes:
            return
        # sudo: ir.attachment - where the content is, is asked for whoever added it
        local = self.sudo().filtered(lambda attachment: attachment._s3_may_go(scopes.values()))
        # Most of many documents find it woken, which costs one query.
        if not local or buckets._is_woken():
            return
        if any(attachment._s3_belongs_in(scopes) for attachment in local):
            buckets._wake_offload()

    def _s3_may_go(self, scopes):
        """Return whether it is a local file that one of the scopes takes, whatever its company."""
        fname = self.store_fname
        if not fname or ":" in fname or self.type != "binary" or self.url or self.public:
            return False
        if (self.res_model or "").startswith("ir."):
            return False
        if (
            self.res_field
            and self.file_size < SMALL_IMAGE
            and (self.mimetype or "").startswith("image/")
        ):
            return False
        return any(scope.takes(self) for scope in scopes)

    def _s3_belongs_in(self, scopes):
        """Return whether its company's bucket takes it.

        :param scopes: by the company's id
        """
        company_id = self._s3_company_id(self.res_model, self.res_id, self.company_id.id)
        return company_id in scopes and scopes[company_id].takes(self)

    def _s3_label(self):
        """Return the attachment's name and whose it is, for administrators."""
        # Its record may be gone, and so may the whole model.
        model = self.env.get(self.res_model)
        record = model is not None and self.res_id and model.browse(self.res_id).exists()
        owner = record.display_name if record else self.res_model
        return f"{self.name} ({owner})" if owner else self.name

    def _s3_local_file(self):
        """Return this document's `LocalFile`, checked.

        :raises OSError: if it is not on this server, cannot be read or is damaged
        """
        return LocalFile.check(self._full_path(self.store_fname), self.file_size, self.checksum)

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
        if vals.get("public") or vals.get("url"):
            self._s3_return_public()
        return result

    def _s3_return_public(self):
        """Have what is served without login from now on brought back from S3."""
        # sudo: ir.attachment - where the content is, is asked for whoever publishes it
        moved = self.sudo().filtered(lambda attachment: in_s3(attachment.store_fname))
        for attachment in moved:
            self.env["s3.object.dropped"]._add(attachment.store_fname, to_return=True)
        if moved:
            self.env["s3.bucket"]._wake_offload()

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
        write = super()._file_write
        # Another addon may store it elsewhere, or in another way.
        if self._storage() != "file" or write.__func__ is not BaseIrAttachment._file_write:
            return write(bin_value, checksum)
        # Instead of `super`, which would compare the whole file with what was just written.
        fname, path = self._get_path(bin_value, checksum)
        if not os.path.exists(path):
            write_whole(path, bin_value)
            # Should this transaction fail, Odoo's collector takes the file.
            self._mark_for_gc(fname)
        return fname

    def _s3_shares_with_copy(self, default):
        """Return whether a copy may refer to the same object: within one company it may."""
        # sudo: ir.attachment - where the content is, is asked for whoever copies it
        store_fname = self.sudo().store_fname
        if not in_s3(store_fname) or default.keys() & {"raw", "datas", "db_datas"}:
            return False
        bucket, _key = self.env["s3.bucket"]._resolve(store_fname)
        company_id = self._s3_company_id(
            default.get("res_model", self.res_model),
            default.get("res_id", self.res_id),
            default.get("company_id", self.company_id.id),
        )
        return bucket.company_id.id == company_id

    def _s3_copy_sharing(self, default):
        copied = super().copy({**default, "raw": b""})
        # sudo: ir.attachment - the copy gets the content of the original, which may be read
        content, target = self.sudo(), copied.sudo()
        # Below `write`, which takes these values out: through it anybody could set them.
        models.BaseModel.write(
            target,
            {
                "store_fname": content.store_fname,
                "file_size": content.file_size,
                "checksum": content.checksum,
                "mimetype": target.mimetype,
                "index_content": content.index_content,
                "db_datas": False,
            },
        )
        return copied

    # ------------------------------------------------------------------
    # Delete
    # ------------------------------------------------------------------

    @api.model
    def _file_delete(self, fname):
        if not in_s3(fname):
            return super()._file_delete(fname)
        # It is deleted by the collection, once no attachment refers to it.
        return self.env["s3.object.dropped"]._add(fname)

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
        # sudo: s3.object - Odoo's collector has no right to the ledger
        kept = self.env["s3.object"].sudo()
        domain = [("state", "=", "stored"), ("local_fname", "in", list(listed))]
        for row in kept.search_fetch(domain, ["local_fname"]):
            if path := listed.pop(row.local_fname, None):
                os.unlink(path)

    def _migrate(self):
        local = self.filtered(lambda document: not in_s3(document.store_fname))
        return super(IrAttachment, local)._migrate()
