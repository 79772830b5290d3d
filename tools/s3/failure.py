"""What S3, or the way to it, answered instead of what was asked. Knows nothing of Odoo."""

from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.exceptions import HTTPClientError, IncompleteReadError, SSLError

# Answers to a request that may be right the next time.
PASSING = {
    *("BadDigest", "XAmzContentSHA256Mismatch", "InvalidPart", "OperationAborted"),
    *("RequestTimeout", "SlowDown", "RequestThrottled", "TooManyRequests", "429"),
}
MISSING = {"NoSuchKey", "NoSuchUpload", "404"}
CONFLICT = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class S3Failure(Exception):
    """What S3 or the way to it answered instead of what was asked.

    :param kind: ``unavailable`` (try again later), ``configuration`` (a person must mend it),
        ``missing`` (no such object or upload) or ``conflict`` (a condition was not met)
    :param code: S3's own word, or the name of boto's exception
    :param operation: what was asked, in S3's words, such as ``PutObject``
    """

    def __init__(self, kind, code, operation):
        super().__init__(f"{operation}: {code}")
        self.kind = kind
        self.code = code
        self.operation = operation


def failure_of_answer(error):
    """Return the S3Failure that says what S3 answered with, a botocore ClientError."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in MISSING:
        kind = "missing"
    elif code in CONFLICT:
        kind = "conflict"
    elif code not in PASSING and (status < 500 or code == "NotImplemented"):
        kind = "configuration"
    else:
        kind = "unavailable"
    return S3Failure(kind, code, error.operation_name)


def failure_of_way(error, operation):
    """Return the S3Failure that says why there was no whole answer.

    :param error: of botocore or of the system
    :param operation: the name of boto's method, such as ``put_object``
    """
    code = type(error).__name__
    broken = (BotoConnectionError, HTTPClientError, IncompleteReadError, OSError)
    passing = isinstance(error, broken) and not isinstance(error, SSLError)
    words = "".join(word.title() for word in operation.split("_"))
    return S3Failure("unavailable" if passing else "configuration", code, words)
