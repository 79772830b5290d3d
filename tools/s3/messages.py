"""What people are told when S3 does not do what was asked."""

from odoo.exceptions import MissingError, UserError

from .local_file import DamagedFile


class S3Unavailable(UserError):
    """The file is there, but cannot be read now."""

    http_status = 503


class S3ObjectMissing(UserError):
    """The file is not where it should be."""

    http_status = 404


class OneAtATime(MissingError):
    """Makes the ORM compute a content for the one record that was asked for, not its neighbours."""

    def __init__(self):
        super().__init__("Contents are read one at a time")


def explain(env, failure):
    """Return in plain words, without an address or a key, what an `S3Failure` says."""
    return env._(
        "%(reason)s (%(operation)s: %(code)s)",
        reason=_reason(env, failure),
        operation=failure.operation,
        code=failure.code,
    )


def _reason(env, failure):
    denied = env._("S3 denies this action: the access key lacks the right.")
    elsewhere = env._("The bucket is in another region: correct the region.")
    no_s3 = env._("The server at the endpoint does not answer as an S3 server does.")
    too_large = env._("The file is larger than the S3 server, or a proxy before it, accepts.")
    too_many = env._("S3 receives too many requests at the moment.")
    reasons = {
        "NoSuchBucket": env._("There is no bucket with this name."),
        "AccessDenied": denied,
        "403": denied,
        "InvalidAccessKeyId": env._("S3 does not know the access key."),
        "SignatureDoesNotMatch": env._("The secret access key is wrong."),
        "ExpiredToken": env._("The credentials have expired."),
        "InvalidToken": env._("The credentials are no longer valid."),
        "RequestTimeTooSkewed": env._("The clock of this server is wrong."),
        "PermanentRedirect": elsewhere,
        "AuthorizationHeaderMalformed": elsewhere,
        "IllegalLocationConstraintException": elsewhere,
        "301": elsewhere,
        "NoCredentialsError": env._("The server has no credentials of its own for S3."),
        "NoSecret": env._("No secret access key is stored: enter it."),
        "UnreadableSecret": env._(
            "The stored secret cannot be read with the key in the server's configuration: enter it "
            "again."
        ),
        "InvalidEndpoint": env._("The endpoint is not a valid address: correct it."),
        "SSLError": env._("The certificate of the S3 server is not trusted."),
        "ConnectTimeoutError": env._("The S3 server cannot be reached in time."),
        "ReadTimeoutError": env._("The S3 server does not answer in time."),
        "EndpointConnectionError": env._("The S3 server cannot be reached."),
        "BadDigest": env._("What arrived at S3 is not what was sent."),
        "EntityTooLarge": too_large,
        "413": too_large,
        "429": too_many,
        "SlowDown": env._("S3 is not available at the moment: it receives too many requests."),
        "TooManyRequests": too_many,
        "404": env._("The server at the endpoint does not answer as an S3 server does."),
        "UnexpectedAnswer": no_s3,
    }
    general = {
        "unavailable": env._("S3 is not available at the moment."),
        "missing": env._("S3 does not have this object."),
        "conflict": env._("S3 holds something else than expected."),
        "configuration": env._("The S3 server refuses this request."),
        "unexpected": env._("An unexpected error has occurred: see the log of the server."),
    }
    return reasons.get(failure.code) or general[failure.kind]


def explain_local_file(env, error):
    """Return in plain words why a local file cannot go to S3.

    :param OSError error: what the operating system, or the check of the file, said
    """
    if isinstance(error, DamagedFile):
        return env._("The file on this server is damaged: restore it from a backup.")
    if isinstance(error, FileNotFoundError):
        return env._("The file is not on this server: restore it from a backup.")
    if isinstance(error, PermissionError):
        return env._("Odoo is not allowed to read the file on this server.")
    return env._(
        "The file cannot be read on this server (%(error)s).",
        error=getattr(error, "strerror", None) or type(error).__name__,
    )
