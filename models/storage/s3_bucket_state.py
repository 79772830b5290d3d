import uuid
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.s3.messages import explain

OFFLOAD = "purchase_milestone.ir_cron_s3_offload"
COLLECT = "purchase_milestone.ir_cron_s3_collect"
LONGEST_PAUSE = 240  # minutes


class S3Bucket(models.Model):
    """The states of a bucket, whose database this is, and what happens after a failure."""

    _inherit = "s3.bucket"

    instance = fields.Char(
        readonly=True, copy=False, help="Stands in the keys of all objects of this database."
    )
    identity = fields.Char(readonly=True, copy=False, groups="base.group_system")
    fence_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    fence_next = fields.Char(readonly=True, copy=False, groups="base.group_system")
    fence_taken_over = fields.Boolean(readonly=True, copy=False, groups="base.group_system")
    error_kind = fields.Selection(
        selection=[("configuration", "Configuration"), ("unavailable", "Unavailable")],
        readonly=True,
        copy=False,
    )
    error_since = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Char(readonly=True, copy=False)
    failure_count = fields.Integer(readonly=True, copy=False)
    retry_at = fields.Datetime(string="Next Try", readonly=True, copy=False)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_activate(self):
        """Move the company's documents there, those that are there already too."""
        self._move_state({"draft", "paused", "draining"}, "active")
        for bucket in self:
            if not bucket.instance:
                bucket._begin_instance()
        return self._go_on()

    def action_pause(self):
        """Neither write nor delete anything in S3 until it is activated; reading goes on."""
        self._move_state({"active", "draining"}, "paused")
        return True

    def action_drain(self):
        """Bring all documents back to this server."""
        self._move_state({"active", "paused"}, "draining")
        return self._go_on()

    def action_claim_moved(self):
        """Go on with the objects: this is the moved server, and the other one is no more."""
        self._move_state({"detached"}, "active")
        self._write_guarded(
            {"identity": self._get_identity(), "fence_token": False, "fence_taken_over": True}
        )
        return self._go_on()

    def action_claim_copy(self):
        """Leave the objects to the database that this one is a copy of, and begin a new instance.

        Documents that are in S3 are read from there as long as the other database keeps them.
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

    def _begin_instance(self):
        self._write_guarded(
            {
                "instance": uuid.uuid4().hex,
                "identity": self._get_identity(),
                "fence_token": False,
                "fence_next": False,
                "fence_taken_over": False,
            }
        )

    def _go_on(self):
        self._forget_failures()
        self._close_alerts()
        for xmlid in (OFFLOAD, COLLECT):
            self.env["s3.bucket"]._wake(xmlid)
        return True

    def _wake_offload(self):
        self._wake(OFFLOAD)

    def _wake(self, xmlid):
        """Run the scheduled action after the commit, unless that is pending already."""
        if not self._is_woken(xmlid):
            self._get_cron(xmlid)._trigger()

    def _is_woken(self, xmlid=OFFLOAD):
        """Tell whether the scheduled action will run after this commit anyway."""
        cron = self._get_cron(xmlid)
        due = [("cron_id", "=", cron.id), ("call_at", "<=", fields.Datetime.now())]
        return bool(self.env["ir.cron.trigger"].sudo().search_count(due, limit=1))

    def _get_cron(self, xmlid):
        # Not `env.ref`: it asks each time whether the record is still there, at every document.
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid, raise_if_not_found=True)
        return self.env["ir.cron"].sudo().browse(cron_id)

    # ------------------------------------------------------------------
    # Whose database this is
    # ------------------------------------------------------------------

    def _get_identity(self):
        """Return what differs in a database that was copied, restored elsewhere or neutralised."""
        cr = self.env.cr
        cr.execute("SELECT has_function_privilege('pg_control_system()', 'execute')")
        [allowed] = cr.fetchone()
        cluster = ""
        if allowed:
            cr.execute("SELECT system_identifier FROM pg_control_system()")
            [cluster] = cr.fetchone()
        cr.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        [oid] = cr.fetchone()
        name = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{name}/{cluster}/{oid}"

    def _is_ours(self):
        """Tell whether this database may write to and delete from the bucket; detach it if not."""
        if self.state == "detached":
            return False
        if self.identity == self._get_identity():
            return True
        self._detach()
        return False

    def _detach(self):
        self._write_guarded({"state": "detached"})
        self._alert(
            self.env._(
                "This database seems to be a copy, or another one uses the same objects. Nothing "
                "is written to S3 or deleted there until you tell which it is."
            )
        )
        self.env["ir.cron"]._commit_progress()

    # ------------------------------------------------------------------
    # After a failure
    # ------------------------------------------------------------------

    def _is_ready(self):
        """Tell whether S3 may be asked now, or a pause is on."""
        if self.error_kind == "configuration":
            return False
        return not self.retry_at or self.retry_at <= fields.Datetime.now()

    def _note_failure(self, failure):
        """Show the failure; try again after a growing pause, or not until a person mends it."""
        now = fields.Datetime.now()
        configuration = failure.kind != "unavailable"
        count = self.failure_count + 1
        retry_at = False
        if not configuration:
            retry_at = now + timedelta(minutes=min(2 ** min(count - 1, 10), LONGEST_PAUSE))
            self._get_cron(OFFLOAD)._trigger(retry_at)
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
        self.sudo().activity_unlink(["mail.mail_activity_data_warning"])

    def _alert(self, sentence):
        """Give the company's administrators something to do, once."""
        administrators = self.env.ref("base.group_system").sudo().all_user_ids
        told = self.sudo().activity_ids.user_id
        for user in administrators - told:
            if user.active and not user.share and self.company_id in user.company_ids:
                self.sudo().activity_schedule(
                    "mail.mail_activity_data_warning", summary=sentence, user_id=user.id
                )
