from odoo import fields, models
from odoo.tools import SQL

from .ir_attachment import IN_S3, escape

STEP = 1000  # attachments that are compared with the scope at once


class S3Bucket(models.Model):
    """Brings back what does not belong in the bucket any more."""

    _inherit = "s3.bucket"

    scope_changed = fields.Boolean(readonly=True, copy=False, export_string_translation=False)
    scope_cursor = fields.Integer(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="The id of the attachment that was compared last with a changed scope.",
    )

    def _return_what_left(self, client):
        """Bring back what does not belong here any more; return whether S3 was asked."""
        found = self._find_to_return()
        if not found and not self.scope_changed:
            return False
        names = set(found.mapped("store_fname"))
        outside = self._filter_outside(found)
        self._forget_errors(found - outside)
        asked = self._bring_back_each(client, outside)
        self._forget_published(names - set(outside.mapped("store_fname")))
        if self.scope_changed:
            self._return_outside(client)
            asked = True
        return asked

    def _find_to_return(self):
        """Return attachments that have been made public, or failed on the way back."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attachment.id
                  FROM s3_object_dropped dropped
                  JOIN ir_attachment attachment ON attachment.store_fname = dropped.store_fname
                 WHERE dropped.bucket_ref = %(bucket)s AND dropped.to_return
                 UNION
                SELECT attachment.id
                  FROM s3_object object
                  JOIN ir_attachment attachment ON attachment.store_fname = object.store_fname
                 WHERE object.bucket_id = %(bucket)s
                   AND object.error IS NOT NULL
                   AND object.next_try <= %(now)s
                """,
                bucket=self.id,
                now=fields.Datetime.now(),
            )
        )
        # sudo: ir.attachment - the scheduled action moves documents of everybody
        return self.env["ir.attachment"].sudo().browse([attachment_id for (attachment_id,) in rows])

    def _forget_errors(self, attachments):
        """Take what belongs here again off the list of documents that failed."""
        failed = [("store_fname", "in", attachments.mapped("store_fname")), ("error", "!=", False)]
        self.env["s3.object"].search(failed).write({"error": False, "next_try": False})

    def _forget_published(self, names):
        # sudo: s3.object.dropped - nobody has a right to it
        dropped = self.env["s3.object.dropped"].sudo()
        dropped.search([("store_fname", "in", list(names)), ("to_return", "=", True)]).unlink()
        self._step(0)

    def _return_outside(self, client):
        """Bring back what a changed scope leaves out; continue where the last run stopped."""
        while self.state == "active" and (stored := self._find_stored(self.scope_cursor, STEP)):
            last_id = stored[-1].id
            self._bring_back_each(client, self._filter_outside(stored))
            if self.state != "active":
                return
            self._write_guarded({"scope_cursor": last_id})
            self._step(0)
        if self.state == "active":
            self._write_guarded({"scope_changed": False, "scope_cursor": 0})

    def _find_stored(self, last_id, limit):
        """Return attachments whose contents are in this bucket, in the order of their ids."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attachment.id
                  FROM ir_attachment attachment
                 WHERE %s AND attachment.store_fname LIKE %s AND attachment.id > %s
                 ORDER BY attachment.id
                 LIMIT %s
                """,
                escape(IN_S3),
                f"s3:{self.id}/%",
                last_id,
                limit,
            )
        )
        # sudo: ir.attachment - the scheduled action moves documents of everybody
        return self.env["ir.attachment"].sudo().browse([attachment_id for (attachment_id,) in rows])

    def _filter_outside(self, stored):
        """Return those of the attachments that do not belong in this bucket."""
        names = {attachment.res_model or None for attachment in stored}
        if self.scope != "all":
            names &= set(self._get_scope_models())
        inside = set()
        for name in names:
            query = "SELECT attachment.id FROM ir_attachment attachment WHERE id IN %s AND %s"
            rows = self.env.execute_query(
                SQL(query, tuple(stored.ids), self._get_scope_condition(name))
            )
            inside.update(attachment_id for (attachment_id,) in rows)
        return stored.filtered(lambda attachment: attachment.id not in inside)

    def _sum_outside(self):
        """Return count and bytes of what is to be brought back, by model."""
        sums, last_id = {}, 0
        while stored := self._find_stored(last_id, STEP):
            for attachment in self._filter_outside(stored):
                count, size = sums.get(attachment.res_model or None, (0, 0))
                sums[attachment.res_model or None] = (count + 1, size + attachment.file_size)
            last_id = stored[-1].id
            self.env["ir.attachment"].invalidate_model()
        return sums
