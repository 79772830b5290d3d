"""What people are told when S3 does not give what was asked."""

from odoo.exceptions import MissingError, UserError


class S3Unavailable(UserError):
    """The file is there, but cannot be had now."""

    http_status = 503


class S3ObjectMissing(UserError):
    """The file is not where it should be."""

    http_status = 404


class OneAtATime(MissingError):
    """Makes the ORM compute a content for the one record that was asked for, not its neighbours."""

    def __init__(self):
        super().__init__("Contents are read one at a time")


def explain(env, failure):
    """Return in plain words, without an address or a key, what an S3Failure says."""
    return env._(
        "%(reason)s (%(operation)s: %(code)s)",
        reason=_reason(env, failure),
        operation=failure.operation,
        code=failure.code,
    )


def _reason(env, failure):
    reasons = {
        "NoSuchBucket": env._("There is no bucket of this name."),
        "AccessDenied": env._("S3 denies this action: the key lacks the right."),
        "403": env._("S3 denies this action: the key lacks the right."),
        "InvalidAccessKeyId": env._("S3 does not know the access key."),
        "SignatureDoesNotMatch": env._("The secret access key is wrong."),
        "ExpiredToken": env._("The credentials have expired."),
        "InvalidToken": env._("The credentials are no longer valid."),
        "RequestTimeTooSkewed": env._("The clock of this server is wrong."),
        "PermanentRedirect": env._("The bucket is in another region."),
        "AuthorizationHeaderMalformed": env._("The bucket is in another region."),
        "IllegalLocationConstraintException": env._("The bucket is in another region."),
        "301": env._("The bucket is in another region."),
        "NoCredentialsError": env._("The server has no credentials of its own for S3."),
        "UnreadableSecret": env._(
            "The stored secret cannot be read with the key in the server's configuration: enter it "
            "again."
        ),
        "SSLError": env._("The certificate of the S3 server is not trusted."),
        "ConnectTimeoutError": env._("The S3 server cannot be reached in time."),
        "ReadTimeoutError": env._("The S3 server does not answer in time."),
        "EndpointConnectionError": env._("The S3 server cannot be reached."),
        "BadDigest": env._("What arrived at S3 is not what was sent."),
    }
    general = {
        "unavailable": env._("S3 is not available at the moment."),
        "missing": env._("S3 does not have this object."),
        "conflict": env._("S3 holds something else than expected."),
        "configuration": env._("The S3 server refuses what this bucket's settings ask for."),
    }
    return reasons.get(failure.code) or general[failure.kind]
