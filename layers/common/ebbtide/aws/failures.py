"""Classifies AWS errors: as a coverage state, as throttling, or as not found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ebbtide.base.errors import AccessError, CallError
from ebbtide.model.coverage import CoverageState
from ebbtide.model.kind import Kind

_DENIED = re.compile(
    r"AccessDenied|Unauthorized|AuthFailure|Forbidden|OptInRequired|SubscriptionRequired"
    r"|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch|NotAuthorized"
    r"|InsufficientPermissions|InsufficientPrivileges|AuthorizationError|AccessTo\w+Denied"
    r"|BlockedByOrganizationPolicy|RequestExpired|WrongAccount"
)
# Those that the policy of a single resource can cause; the others are about the caller.
_REFUSED = re.compile(
    r"AccessDenied|UnauthorizedOperation|AuthorizationError|Forbidden|InsufficientP|AccessTo\w+Denied"
)
_SERVICE_CONTROL_POLICY = re.compile(
    "with an explicit deny in a service control policy|because no service control policy allows"
)
_THROTTLED = re.compile(
    r"Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|RequestThrottled|BandwidthLimit"
)
_SERVER_ERROR = 500
# AWS failed, or its answer was lost, so it is unknown whether it carried out the call. Some names
# are those of botocore's exceptions; NotFromAws is our own: something in between has answered.
_UNCERTAIN = re.compile(
    r"Internal|ServiceUnavailable|ServiceFailure|^Unavailable|^ServerException|^ServiceException"
    r"|^ServiceFault|^(?!Invalid)\w*Timeout|TimedOut|^Http5|^5\d\d$"
    r"|ConnectionError|ConnectionClosed|EndpointConnection|^HTTPClient|^SSLError|IncompleteRead"
    r"|ResponseStreaming|ResponseParser|NotFromAws"
)
# Not Malformed: a wrongly built id names nothing, whatever has become of the resource.
_NOT_FOUND = re.compile(r"NotFound|NoSuch|Non[Ee]xistent|DoesNotExist|UnknownResource")
# These name something that a resource refers to, or a part of it: codecommit:BatchGetRepositories,
# codepipeline:GetPipeline, memorydb:DescribeClusters and codedeploy:GetDeploymentGroup.
_ABOUT_SOMETHING_ELSE = re.compile(
    r"EncryptionKey|KMSKey|PipelineVersion|ServiceLinkedRole|DeploymentConfig"
)
# Codes that name the resource of one kind, and a filter of the call that describes another.
_ABOUT_ANOTHER: Mapping[str, tuple[str, ...]] = {
    "aws_alb_target_group": ("LoadBalancerNotFound",),
    "aws_ecs_capacity_provider": ("ClusterNotFoundException",),
    "aws_efs_mount_target": ("AccessPointNotFound",),
    "aws_elasticache_serverless_snapshot": ("ServerlessCacheNotFoundFault",),
    "aws_elasticache_snapshot": ("CacheClusterNotFound",),
    "aws_fsx_backup": ("FileSystemNotFound", "VolumeNotFound"),
    "aws_redshift_snapshot": ("ClusterNotFound",),
}


def code_of(error: Exception) -> str:
    """Return AWS's error code; for an error without one, the name of its type."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return error.code if isinstance(error, (AccessError, CallError)) else type(error).__name__


def message_of(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Message", error))
    return error.message if isinstance(error, CallError) else str(error)


def state_of(error: Exception) -> CoverageState:
    """Return the coverage state of a kind whose call failed with this error."""
    code = code_of(error)
    if code == "ServiceNotInRegion":
        return "unavailable"
    if isinstance(error, TimeoutError):
        return "timed_out"
    if _DENIED.search(code):
        return "denied"
    return "throttled" if _THROTTLED.search(code) else "failed"


def is_refused(error: Exception) -> bool:
    """Say whether the policy of the resource that was asked about may have caused an error."""
    return bool(_REFUSED.search(code_of(error)))


def is_throttling(code: str) -> bool:
    """Say whether an error code means that AWS throttled the call."""
    return bool(_THROTTLED.search(code))


def is_throttled(error: Exception) -> bool:
    return is_throttling(code_of(error))


def is_uncertain(error: Exception) -> bool:
    """Say whether an error leaves open if AWS carried out the call; the same call may succeed."""
    status = error.status if isinstance(error, CallError) else 0
    return status >= _SERVER_ERROR or bool(_UNCERTAIN.search(code_of(error)))


def is_denied(error: Exception) -> bool:
    """Say whether an error means that the caller may not make the call."""
    return bool(_DENIED.search(code_of(error)))


def is_not_found(error: Exception) -> bool:
    """Say whether an error means that something that was named does not exist."""
    return bool(_NOT_FOUND.search(code_of(error)))


def is_denied_by_organization(message: str) -> bool:
    """Say whether a message means that a service control policy denies the call.

    The two sentences are those of the IAM user guide, "Troubleshoot access denied error messages".
    """
    return bool(_SERVICE_CONTROL_POLICY.search(message))


def says_gone(kind: Kind, error: Exception) -> bool:
    """Say whether an error of the call that describes a resource means that it is gone."""
    code, message = code_of(error), message_of(error)
    if kind.delete is not None and code in kind.delete.gone:
        return True
    for known in kind.gone:
        name, _, part = known.partition(": ")
        if name == code and part in message:
            return True
    about_another = _ABOUT_SOMETHING_ELSE.search(code) or code in _ABOUT_ANOTHER.get(kind.name, ())
    return is_not_found(error) and not about_another


def describe_failure(error: Exception) -> str:
    return f"{code_of(error)}: {message_of(error)}"


def call_error(
    error: ClientError | BotoCoreError, service: str, operation: str, account: str, region: str
) -> CallError:
    code, message = code_of(error), message_of(error)
    return CallError(service, operation, code, message, account, region, _status_of(error))


def _status_of(error: ClientError | BotoCoreError) -> int:
    if not isinstance(error, ClientError):
        return 0
    metadata: dict[str, Any] = dict(error.response.get("ResponseMetadata", {}))
    return int(metadata.get("HTTPStatusCode", 0))
