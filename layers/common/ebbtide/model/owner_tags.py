"""Tags that AWS services put on the resources that they manage, and the owners they name.

One table answers two questions: who owns a resource, in words (plans refuse to delete a resource
that belongs to something else), and which resource in the graph is the owner (an edge of type
`owns`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class OwnerTag:
    """One tag key, or key prefix if it ends in a slash, and the owner that it names.

    `words` precede the owner's name in a sentence. `kind` and `by` say how to find the owner in
    the graph; they are empty if the owner's kind is not collected or the tag does not identify a
    single resource.
    """

    key: str
    words: str
    kind: str = ""
    by: str = ""


class NamedOwner(NamedTuple):
    """The identity of an owner: its kind, the type of identity (`arn` or `name`), and the value."""

    kind: str
    by: str
    value: str


OWNER_TAGS = (
    OwnerTag("aws:cloudformation:stack-name", "the CloudFormation stack"),
    OwnerTag("aws:cloudformation:stack-id", "", "aws_cloudformation_stack", "arn"),
    OwnerTag(
        "aws:autoscaling:groupName", "the Auto Scaling group", "aws_autoscaling_group", "name"
    ),
    OwnerTag("aws:eks:cluster-name", "the EKS cluster"),
    OwnerTag("eks:cluster-name", "the EKS cluster"),
    OwnerTag("kubernetes.io/cluster/", "the Kubernetes cluster"),
    OwnerTag("elasticbeanstalk:environment-name", "the Elastic Beanstalk environment"),
    OwnerTag("aws:backup:source-resource", "AWS Backup, for"),
    OwnerTag("aws:dlm:lifecycle-policy-id", "the lifecycle policy"),
    OwnerTag("aws:ec2:fleet-id", "the EC2 fleet"),
    OwnerTag("aws:ec2spot:fleet-request-id", "the Spot fleet"),
    OwnerTag("aws:elasticmapreduce:job-flow-id", "the EMR cluster"),
    OwnerTag("aws:servicecatalog:provisionedProductArn", "the Service Catalog product"),
)

# Prefixes of owner tags outside AWS's reserved `aws:` namespace. A service names the owner of a
# resource in such a tag, so nothing else may change it.
SERVICE_PREFIXES = tuple(
    sorted(
        {
            tag.key if tag.key.endswith("/") else tag.key.partition(":")[0] + ":"
            for tag in OWNER_TAGS
            if not tag.key.startswith("aws:")
        }
    )
)


def owner_in_tags(tags: Mapping[str, str] | None) -> str | None:
    """Return the owner that a resource's tags name, in words; None without an owner tag."""
    for key, value in (tags or {}).items():
        for known in OWNER_TAGS:
            if not known.words:
                continue
            if key == known.key:
                return f"{known.words} {value}"
            if known.key.endswith("/") and key.startswith(known.key):
                return f"{known.words} {key.removeprefix(known.key)}"
    return None


def owners_by_identity(tags: Mapping[str, str] | None) -> Iterator[NamedOwner]:
    """Yield the identity of each owner that the graph can contain, in the order of the table."""
    for known in OWNER_TAGS:
        if known.kind and tags and known.key in tags:
            yield NamedOwner(known.kind, known.by, tags[known.key])
