"""Secrets of S3, encrypted with a key that stands in the server's configuration alone.

Plain functions, for what a model offers can be called in a server action.
"""

import logging

from cryptography.fernet import Fernet, InvalidToken

from odoo.exceptions import UserError
from odoo.tools import config

from .client import INTERACTIVE_TIMEOUT, PATIENT_TIMEOUT, S3Client
from .connection import Settings
from .failure import S3Failure

KEY_OPTION = "s3_secret_key"


def _log_no_secret(record):
    # At DEBUG Odoo logs the arguments of every call from outside.
    if record.levelno == logging.DEBUG and "secret_access_key" in record.getMessage():
        record.msg, record.args = "call with a secret access key", ()
    return True


def keep_secrets_out_of_the_log():
    """Have Odoo leave secret access keys out of its log. Called once, when the addon is loaded."""
    logging.getLogger("odoo.service.model").addFilter(_log_no_secret)


def keep_secret(bucket, secret):
    """Keep the secret access key of a bucket, encrypted, in place of the one before.

    :raises UserError: if the server's configuration has no valid key
    """
    try:
        ciphertext = Fernet(config.get(KEY_OPTION) or "").encrypt(secret.strip().encode()).decode()
    except ValueError as error:
        raise UserError(
            bucket.env._(
                "Stored credentials need a key in the server's configuration: set %(option)s to "
                "the output of “python3 -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'” and restart Odoo, or use the server's "
                "own credentials.",
                option=KEY_OPTION,
            )
        ) from error
    # sudo: s3.credential - nobody has a right to it, administrators included
    credentials = bucket.env["s3.credential"].sudo()
    credentials.search([("bucket_id", "=", bucket.id)]).unlink()
    credentials.create({"bucket_id": bucket.id, "ciphertext": ciphertext})


def client_of(bucket, patient=False):
    """Return the `S3Client` of a bucket.

    :param patient: no person waits for the answer
    :raises S3Failure: if the stored secret is not there or cannot be read with the server's key
    """
    # sudo: s3.bucket - people read documents without a right to the bucket's settings
    bucket = bucket.sudo()
    stored = bucket.credentials == "stored"
    settings = Settings(
        bucket=bucket.bucket,
        region=bucket.region,
        endpoint_url=bucket.endpoint_url,
        public_endpoint_url=bucket.public_endpoint_url,
        addressing_style=bucket.addressing_style,
        access_key_id=bucket.access_key_id if stored else None,
        secret_access_key=_read_secret(bucket) if stored else None,
        encryption=bucket.encryption,
        kms_key_id=bucket.kms_key_id,
    )
    timeout = PATIENT_TIMEOUT if patient else INTERACTIVE_TIMEOUT
    return S3Client(settings, timeout, bucket.capabilities)


def _read_secret(bucket):
    # sudo: s3.credential - nobody has a right to it, and only this function reads it
    credential = bucket.env["s3.credential"].sudo().search([("bucket_id", "=", bucket.id)])
    if not credential:
        raise S3Failure("configuration", "NoSecret", "DecryptSecret")
    try:
        fernet = Fernet(config.get(KEY_OPTION) or "")
        return fernet.decrypt((credential.ciphertext or "").encode()).decode()
    except (ValueError, InvalidToken) as error:
        raise S3Failure("configuration", "UnreadableSecret", "DecryptSecret") from error
