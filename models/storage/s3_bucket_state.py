from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.s3.messages import explain
from .s3_bucket_cron import COLLECT, OFFLOAD

FIRST_PAUSE = 1  # minutes, after an error that is expected to pass by itself
FIRST_LONG_PAUSE = 15  # minutes, after one that a person probably has to correct
LONGEST_PAUSE = 360  # minutes


def pause_after(count, first=FIRST_PAUSE):
    """Return how long to wait after ``count`` failures in a row."""
    return timedelta(minutes=min(first * 2 ** min(count - 1, 10), LONGEST_PAUSE))


class S3Bucket(models.Model):
    """The states of a bucket, and what happens after a failure."""

    _inherit = "s3.bucket"

    error_kind = fields.Selection(
        selection=[("configuration", "Configuration"), ("unavailable", "Unavailable")],
        readonly=True,
        copy=False,
    )
    error_since = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Char(readonly=True, copy=False)
    failure_count = fields.Integer(readonly=True, copy=False, export_string_translation=False)
    retry_at = fields.Datetime(string="Next Try", readonly=True, copy=False)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_activate(self):
        """Move the company's documents to the bucket, those that are there already too.

        :raises UserError: if the bucket is active already, or detached
        """
        self._move_state({"draft", "paused", "draining"}, "active")
        for bucket in self:
            if not bucket.instance:
                bucket._begin_instance()
        return self._go_on()

    def action_pause(self):
        """Neither write nor delete anything in S3 until it is activated; reading goes on.

        :raises UserError: if the bucket is neither active nor bringing documents back
        """
        self._move_state({"active", "draining"}, "paused")
        return True

    def action_drain(self):
        """Bring all documents back to this server.

        :raises UserError: if the bucket is neither active nor paused
        """
        self._move_state({"active", "paused"}, "draining")
        return self._go_on()

    def action_claim_moved(self):
        """Go on with the objects: this is the moved server, and the other one is no more.

        :raises UserError: if the bucket is not detached
        """
        self._move_state({"detached"}, "active")
        self._write_guarded(
            {"identity": self._get_identity(), "fence_token": False, "fence_taken_over": True}
        )
        return self._go_on()

    def action_claim_copy(self):
        """Leave the objects to the database that this one is a copy of, and begin a new instance.

        Documents that are in S3 are read from there as long as the other database keeps them.

        :raises UserError: if the bucket is not detached
        """
        self._move_state({"detached"}, "paused")
        for bucket in self:
            bucket._begin_instance()
        self._close_alerts()
        return True

    def _move_state(self, sources, target):
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for bucket in self:
            if bucket.state not in sources:
                raise UserError(
                    self.env._(
                        "%(bucket)s is “%(state)s”, which does not allow this step.",
                        bucket=bucket.display_name,
                        state=labels[bucket.state],
                    )
                )
        self._write_guarded({"state": target})

    def _go_on(self):
        self._try_again()
        self._close_alerts()
        for xmlid in (OFFLOAD, COLLECT):
            self.env["s3.bucket"]._wake(xmlid)
        return True

    def _try_again(self):
        """Ask S3 again at once, also for the documents that failed."""
        self._forget_failures()
        # sudo: s3.object - administrators only read the ledger
        failed = self.env["s3.object"].sudo()
        failed = failed.search([("bucket_id", "in", self.ids), ("error", "!=", False)])
        failed.write({"next_try": fields.Datetime.now()})
        self._wake_offload()

    def _wake_offload(self):
        self._wake(OFFLOAD)

    def _wake(self, xmlid):
        """Run the scheduled action after the commit, unless that is pending already."""
        if not self._is_woken(xmlid):
            self._get_cron(xmlid)._trigger()

    def _is_woken(self, xmlid=OFFLOAD):
        """Return whether the scheduled action will run after this commit anyway."""
        cron = self._get_cron(xmlid)
        due = [("cron_id", "=", cron.id), ("call_at", "<=", fields.Datetime.now())]
        # sudo: ir.cron.trigger - whoever adds a document has no right to scheduled actions
        return bool(self.env["ir.cron.trigger"].sudo().search_count(due, limit=1))

    def _get_cron(self, xmlid):
        # Not `env.ref`: it asks each time whether the record is still there, at every document.
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid, raise_if_not_found=True)
        # sudo: ir.cron - whoever adds a document has no right to scheduled actions
        return self.env["ir.cron"].sudo().browse(cron_id)

    # ------------------------------------------------------------------
    # After a failure
    # ------------------------------------------------------------------

    def _is_ready(self):
        """Return whether S3 may be asked now, and no pause is on."""
        return not self.retry_at or self.retry_at <= fields.Datetime.now()

    def _note_failure(self, failure):
        """Show the failure, and try again after a pause that grows up to six hours."""
        now = fields.Datetime.now()
        configuration = failure.kind != "unavailable"
        count = self.failure_count + 1
        first = FIRST_LONG_PAUSE if configuration else FIRST_PAUSE
        retry_at = now + pause_after(count, first)
        for xmlid in (OFFLOAD, COLLECT):
            self._get_cron(xmlid)._trigger(retry_at)
        self._write_guarded(
            {
                "failure_count": count,
                "error_kind": "configuration" if configuration else "unavailable",
                "error_since": self.error_since or now,
                "last_error": explain(self.env, failure),
                "retry_at": retry_at,
            }
        )
        if configuration:
            self._alert(self.last_error)

    def _forget_failures(self):
        failed = self.filtered(lambda bucket: bucket.error_kind)
        failed._write_guarded(
            {
                "failure_count": 0,
                "error_kind": False,
                "error_since": False,
                "last_error": False,
                "retry_at": False,
            }
        )
        if failed:
            failed._close_alerts()

    def _close_alerts(self):
        # sudo: mail.activity - the scheduled action closes what it gave to others
        self.sudo().activity_unlink(["mail.mail_activity_data_warning"])

    def _alert(self, sentence):
        """Give the company's administrators something to do, once."""
        # sudo: res.groups - to know who the administrators are
        administrators = self.env.ref("base.group_system").sudo().all_user_ids
        # sudo: mail.activity - to know who was told already
        told = self.sudo().activity_ids.user_id
        for user in administrators - told:
            if user.active and not user.share and self.company_id in user.company_ids:
                # sudo: mail.activity - it is given to each of them in Odoo's own name
                self.sudo().activity_schedule(
                    "mail.mail_activity_data_warning", summary=sentence, user_id=user.id
                )
