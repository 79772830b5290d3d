"""The S3 client: boto3 as this addon needs it. Knows nothing of Odoo."""

import base64
import functools
import hashlib
from concurrent.futures import ThreadPoolExecutor

from .connection import boto_client
from .failure import S3Failure

INTERACTIVE_TIMEOUT = 10  # seconds without a byte, while a person waits
PATIENT_TIMEOUT = 60  # the same in a scheduled action
PART_SIZE = 8 * 2**20  # what is held in memory at once; Odoo's files end at 2 GiB: 256 parts
MULTIPART_FROM = 2 * PART_SIZE
CHUNK_SIZE = 2**18
NOT_IMPLEMENTED = 501  # HTTP status
DELETED_AT_ONCE = 1000  # S3's own limit
HASHER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="s3-md5")  # begins at its first use
# What a server is taken to know until it refuses it: `S3Client.capabilities`.
ASSUMED = {
    "checksums": True,
    "conditional_put": "quoted",  # "unquoted", "none"
    "list_parts": True,
    "list_uploads": True,
    "batch_delete": True,
}


def sha256_base64(sha256):
    """Return S3's spelling of a hexadecimal SHA-256."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


class S3Client:
    """One bucket. Every method raises `S3Failure` when it does not get what it says.

    ``capabilities`` is what is known of the server, see `ASSUMED`. The first refusal corrects it;
    ``learned`` is what was found out since the client was made.
    """

    def __init__(self, settings, read_timeout=INTERACTIVE_TIMEOUT, capabilities=None):
        self.settings = settings
        self.read_timeout = read_timeout
        self.capabilities = dict(capabilities or {})
        self.learned = {}

    def can(self, name):
        """Return what is known, or assumed, of one of the server's capabilities."""
        return self.capabilities.get(name, ASSUMED[name])

    def learn(self, name, value):
        """Note what the server can; later requests rely on it."""
        if self.capabilities.get(name) != value:
            self.capabilities[name] = self.learned[name] = value

    def _boto(self, public=False):
        from botocore.exceptions import BotoCoreError

        settings = self.settings
        endpoint_url = settings.endpoint_url
        if public and settings.public_endpoint_url:
            endpoint_url = settings.public_endpoint_url
        try:
            return boto_client(
                endpoint_url or None,
                settings.region,
                settings.addressing_style,
                settings.access_key_id,
                settings.secret_access_key,
                self.read_timeout,
            )
        except ValueError as error:
            raise S3Failure("configuration", "InvalidEndpoint", "CreateClient") from error
        except BotoCoreError as error:
            name = type(error).__name__
            raise S3Failure("configuration", name, "CreateClient") from error

    @property
    def endpoint_url(self):
        """The address that is really asked, the region's own if none is given."""
        return self._boto().meta.endpoint_url

    def _call(self, operation, **arguments):
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            method = getattr(self._boto(), operation)
            return method(Bucket=self.settings.bucket, **arguments)
        except ClientError as error:
            raise S3Failure.from_client_error(error) from error
        except ValueError as error:
            raise S3Failure("configuration", "InvalidEndpoint", "CreateClient") from error
        except (BotoCoreError, OSError) as error:
            raise S3Failure.from_transport_error(error, operation) from error

    def _call_checksummed(self, operation, checksums, **arguments):
        """Send SHA-256 checksums, unless the server is known, or now found out, not to know them.

        :param dict checksums: the arguments that only servers with checksums know
        """
        if not self.can("checksums"):
            return self._call(operation, **arguments)
        try:
            answer = self._call(operation, **arguments, **checksums)
        except S3Failure as failure:
            # Some take them with whole objects only, and say that they do not know them with parts.
            known = "checksums" in self.capabilities and failure.status != NOT_IMPLEMENTED
            if known or not failure.is_unsupported:
                raise
            answer = self._call(operation, **arguments)
            self.learn("checksums", False)
            return answer
        self.learn("checksums", True)
        return answer

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
        # Servers that ignore checksums only return an MD5 ETag. Large bodies are hashed in a thread
        # while the upload runs.
        md5 = functools.partial(_md5, body)
        if len(body) > CHUNK_SIZE:
            md5 = HASHER.submit(md5).result
        arguments = {"Key": key, "Body": body, **self._encryption(), **conditions}
        if conditions:
            # What is refused here would not tell whether it is the condition or the checksum.
            checksummed = {"ChecksumSHA256": checksum} if self.can("checksums") else {}
            answer = self._call("put_object", **arguments, **checksummed)
        else:
            answer = self._call_checksummed("put_object", {"ChecksumSHA256": checksum}, **arguments)
        etag = answer["ETag"].strip('"')
        verified = answer.get("ChecksumSHA256") == checksum or etag == md5()
        if not verified and self.head(key)["ContentLength"] != len(body):
            raise S3Failure("unavailable", "BadDigest", "PutObject")
        return etag, answer.get("VersionId")

    def head(self, key):
        """Return S3's description of the object."""
        return self._call("head_object", Key=key)

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

    def hash(self, key):
        """Read the whole object and return its SHA-256, hexadecimal."""
        sha256 = hashlib.sha256()
        chunks, _length = self.stream(key)
        for chunk in chunks:
            sha256.update(chunk)
        return sha256.hexdigest()

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
        return b"".join(_chunks(answer["Body"])), answer.get("ETag")

    def delete(self, key):
        """Delete the object; it is no error if there is none."""
        self._call("delete_object", Key=key)

    def delete_many(self, keys):
        """Delete up to 1,000 objects; return the keys whose deletion S3 has confirmed.

        :raises S3Failure: with ``is_unsupported`` if the server cannot delete several at once
        """
        objects = [{"Key": key} for key in keys]
        answer = self._call("delete_objects", Delete={"Objects": objects})
        return {item["Key"] for item in answer.get("Deleted", ())} & set(keys)

    def list(self, prefix, after=None):
        """Yield S3's description of each object whose key begins with ``prefix``.

        :param after: a key; only those that follow it in S3's order are listed
        """
        for page in self.list_pages(prefix, after):
            yield from page

    def list_pages(self, prefix, after=None):
        """Yield lists of up to 1,000 descriptions each, as `list` does one by one."""
        arguments = {"StartAfter": after} if after else {}
        while True:
            page = self._call("list_objects_v2", Prefix=prefix, **arguments)
            yield page.get("Contents", [])
            if not page.get("IsTruncated"):
                return
            arguments = {"ContinuationToken": page["NextContinuationToken"]}

    def sign(self, key, expiry, disposition, mimetype):
        """Return an address under which a browser gets the object for ``expiry`` seconds."""
        from botocore.exceptions import BotoCoreError

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
            raise S3Failure.from_transport_error(error, "sign") from error

    # ------------------------------------------------------------------
    # In parts
    # ------------------------------------------------------------------

    def begin_parts(self, key):
        """Begin an upload in parts and return its id."""
        answer = self._call_checksummed(
            "create_multipart_upload",
            {"ChecksumAlgorithm": "SHA256"},
            Key=key,
            **self._encryption(),
        )
        return answer["UploadId"]

    def put_part(self, key, upload_id, number, body, sha256):
        """Put part ``number`` (from 1) and return its ETag."""
        answer = self._call_checksummed(
            "upload_part",
            {"ChecksumSHA256": sha256_base64(sha256)},
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            Body=body,
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
        numbered = []
        for number, (etag, sha256) in enumerate(parts, 1):
            part = {"PartNumber": number, "ETag": etag}
            if self.can("checksums"):
                part["ChecksumSHA256"] = sha256_base64(sha256)
            numbered.append(part)
        answer = self._call(
            "complete_multipart_upload",
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": numbered},
        )
        return answer["ETag"].strip('"'), answer.get("VersionId")

    def abort_parts(self, key):
        """Give up every upload in parts that was begun for this key."""
        page = self._call("list_multipart_uploads", Prefix=key)
        for upload in page.get("Uploads", ()):
            if upload["Key"] == key:
                self.abort(key, upload["UploadId"])

    def abort(self, key, upload_id):
        """Give up one upload in parts; it is no error if there is none."""
        try:
            self._call("abort_multipart_upload", Key=key, UploadId=upload_id)
        except S3Failure as failure:
            # boto3's second try finds none if only the answer to its first was lost.
            if failure.kind != "missing":
                raise


def _md5(body):
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _chunks(body):
    from botocore.exceptions import BotoCoreError

    try:
        yield from body.iter_chunks(CHUNK_SIZE)
    except (BotoCoreError, OSError) as error:
        raise S3Failure.from_transport_error(error, "get_object") from error
    finally:
        body.close()
