"""Sentences of Ebbtide for the errors of AWS and botocore: what is wrong, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PERMISSION = "see docs/cli.md for the permissions that the command needs"
_RENEW = "sign in again, as with `aws sso login`, or renew the credentials"
_WRONG_KEY = "check the credentials, --profile and AWS_PROFILE"
# The permission that AWS names in its answer.
_MISSING = re.compile(r"not authorized to perform:? ([\w-]+:\w+)")
_WAIT = "try again in a minute"

# Error code of AWS -> what it means and what to do about it; the operation is named before.
_CODES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"),
        ("the credentials lack the permission", _PERMISSION),
    ),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"),
        ("the credentials have expired", _RENEW),
    ),
    **dict.fromkeys(
        (
            "AuthFailure",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidToken",
            "NotSignedUp",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        ("AWS does not know the credentials", _WRONG_KEY),
    ),
    **dict.fromkeys(
        ("RequestExpired", "RequestTimeTooSkewed"),
        (
            "the credentials or the clock of this machine are out of date",
            f"set the clock, or {_RENEW}",
        ),
    ),
    **dict.fromkeys(
        ("NoSuchBucket",), ("there is no such bucket", "check --bucket, --region and --profile")
    ),
    **dict.fromkeys(
        (
            "301",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "InvalidRegion",
            "PermanentRedirect",
            "TemporaryRedirect",
        ),
        ("the bucket or stack is in another region", "give --region"),
    ),
    **dict.fromkeys(
        (
            "429",
            "503",
            "BandwidthLimitExceeded",
            "RequestLimitExceeded",
            "ServiceUnavailable",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ),
        ("AWS receives too many requests", _WAIT),
    ),
    **dict.fromkeys(
        ("500", "InternalError", "InternalFailure", "InternalServerError", "RequestTimeout"),
        ("AWS had an error of its own", _WAIT),
    ),
    **dict.fromkeys(
        ("StateMachineDoesNotExist", "StateMachineDeleting"),
        ("the state machine of the stack is gone", "deploy the stack again, or check --stack"),
    ),
    "KMS.DisabledException": ("the key of the bucket is disabled", "enable the KMS key"),
}
# Class of botocore -> sentence. A class stands for those that it is the base of, so order counts.
_CLASSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("NoCredentialsError", "PartialCredentialsError", "NoAuthTokenError"),
        "no AWS credentials found; give --profile, or configure them as for the AWS CLI",
    ),
    (
        ("SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "SSOError",
         "LoginRefreshRequired", "LoginTokenLoadError", "LoginAuthorizationCodeError"),
        f"the AWS sign-in has expired; {_RENEW}",
    ),
    (
        ("CredentialRetrievalError", "MetadataRetrievalError", "RefreshWithMFAUnsupportedError",
         "InfiniteLoopConfigError", "InvalidConfigError", "UnknownCredentialError", "LoginError"),
        "cannot get AWS credentials; try `aws sts get-caller-identity` with the same profile",
    ),
    (
        ("ConfigNotFound", "ConfigParseError"),
        "cannot read the configuration of the AWS CLI; check ~/.aws/config and AWS_CONFIG_FILE",
    ),
    (("NoRegionError",), "no AWS region configured; give --region or set AWS_DEFAULT_REGION"),
    (
        ("InvalidRegionError", "UnknownRegionError", "ServiceNotInRegionError"),
        "there is no such AWS region; check --region and AWS_DEFAULT_REGION",
    ),
    (
        ("ProxyConnectionError", "InvalidProxiesConfigError"),
        "cannot reach AWS through the proxy; check HTTPS_PROXY",
    ),
    (
        ("SSLError",),
        "cannot reach AWS safely, because its certificate is not trusted; check AWS_CA_BUNDLE and "
        "the proxy",
    ),
    (
        ("EndpointConnectionError", "ConnectTimeoutError", "ConnectionError", "HTTPClientError",
         "ReadTimeoutError", "ConnectionClosedError"),
        "cannot reach AWS; check the network and --region",
    ),
)  # fmt: skip


def sentence_of(error: Exception) -> str | None:
    """Return the sentence for an error of botocore or boto3; None for other errors."""
    from boto3.exceptions import Boto3Error
    from botocore import exceptions as aws

    if isinstance(error, aws.ClientError):
        return _refusal(error)
    if isinstance(error, aws.ProfileNotFound):
        return f"AWS profile not found: {error.kwargs['profile']}; check --profile and AWS_PROFILE"
    if not isinstance(error, (aws.BotoCoreError, Boto3Error)):
        return None
    names = {one.__name__ for one in type(error).__mro__}
    for classes, sentence in _CLASSES:
        if not names.isdisjoint(classes):
            return sentence
    # The rest is rare, and only its own words can help.
    detail = " ".join(str(error).split()).rstrip(".")
    return f"cannot call AWS: {type(error).__name__}: {detail}"


def _refusal(error: object) -> str:
    """Return the sentence for an answer of AWS that is an error."""
    answer = error.response.get("Error", {})  # type: ignore[attr-defined]
    operation = error.operation_name  # type: ignore[attr-defined]
    code = str(answer.get("Code", "unknown error"))
    if code in _CODES:
        meaning, advice = _CODES[code]
        if missing := _MISSING.search(str(answer.get("Message", ""))):
            meaning = f"{meaning} {missing[1]}"
        return f"AWS refused {operation}: {meaning} ({code}); {advice}"
    text = str(answer.get("Message", "")).rstrip(".")
    return f"AWS refused {operation}: {f'{text} ({code})' if text else code}"
