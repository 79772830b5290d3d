import re
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.s3.secret import keep_secret

# Where the objects are: fixed as soon as there are any.
PLACE_FIELDS = {"bucket", "prefix", "endpoint_url", "company_id"}
# What can correct an error of configuration.
ACCESS_FIELDS = {
    *("bucket", "region", "endpoint_url", "addressing_style", "credentials", "access_key_id"),
    *("secret_access_key", "encryption", "kms_key_id"),
}
SCOPE_FIELDS = {"scope", "model_ids", "min_size"}
# Written by the bucket's own methods only.
GUARDED_VALUES = {
    "state": "draft",
    "instance": False,
    "identity": False,
    "fence_token": False,
    "fence_next": False,
    "fence_taken_over": False,
    "error_kind": False,
    "error_since": False,
    "last_error": False,
    "failure_count": 0,
    "retry_at": False,
    "turn_at": False,
    "capabilities": False,
    "scope_changed": False,
    "scope_cursor": 0,
    "collect_cursor": 0,
    "stored_count": 0,
    "stored_size": 0,
    "audit_state": False,
    "audit_cursor": False,
    "audit_checked": 0,
    "audit_found": 0,
    "audit_other_etags": 0,
}
BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
ENDPOINT = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")
LAST_PORT = 65535


