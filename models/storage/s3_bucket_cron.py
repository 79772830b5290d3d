import logging
import time
from collections import deque
from contextlib import contextmanager
from datetime import timedelta

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import api, fields, models

from ...tools.s3.failure import S3Failure
from ...tools.s3.secret import client_of

_logger = logging.getLogger(__name__)
OFFLOAD = "purchase_milestone.ir_cron_s3_offload"
COLLECT = "purchase_milestone.ir_cron_s3_collect"
AUDIT = "purchase_milestone.ir_cron_s3_audit"
READING_ONLY = {"_audit"}  # what a copy of a database may do too
# A large file is hashed before its first part goes, so it gets more than Odoo's 10 seconds; at 120
# Odoo ends the process.
PARTS_TIME = 40  # seconds
LOCK = 0x5333  # the first of the two numbers of PostgreSQL's advisory locks that are ours
LOCK_TIMEOUT = 20  # seconds
LEAST_SHARE = 1  # seconds


class OutOfTime(Exception):
    """The scheduled action must end; it goes on where it stopped."""


class TurnOver(OutOfTime):
    """It is another bucket's turn."""


class S3Bucket(models.Model):
    """The scheduled actions: buckets take turns, and a bucket is used by one action at a time."""

    _inherit = "s3.bucket"

    turn_at = fields.Datetime(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="When the bucket last had its turn in a scheduled action.",
    )

    @api.model
    def _cron_offload(self):
        """Move what waits, to S3 and back. Woken after the commit of a document."""
        buckets = self._search_by_turn([("state", "in", ("active", "draining"))])
        # So that Odoo comes again if the process ends before the turns do.
        self._commit(remaining=len(buckets))
        self._take_turns(
            [
                (bucket, "_bring_back" if bucket.state == "draining" else "_offload")
                for bucket in buckets
            ]
        )

    @api.model
    def _cron_collect(self):
        """Mark, unmark and delete. Runs once a day, and by itself marks nothing that is needed."""
        ours = [("instance", "!=", False), ("state", "in", ("draft", "active", "draining"))]
        self._take_turns([(bucket, "_collect") for bucket in self._search_by_turn(ours)])

    # ------------------------------------------------------------------
    # Turns
    # ------------------------------------------------------------------

    @api.model
    def _search_by_turn(self, domain):
        """Return the buckets of the domain, those first that have waited for the longest."""
        return self.search(domain, order="turn_at ASC NULLS FIRST, id")

    @api.model
    def _take_turns(self, tasks):
        """Give each bucket a share of the time, again and again, until nothing is left to do.

        If the time is up before, Odoo is asked to come again.

        :param tasks: pairs of a bucket and the name of its method, which takes an `S3Client` and
            returns False if it asked nothing of S3
        """
        queue = deque(tasks)
        end = self.env.context.get("cron_end_time", float("inf"))
        try:
            while queue:
                bucket, work = queue.popleft()
                share = (end - time.monotonic()) / (len(queue) + 1)
                if bucket._take_turn(work, max(share, LEAST_SHARE)):
                    queue.append((bucket, work))
        except OutOfTime:
            remaining = 1
        else:
            remaining = 0
        self._commit(remaining=remaining)

    def _take_turn(self, work, share):
        """Do the work for ``share`` seconds, unless a pause is on or the bucket is not ours.

        Return whether there is more to do.
        """
        if not self._is_ready():
            return False
        with self._locked() as locked:
            if not locked:
                return False
            if work not in READING_ONLY and not self._is_ours():
                self._commit()
                return False
            client, asked, more = None, True, False
            try:
                client = client_of(self, patient=True)
                turn = self.with_context(s3_turn_end=time.monotonic() + share)
                asked = getattr(turn, work)(client) is not False
                if asked and self.state != "detached":
                    self._forget_failures()
            except TurnOver:
                more = True
            except OutOfTime:
                self._end_turn(client, asked)
                raise
            except SerializationFailure:
                # Somebody is just changing the bucket or a document: the next run continues.
                self.env.cr.rollback()
                self._come_again()
            except S3Failure as failure:
                self.env.cr.rollback()
                _logger.warning("S3 bucket %s: %s", self.id, failure)
                self._note_failure(failure)
            except Exception as error:
                # Other buckets do not wait for what is wrong with this one.
                self.env.cr.rollback()
                _logger.exception("S3 bucket %s", self.id)
                self._note_failure(S3Failure("unexpected", type(error).__name__, work.strip("_")))
            self._end_turn(client, asked)
            return more

    def _end_turn(self, client, asked):
        """Keep what was found out about the server, and let those who waited longer go first."""
        self._keep_learned(client)
        if asked:
            self._write_guarded({"turn_at": fields.Datetime.now()})
        self._commit()

    def _keep_learned(self, client):
        if client and client.learned:
            self._write_guarded({"capabilities": {**(self.capabilities or {}), **client.learned}})
            client.learned.clear()

    def _come_again(self):
        """Have the scheduled actions run in a minute."""
        for xmlid in (OFFLOAD, COLLECT, AUDIT):
            self._get_cron(xmlid)._trigger(fields.Datetime.now() + timedelta(minutes=1))

    @contextmanager
    def _locked(self):
        """Let no other scheduled action use the bucket; give whether that is so.

        Actions queue here instead of finding each other's token in the fence.
        """
        cr = self.env.cr
        self._commit()
        cr.execute("SELECT set_config('lock_timeout', %s, TRUE)", [f"{LOCK_TIMEOUT}s"])
        try:
            cr.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, self.id], log_exceptions=False)
        except LockNotAvailable:
            cr.rollback()
            self._come_again()
            yield False
            return
        try:
            # What the other action has written while this one waited.
            self._commit()
            self.invalidate_recordset()
            yield True
        except BaseException:
            cr.rollback()
            raise
        finally:
            cr.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, self.id])

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------

    @api.model
    def _commit(self, processed=0, **progress):
        """Commit and count what was processed; return the seconds that are left.

        A scheduled action commits after each step, so that what S3 has confirmed is kept whatever
        happens next.
        """
        return self.env["ir.cron"]._commit_progress(processed, **progress)

    def _step(self, processed=1):
        """Commit and count; raise `OutOfTime` when the scheduled action must end."""
        if not self._commit(processed):
            raise OutOfTime
        self._check_time()

    def _check_time(self, more=0):
        """Raise `OutOfTime` when the time is up, `TurnOver` when that of the bucket's turn is.

        :param more: seconds that the action may take beyond its time; its turn is not over then
        """
        now = time.monotonic()
        if now > self.env.context.get("cron_end_time", float("inf")) + more:
            raise OutOfTime
        if not more and now > self.env.context.get("s3_turn_end", float("inf")):
            raise TurnOver
