import hashlib
import logging
import uuid

from odoo import fields, models

from ...tools.s3.failure import S3Failure

_logger = logging.getLogger(__name__)
# How S3 can be asked to replace what was read and nothing else, the best way first.
CONDITIONS = ("quoted", "unquoted", "none")


class S3Bucket(models.Model):
    """Whose database this is: two that take themselves for the same one find each other."""

    _inherit = "s3.bucket"

    instance = fields.Char(
        readonly=True, copy=False, help="A part of the keys of all objects of this database."
    )
    identity = fields.Char(
        readonly=True, copy=False, groups="base.group_system", export_string_translation=False
    )
    fence_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", export_string_translation=False
    )
    fence_next = fields.Char(
        readonly=True, copy=False, groups="base.group_system", export_string_translation=False
    )
    fence_taken_over = fields.Boolean(
        readonly=True, copy=False, groups="base.group_system", export_string_translation=False
    )

    # ------------------------------------------------------------------
    # The identity of the database
    # ------------------------------------------------------------------

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
        # sudo: ir.config_parameter - administrators of one company may not read all parameters
        name = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{name}/{cluster}/{oid}"

    def _is_ours(self):
        """Return whether this database may write to and delete from the bucket; detach if not."""
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
                "is written to S3 or deleted there until you tell which one it is."
            )
        )

    # ------------------------------------------------------------------
    # The fence
    # ------------------------------------------------------------------

    def _hold_fence(self, client):
        """Replace the token in the bucket by a new one; detach the bucket if it is another's.

        Return whether the fence is held. A physical copy of the database has all that this one has,
        except for the token that is written after the copy was made. Only such a token detaches:
        not a fence that is gone, and not a status that S3 answers with.
        """
        key = f"{self._own_prefix()}fence"
        found, etag = self._read_fence(client, key)
        # S3 may have been slow, and done later what it did not confirm.
        ours = [token for token in (*(self.fence_next or "").split(), self.fence_token) if token]
        if found and found not in ours and not self.fence_taken_over:
            self._detach()
            return False
        if not found and self.fence_token:
            _logger.warning(
                "S3 bucket %s: the object “fence” is gone, perhaps by a lifecycle rule. It is "
                "written again.",
                self.id,
            )
        token = uuid.uuid4().hex
        ours.append(token)
        # Committed before it is written there: whenever this process ends, what is found is known.
        self._write_guarded({"fence_token": found or False, "fence_next": " ".join(ours)})
        self._step(0)
        if not self._put_fence(client, key, token, etag, {*ours, found} - {None}):
            self._detach()
            return False
        self._write_guarded({"fence_token": token, "fence_next": False, "fence_taken_over": False})
        self._step(0)
        return True

    def _read_fence(self, client, key):
        """Return the token in the bucket and its ETag, None for both if there is none."""
        body, etag = client.get_small(key)
        if not body:
            return None, etag
        if body.lstrip().startswith(b"<"):
            # A page of a proxy, which is no proof of anything.
            raise S3Failure("unavailable", "UnexpectedAnswer", "GetObject")
        return body.decode(errors="replace"), etag

    def _put_fence(self, client, key, token, etag, ours):
        """Write the token if what is there has not changed; return False if it is another's now.

        :param etag: of what is there, None if there is nothing
        :param ours: all tokens that this database may have written
        """
        body = token.encode()
        sha256 = hashlib.sha256(body).hexdigest()
        ways = CONDITIONS[CONDITIONS.index(client.can("conditional_put")) :]
        for way in ways:
            try:
                client.put(key, body, sha256, **condition_of(way, etag))
            except S3Failure as failure:
                if failure.kind != "conflict":
                    if failure.is_unsupported and way != "none":
                        continue
                    raise
                found, now = self._read_fence(client, key)
                if found == token:
                    # boto3's second try is refused if only the answer to its first was lost.
                    return True
                if found and found not in ours:
                    return False
                if now != etag:
                    # An earlier token of ours has arrived meanwhile.
                    raise S3Failure("unavailable", failure.code, failure.operation) from failure
            else:
                if etag:
                    client.learn("conditional_put", way)
                return True
        raise S3Failure("unavailable", "PreconditionFailed", "PutObject")


def condition_of(way, etag):
    """Return the arguments by which S3 replaces only the object with this ETag."""
    if way == "none":
        return {}
    if not etag:
        return {"IfNoneMatch": "*"}
    return {"IfMatch": etag if way == "quoted" else etag.strip('"')}
