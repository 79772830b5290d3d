"""Moves attachments to S3 where they are created, in the transaction of the test."""

from unittest.mock import patch

from odoo import api, models
from odoo.tools import config

from odoo.addons.purchase_milestone.models.storage.ir_attachment import in_s3
from odoo.addons.purchase_milestone.tools.s3.secret import client_of

MOVED = []  # an entry for each attachment that was moved


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._move_at_once()
        return attachments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"raw", "datas"}:
            self._move_at_once()
        return result

    def _move_at_once(self):
        """Do what the scheduled action does, in its three steps."""
        if not config.get("move_at_once", True):
            return
        scopes = self.env["s3.bucket"]._get_active_scopes().values()
        # sudo: ir.attachment - where the content is, is asked for whoever added it
        waiting = self.sudo().filtered(lambda attachment: attachment._s3_may_go(scopes))
        for attachment in waiting:
            bucket = attachment._active_bucket()
            if not bucket:
                continue
            try:
                local = attachment._s3_local_file()
            except OSError:
                continue  # a test has given the file another size: such a one stays, as always
            client = client_of(bucket, patient=True)
            bucket._offload_batch(client, {attachment.id: (local, attachment.store_fname)})
            attachment.invalidate_recordset(["store_fname", "raw", "datas"])
            assert in_s3(attachment.store_fname), attachment
            MOVED.append(attachment.id)

    def _active_bucket(self):
        """Return the bucket of its company; companies that a test makes have none, so any."""
        buckets = self.env["s3.bucket"].sudo().with_context(moved_in_transaction=True)
        company_id = self._s3_company_id(self.res_model, self.res_id, self.company_id.id)
        active = buckets.search([("state", "=", "active")])
        return active.filtered(lambda bucket: bucket.company_id.id == company_id) or active[:1]


class S3Bucket(models.Model):
    _inherit = "s3.bucket"

    def _flip_unchanged(self, rows):
        # The scheduled action begins with an empty cache, but the test goes on with its own.
        with patch.object(api.Environment, "invalidate_all", api.Environment.flush_all):
            return super()._flip_unchanged(rows)


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _commit_progress(self, *arguments, **values):
        if self.env.context.get("moved_in_transaction"):
            return float("inf")
        return super()._commit_progress(*arguments, **values)
