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
        """Bring back what does not belong here any more; return whether there was anything."""
        published = self._find_published()
        if not published and not self.scope_changed:
            return False
        folder = self._get_drain_folder()
        names = published.mapped("store_fname")
        for attachment in self._filter_outside(published):
            self._bring_back_if_there(client, attachment, folder)
        self._forget_published(names)
        if self.scope_changed:
            self._return_outside(client, folder)
        return True

    def _find_published(self):
        """Return attachments in this bucket that have been made public."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attachment.id
                  FROM s3_object_dropped dropped
                  JOIN ir_attachment attachment ON attachment.store_fname = dropped.store_fname
                 WHERE dropped.bucket_ref = %s AND dropped.to_return
                """,
                self.id,
            )
        )
        # sudo: ir.attachment - the scheduled action moves documents of everybody
        return self.env["ir.attachment"].sudo().browse([attachment_id for (attachment_id,) in rows])

    def _forget_published(self, names):
        # sudo: s3.object.dropped - nobody has a right to it
        dropped = self.env["s3.object.dropped"].sudo()
        dropped.search([("store_fname", "in", names), ("to_return", "=", True)]).unlink()
        self._step(0)

    def _return_outside(self, client, folder):
        """Bring back what a changed scope leaves out; continue where the last run stopped."""
        while self.state == "active" and (stored := self._find_stored(self.scope_cursor, STEP)):
            for attachment in self._filter_outside(stored):
                self._bring_back_if_there(client, attachment, folder)
                if self.state != "active":
                    return
            self._write_guarded({"scope_cursor": stored[-1].id})
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
