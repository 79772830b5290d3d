"""What S3, or the connection to it, answered instead of what was asked. Knows nothing of Odoo."""

# S3's own words for errors that may be gone at the next try, whatever their HTTP status is.
PASSING = {
    *("BadDigest", "XAmzContentSHA256Mismatch", "InvalidPart", "OperationAborted"),
    *("IncompleteBody", "RequestTimeout", "SlowDown", "RequestThrottled", "Throttling"),
    *("ThrottlingException", "RequestLimitExceeded", "TooManyRequests"),
}
MISSING = {"NoSuchKey", "NoSuchUpload"}
CONFLICT = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
TOO_MANY_REQUESTS = 429
# Statuses, and S3's words, that say that something of the request is not known to this server.
UNSUPPORTED_STATUSES = {400, 405, 501}
NOT_UNSUPPORTED = {
    *("ExpiredToken", "InvalidToken", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed"),
    *("IllegalLocationConstraintException", "InvalidBucketName", "EntityTooLarge"),
    *("MalformedXML", "KMS.DisabledException", "KMS.NotFoundException"),
}
# What concerns one document, whatever the status of the answer is.
OF_DOCUMENT = {"BadDigest", "InvalidObjectState"}
# What concerns the bucket as a whole, and so every document; all else may be due to one document.
OF_BUCKET_STATUSES = {301, 307, 401, 403, 407}
OF_BUCKET = {
    *("NoSuchBucket", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed"),
    *("AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"),
    *("InvalidBucketName", "NoSecret", "UnreadableSecret", "NoCredentialsError"),
}


class S3Failure(Exception):
    """What S3, or the connection to it, answered instead of what was asked.

    :param kind: ``unavailable`` (is expected to pass by itself), ``configuration`` (a person
        probably has to correct something), ``missing`` (no such object or upload), ``conflict``
        (a condition was not met) or ``unexpected`` (an error of this addon)
    :param code: S3's own word, the HTTP status if it has none, or the name of boto's exception
    :param operation: what was asked, in S3's words, such as ``PutObject``
    :param status: the HTTP status, None if there was no answer
    """

    def __init__(self, kind, code, operation, status=None):
        super().__init__(f"{operation}: {code}")
        self.kind = kind
        self.code = code
        self.operation = operation
        self.status = status

    @classmethod
    def from_client_error(cls, error):
        """Return the failure that says what S3 answered with.

        :param error: a botocore ``ClientError``
        """
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        code = str(error.response.get("Error", {}).get("Code") or status)
        return cls(_kind_of(code, status, error.operation_name), code, error.operation_name, status)

    @classmethod
    def from_transport_error(cls, error, operation):
        """Return the failure that says why there was no complete answer.

        :param error: of botocore or of the operating system
        :param operation: the name of boto's method, such as ``put_object``
        """
        from botocore.exceptions import ConnectionError as BotoConnectionError
        from botocore.exceptions import HTTPClientError, IncompleteReadError, SSLError

        broken = (BotoConnectionError, HTTPClientError, IncompleteReadError, OSError)
        passing = isinstance(error, broken) and not isinstance(error, SSLError)
        kind = "unavailable" if passing else "configuration"
        words = "".join(word.title() for word in operation.split("_"))
        return cls(kind, type(error).__name__, words)

    @property
    def is_unsupported(self):
        """Whether the server may not know something that the request asked for."""
        return (
            self.kind == "configuration"
            and self.status in UNSUPPORTED_STATUSES
            and self.code not in NOT_UNSUPPORTED
        )

    @property
    def is_of_one_document(self):
        """Whether other documents may be stored although this one was refused."""
        if self.code in OF_DOCUMENT:
            return True
        return (
            self.status is not None
            and self.kind != "unavailable"
            and self.status not in OF_BUCKET_STATUSES
            and self.code not in OF_BUCKET
        )


def _kind_of(code, status, operation):
    # An answer to HEAD has no body, so S3 cannot say there what is missing. Any other 404 without a
    # word of S3 comes from something between this server and S3.
    if code in MISSING or (code == "404" and operation == "HeadObject"):
        return "missing"
    if code in CONFLICT:
        return "conflict"
    if code == "NotImplemented" or status == 501:
        return "configuration"
    if code in PASSING or code == "404" or status == TOO_MANY_REQUESTS or status >= 500:
        return "unavailable"
    return "configuration"
