"""The S3 client: boto3 as this addon needs it. Knows nothing of Odoo."""

import base64
import functools
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from .failure import S3Failure, failure_of_answer, failure_of_way

CONNECT_TIMEOUT = 3  # seconds
INTERACTIVE_TIMEOUT = 10  # seconds without a byte, while a person waits
PATIENT_TIMEOUT = 60  # the same in a scheduled action
ATTEMPTS = 2
PART_SIZE = 8 * 2**20  # what is held in memory at once; Odoo's files end at 2 GiB: 256 parts
MULTIPART_FROM = 2 * PART_SIZE
CHUNK_SIZE = 2**18
HASHER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="s3-md5")  # begins at its first use


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
def _boto_client(endpoint_url, region, addressing_style, access_key, secret_key, read_timeout):
    # Making one takes 0.1 s, so it is kept; a session of its own, for threads share no session.
    client = boto3.session.Session().client(
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
    client.meta.events.register_first("needs-retry.s3", _no_second_time_out)
    client.meta.events.register_first("before-endpoint-resolution.s3", _sign_for_region)
    return client


def _stay_in_region(context, **_arguments):
    # boto3 would look for the bucket's region and go there; addresses signed here would not.
    context.setdefault("s3_redirect", {})["redirected"] = True


def _no_second_time_out(caught_exception=None, **_arguments):
    # Two would take a scheduled action beyond the 120 s at which Odoo ends its process, which could
    # then neither note the failure nor pause.
    if isinstance(caught_exception, ReadTimeoutError):
        raise caught_exception


def _sign_for_region(context, **_arguments):
    # boto3 signs addresses at s3.amazonaws.com, which newer regions and buckets do not answer at.
    context["use_global_endpoint"] = False


def sha256_base64(sha256):
    """Return S3's spelling of a hexadecimal SHA-256."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


class S3Client:
    """One bucket. Every method raises S3Failure when it does not get what it says."""

    def __init__(self, settings, read_timeout=INTERACTIVE_TIMEOUT):
        self.settings = settings
        self.read_timeout = read_timeout

    def _boto(self, public=False):
        settings = self.settings
        endpoint_url = settings.endpoint_url
        if public and settings.public_endpoint_url:
            endpoint_url = settings.public_endpoint_url
        try:
            return _boto_client(
                endpoint_url or None,
                settings.region,
                settings.addressing_style,
                settings.access_key_id,
                settings.secret_access_key,
                self.read_timeout,
            )
        except (BotoCoreError, ValueError) as error:
            name = type(error).__name__
            raise S3Failure("configuration", name, "CreateClient") from error

    @property
    def endpoint_url(self):
        """The address that is really asked, the region's own if none is given."""
        return self._boto().meta.endpoint_url

    def _call(self, operation, **arguments):
        try:
            method = getattr(self._boto(), operation)
            return method(Bucket=self.settings.bucket, **arguments)
        except ClientError as error:
            raise failure_of_answer(error) from error
        except (BotoCoreError, OSError) as error:
            raise failure_of_way(error, operation) from error

    def _encryption(self):
        if self.settings.encryption == "none":
            return {}
        arguments = {"ServerSideEncryption": self.settings.encryption}
        if self.settings.encryption == "aws:kms" and self.settings.kms_key_id:
            arguments["SSEKMSKeyId"] = self.settings.kms_key_id
        return arguments

    # ------------------------------------------------------------------
    # Whole objects
    # ------------------------------------------------------------------

    def put(self, key, body, sha256, **conditions):
        """Put ``body`` (bytes) and verify the answer; return ``(etag, version_id)``.

        :param conditions: S3's own, such as ``IfMatch``
        """
        checksum = sha256_base64(sha256)
        # Servers without checksums answer with the MD5 alone. Of a large body while they are at it.
        md5 = functools.partial(_md5, body)
        if len(body) > CHUNK_SIZE:
            md5 = HASHER.submit(md5).result
        answer = self._call(
            "put_object",
            Key=key,
            Body=body,
            ChecksumSHA256=checksum,
            **self._encryption(),
            **conditions,
        )
        etag = answer["ETag"].strip('"')
        verified = answer.get("ChecksumSHA256") == checksum or etag == md5()
        if not verified and self.head(key)["ContentLength"] != len(body):
            raise S3Failure("unavailable", "BadDigest", "PutObject")
        return etag, answer.get("VersionId")

    def head(self, key):
        """Return S3's description of the object."""
        return self._call("head_object", Key=key, ChecksumMode="ENABLED")

    def find(self, key, size):
        """Return ETag and version of the object if it is there with this size, else None."""
        try:
            found = self.head(key)
        except S3Failure as failure:
            if failure.kind == "missing":
                return None
            raise
        if found["ContentLength"] != size:
            return None
        return found["ETag"].strip('"'), found.get("VersionId")

    def get(self, key, size=None):
        """Return the object's bytes, all of them or the first ``size``."""
        chunks, _length = self.stream(key, None if size is None else 0, size)
        return b"".join(chunks)

    def stream(self, key, start=None, length=None):
        """Return an iterator over the object's bytes, or a range of them, and how many come.

        The first byte has been asked for when this returns, so a failure is raised here; later ones
        are raised by the iterator.
        """
        arguments = {}
        if start is not None:
            arguments["Range"] = f"bytes={start}-{start + length - 1}"
        answer = self._call("get_object", Key=key, **arguments)
        return _chunks(answer["Body"]), answer["ContentLength"]

    def get_small(self, key):
        """Return all bytes and the ETag of an object; None for both if there is no such object."""
        try:
            answer = self._call("get_object", Key=key)
        except S3Failure as failure:
            if failure.kind == "missing":
                return None, None
            raise
        return b"".join(_chunks(answer["Body"])), answer["ETag"]

    def delete(self, key):
        """Delete the object; it is no error if there is none."""
        self._call("delete_object", Key=key)

    def list(self, prefix):
        """Yield S3's description of each object whose key begins with ``prefix``."""
        arguments = {}
        while True:
            page = self._call("list_objects_v2", Prefix=prefix, **arguments)
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            arguments = {"ContinuationToken": page["NextContinuationToken"]}

    def sign(self, key, expiry, disposition, mimetype):
        """Return an address under which a browser gets the object for ``expiry`` seconds."""
        arguments = {
            "Bucket": self.settings.bucket,
            "Key": key,
            "ResponseContentDisposition": disposition,
            "ResponseContentType": mimetype,
            "ResponseCacheControl": "private, no-store",
        }
        try:
            client = self._boto(public=True)
            return client.generate_presigned_url("get_object", arguments, ExpiresIn=expiry)
        except BotoCoreError as error:
            raise failure_of_way(error, "sign") from error

    # ------------------------------------------------------------------
    # In parts
    # ------------------------------------------------------------------

    def begin_parts(self, key):
        """Begin an upload in parts and return its id."""
        answer = self._call("create_multipart_upload", Key=key, **self._checksummed_parts())
        return answer["UploadId"]

    def _checksummed_parts(self):
        return {"ChecksumAlgorithm": "SHA256", **self._encryption()}

    def put_part(self, key, upload_id, number, body, sha256):
        """Put part ``number`` (from 1) and return its ETag."""
        answer = self._call(
            "upload_part",
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            Body=body,
            ChecksumSHA256=sha256_base64(sha256),
        )
        return answer["ETag"]

    def list_parts(self, key, upload_id):
        """Return the ETag and the size of each part that S3 has, by its number."""
        parts, arguments = {}, {}
        while True:
            page = self._call("list_parts", Key=key, UploadId=upload_id, **arguments)
            for part in page.get("Parts", ()):
                parts[part["PartNumber"]] = (part["ETag"], part["Size"])
            if not page.get("IsTruncated"):
                return parts
            arguments = {"PartNumberMarker": page["NextPartNumberMarker"]}

    def complete_parts(self, key, upload_id, parts):
        """Make one object of the parts, a list of ``(etag, sha256)``; return as `put` does."""
        answer = self._call(
            "complete_multipart_upload",
            Key=key,
            UploadId=upload_id,
            MultipartUpload={
                "Parts": [
                    {"PartNumber": number, "ETag": etag, "ChecksumSHA256": sha256_base64(sha256)}
                    for number, (etag, sha256) in enumerate(parts, 1)
                ]
            },
        )
        return answer["ETag"].strip('"'), answer.get("VersionId")

    def abort_parts(self, key):
        """Give up every upload in parts that was begun for this key."""
        page = self._call("list_multipart_uploads", Prefix=key)
        for upload in page.get("Uploads", ()):
            if upload["Key"] == key:
                self._abort(key, upload["UploadId"])

    def _abort(self, key, upload_id):
        try:
            self._call("abort_multipart_upload", Key=key, UploadId=upload_id)
        except S3Failure as failure:
            # boto3's second try finds none if only the answer to its first was lost.
            if failure.kind != "missing":
                raise


def _md5(body):
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _chunks(body):
    try:
        yield from body.iter_chunks(CHUNK_SIZE)
    except (BotoCoreError, OSError) as error:
        raise failure_of_way(error, "get_object") from error
    finally:
        body.close()
