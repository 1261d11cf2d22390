"""The calls of a declaration: one API operation, and those that complete what it lists.

Paths, templates and conditions are as in ebbtide.model.kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, init=False)
class Call:
    """One API operation with its arguments: `Call("ec2", "describe_volumes", "Volumes[]")`."""

    service: str  # boto3's name of the client, e.g. "ec2"
    operation: str  # boto3's name of the method, e.g. "describe_volumes"
    # Path to the wanted part of the answer; None takes the whole answer. E.g. "Volumes[]".
    items: str | None
    # The IAM actions that the call needs, where they are not `<service>:<OperationName>`; the
    # roles are generated from it. E.g. "apigateway:GET" for everything that API Gateway reads.
    action: tuple[str, ...]
    # Arguments by AWS's names; strings in it are templates, e.g. VolumeId="{id}". Lists of EC2 name
    # a page size (MaxResults=500): calls without one share a budget of 10 instead of 20 requests
    # a second (EC2 API throttling).
    args: Mapping[str, Any]

    def __init__(
        self,
        service: str,
        operation: str,
        items: str | None = None,
        /,
        *,
        action: str | tuple[str, ...] = (),
        **args: Any,
    ) -> None:
        object.__setattr__(self, "service", service)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "action", (action,) if isinstance(action, str) else action)
        object.__setattr__(self, "args", args)


@dataclass(frozen=True, slots=True)
class Detail:
    """A further call that completes a listed item before it becomes a resource.

    Details run in the order of their declaration.
    """

    call: Call
    # Key under which the answer is kept, e.g. "Tags" for sqs.list_queue_tags; None merges the
    # answer into the item, as with eks.describe_nodegroup, whose list has only names.
    into: str | None = None
    # Condition under which the call is made at all; it sees what earlier details brought. E.g.
    # "Config.PrivateZone": only private hosted zones have VPCs.
    when: str | None = None
    # Whether this is the resource's own description, asked for by its own name. Only such a call
    # may say that the resource is gone: a not-found answer of any other call, such as
    # events.list_targets_by_rule, may be about something else, or a moment too early.
    describes: bool = False
    # Error codes that mean "it has none" instead of "unreadable": NoSuchTagSet of a bucket.
    absent: tuple[str, ...] = ()
    # How many items one call serves at most (elbv2.describe_tags: 20); 0 makes one call per item.
    # The one list argument that holds a template gets a value for each of the items.
    batch: int = 0
    # Brings a batch's answers back to their items: (path in an entry of the answer, path in the
    # item), e.g. ("ResourceArn", "LoadBalancerArn").
    match: tuple[str, str] = ("", "")
    # Path to the wanted part of such an entry, e.g. "Tags".
    take: str = "@"
    # Path to what a batch's answer names as missing, by the value in the item or by id or ARN:
    # "projectsNotFound" of codebuild.batch_get_projects.
    missing: str | None = None
    # Path to what the answer names with another reason, as pairs of name and reason:
    # "failures[?reason != 'MISSING'].[arn, reason]" of ECS.
    refused: str | None = None
    # Whether an empty answer is incomplete, because every resource has some of it. Elastic
    # Beanstalk leaves out what the caller has no rights on: an environment without any option.
    never_empty: bool = False
    # One list serves all items of a slice, and each gets the entries that `match` gives it, maybe
    # none: kms.list_aliases lists the aliases of all keys of a region.
    once: bool = False