class S3Bucket(models.Model):
    """A company's bucket on an S3 server: its settings, and who may write what of it."""

    _name = "s3.bucket"
    _description = "Document Storage in S3"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "company_id, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="The company whose documents are moved to the bucket.",
    )
    bucket = fields.Char(required=True, tracking=True)
    prefix = fields.Char(
        default="odoo",
        required=True,
        tracking=True,
        help="What the keys of all objects begin with, without slashes at the ends.",
    )
    region = fields.Char(required=True, default="us-east-1")
    endpoint_url = fields.Char(
        string="Endpoint",
        tracking=True,
        help="The address of the S3 server, such as https://s3.example.com. Empty for Amazon's.",
    )
    public_endpoint_url = fields.Char(
        string="Public Endpoint",
        help="The address at which browsers reach the S3 server, if it is another one.",
    )
    addressing_style = fields.Selection(
        selection=[
            ("auto", "Automatic"),
            ("path", "In the path"),
            ("virtual", "In the host name"),
        ],
        string="Bucket in Addresses",
        default="auto",
        required=True,
    )
    credentials = fields.Selection(
        selection=[("ambient", "Those of the server"), ("stored", "Entered here")],
        default="ambient",
        required=True,
        tracking=True,
        help="Those of the server are found as Amazon's SDK does: environment, files, role.",
    )
    access_key_id = fields.Char(string="Access Key ID")
    secret_access_key = fields.Char(
        store=False,
        copy=False,
        help="It is kept encrypted and never shown again. Leave it empty to keep the one before.",
    )
    has_secret = fields.Boolean(compute="_compute_has_secret", export_string_translation=False)
    encryption = fields.Selection(
        selection=[
            ("none", "The bucket's default"),
            ("AES256", "AES-256 with keys of S3"),
            ("aws:kms", "AWS KMS"),
        ],
        default="none",
        required=True,
    )
    kms_key_id = fields.Char(string="KMS Key", help="Empty for the account's default key.")
    download_mode = fields.Selection(
        selection=[("redirect", "Directly from S3"), ("stream", "Through Odoo")],
        default="redirect",
        required=True,
        help="Directly from S3: the browser is sent to an address that is signed for this download "
        "alone.",
    )
    url_expiry = fields.Integer(
        string="Signed For",
        default=60,
        required=True,
        help="How long the address of a download is valid, in seconds, from 10 to 3,600.",
    )
    grace_days = fields.Integer(
        default=7,
        required=True,
        help="Days for which a deleted document is kept in S3, and the local file of a moved one "
        "on this server.",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Not in Use"),
            ("active", "Active"),
            ("paused", "Paused"),
            ("draining", "Bringing Back"),
            ("detached", "Detached"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Detached: this database seems to be a copy, so it neither writes nor deletes in S3.",
    )
    object_ids = fields.One2many(comodel_name="s3.object", inverse_name="bucket_id", readonly=True)
    finding_ids = fields.One2many(
        comodel_name="s3.bucket.finding", inverse_name="bucket_id", readonly=True
    )
    _grace_days_positive = models.Constraint(
        "CHECK(grace_days >= 1)", "Deleted documents must be kept for at least one day."
    )
    _url_expiry_range = models.Constraint(
        "CHECK(url_expiry BETWEEN 10 AND 3600)", "Addresses are signed for 10 to 3,600 seconds."
    )
    _active_unique = models.UniqueIndex(
        "(company_id) WHERE state = 'active'",
        "A company has one active bucket: pause the other one or bring its documents back first.",
    )

    def _compute_has_secret(self):
        # sudo: s3.credential - nobody has a right to it, administrators included
        credentials = self.env["s3.credential"].sudo().search([("bucket_id", "in", self.ids)])
        for bucket in self:
            bucket.has_secret = bucket in credentials.bucket_id

    @api.constrains("bucket", "prefix", "endpoint_url", "public_endpoint_url")
    def _check_place(self):
        for bucket in self:
            if not BUCKET_NAME.fullmatch(bucket.bucket):
                raise ValidationError(
                    self.env._("“%(name)s” is not a valid name of a bucket.", name=bucket.bucket)
                )
            if not PREFIX.fullmatch(bucket.prefix) or ".." in bucket.prefix:
                raise ValidationError(
                    self.env._(
                        "A prefix consists of letters, digits, “.”, “-”, “_”, and “/” between them."
                    )
                )
            for address in filter(None, (bucket.endpoint_url, bucket.public_endpoint_url)):
                found = ENDPOINT.fullmatch(address)
                if not found or int(found[1] or 0) > LAST_PORT:
                    raise ValidationError(
                        self.env._(
                            "“%(address)s” is not a valid address of an S3 server (expected "
                            "https://s3.example.com or https://s3.example.com:9000).",
                            address=address,
                        )
                    )

    @api.constrains("credentials", "access_key_id")
    def _check_credentials(self):
        for bucket in self:
            if bucket.credentials == "stored" and not bucket.access_key_id:
                raise ValidationError(
                    self.env._("Enter the access key, or use the credentials of the server.")
                )

    # ------------------------------------------------------------------
    # Values that only our own methods write, and the secret that nobody reads
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        secrets = [vals.pop("secret_access_key", None) for vals in vals_list]
        buckets = super().create([{**vals, **GUARDED_VALUES} for vals in vals_list])
        for bucket, secret in zip(buckets, secrets, strict=True):
            bucket._keep_secret(secret)
        return buckets

    def write(self, vals):
        vals = dict(vals)
        secret = vals.pop("secret_access_key", None)
        if vals.keys() & GUARDED_VALUES.keys():
            raise UserError(self.env._("The state of a bucket is changed by its buttons only."))
        if vals.keys() & PLACE_FIELDS:
            self._check_place_is_free(vals)
        result = super().write(vals)
        for bucket in self:
            bucket._keep_secret(secret)
        if "endpoint_url" in vals:
            self._write_guarded({"capabilities": False})
        if vals.keys() & SCOPE_FIELDS:
            self._write_guarded({"scope_changed": True, "scope_cursor": 0})
            self._wake_offload()
        if vals.keys() & (SCOPE_FIELDS | {"company_id"}):
            self.env.registry.clear_cache()
        if secret or vals.keys() & ACCESS_FIELDS:
            self._try_again()
        return result

    def _write_guarded(self, vals):
        """Write what `write` refuses."""
        result = super().write(vals)
        if "state" in vals:
            self.env.registry.clear_cache()
        return result

    def _check_place_is_free(self, vals):
        for bucket in self.filtered(lambda bucket: bucket._has_objects()):
            now = bucket._convert_to_write({name: bucket[name] for name in PLACE_FIELDS})
            if any((vals[name] or False) != now[name] for name in PLACE_FIELDS & vals.keys()):
                raise UserError(
                    self.env._(
                        "%(bucket)s holds documents: its bucket, prefix, endpoint and company "
                        "cannot be changed. Bring the documents back first, or add another bucket.",
                        bucket=bucket.display_name,
                    )
                )

    def _has_objects(self):
        # sudo: s3.object - the ledger of every company, whichever one is chosen at the moment
        ledger = self.env["s3.object"].sudo()
        return bool(ledger.search_count([("bucket_id", "=", self.id)], limit=1))

    def _keep_secret(self, secret):
        if secret:
            keep_secret(self, secret)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_holding_documents(self):
        if holding := self.filtered(lambda bucket: bucket._has_objects()):
            raise UserError(
                self.env._(
                    "%(buckets)s still hold objects: bring the documents back, then wait until the "
                    "days of grace are over.",
                    buckets=", ".join(holding.mapped("display_name")),
                )
            )

    # ------------------------------------------------------------------
    # Names of objects
    # ------------------------------------------------------------------

    def _new_key(self):
        """Return a key that was never used, and that tells nothing of the document."""
        now = fields.Datetime.now()
        return f"{self._own_prefix()}{self.company_id.id}/{now:%Y/%m}/{uuid.uuid4()}"

    def _own_prefix(self):
        """Return what all keys begin with that this database may delete."""
        return f"{self.prefix}/{self.instance}/"

    def _store_fname(self, key):
        return f"s3:{self.id}/{key}"

    @api.model
    def _resolve(self, store_fname):
        """Return the bucket and the key that an attachment's ``store_fname`` means.

        The bucket is empty if there is no such bucket or the key is outside its prefix.
        """
        number, _slash, key = store_fname.removeprefix("s3:").partition("/")
        # sudo: s3.bucket - people read documents without a right to the bucket's settings
        bucket = self.sudo().browse(int(number) if number.isdecimal() else 0).exists()
        if bucket and not key.startswith(f"{bucket.prefix}/"):
            bucket = bucket.browse()
        return bucket, key
