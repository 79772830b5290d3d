"""The connection of boto3 to one S3 server. Knows nothing of Odoo."""

import base64
import functools
import hashlib
from dataclasses import dataclass, field

CONNECT_TIMEOUT = 3  # seconds
ATTEMPTS = 2


@dataclass(frozen=True)
class Settings:
    """Where the bucket is and how to reach it; the secret never shows in a log."""

    bucket: str
    region: str
    endpoint_url: str | None
    public_endpoint_url: str | None
    addressing_style: str
    access_key_id: str | None
    secret_access_key: str | None = field(repr=False)
    encryption: str = "none"
    kms_key_id: str | None = None


@functools.lru_cache(maxsize=32)
def boto_client(endpoint_url, region, addressing_style, access_key, secret_key, read_timeout):
    """Return boto3's client, kept for the next call with the same arguments."""
    # Imported here: this takes a while and memory, and most of Odoo's processes never need it.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import NoCredentialsError

    # Making a client takes 0.1 s; a session of its own, because threads cannot share one.
    session = boto3.session.Session()
    if not access_key and session.get_credentials() is None:
        # boto3 would keep a client without credentials, which are perhaps there the next time.
        raise NoCredentialsError
    client = session.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": addressing_style},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            # We send SHA-256 ourselves; boto3's own default breaks other vendors' servers.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    client.meta.events.register("before-call.s3", _stay_in_region)
    client.meta.events.register("before-call.s3.DeleteObjects", _send_md5)
    client.meta.events.register_first("needs-retry.s3", _no_second_time_out)
    client.meta.events.register_first("before-endpoint-resolution.s3", _sign_for_region)
    return client


def _stay_in_region(context, **_arguments):
    # boto3 would look for the bucket's region and go there; addresses signed here would not.
    context.setdefault("s3_redirect", {})["redirected"] = True


def _send_md5(params, context, **_arguments):
    # S3 requires a checksum here. Every server knows the MD5; boto3's CRC-32 only some.
    context.pop("checksum", None)
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


def _no_second_time_out(caught_exception=None, **_arguments):
    # Two would take a scheduled action beyond the 120 s at which Odoo ends its process, which could
    # then neither note the failure nor pause.
    from botocore.exceptions import ReadTimeoutError

    if isinstance(caught_exception, ReadTimeoutError):
        raise caught_exception


def _sign_for_region(context, **_arguments):
    # boto3 signs addresses at s3.amazonaws.com, which newer regions and buckets do not answer at.
    context["use_global_endpoint"] = False
