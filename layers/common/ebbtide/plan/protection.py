"""What must never be deleted, and what belongs to somebody who must delete it himself."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.config import ProtectConfig
from ebbtide.expiry import protecting_tag
from ebbtide.kinds import registry
from ebbtide.resource import Resource

# Tags that services put on what they manage: key -> who the owner is. A key that ends in a slash
# is a prefix whose rest names the owner.
OWNER_TAGS = {
    "aws:cloudformation:stack-name": "the CloudFormation stack",
    "aws:autoscaling:groupName": "the Auto Scaling group",
    "aws:eks:cluster-name": "the EKS cluster",
    "eks:cluster-name": "the EKS cluster",
    "kubernetes.io/cluster/": "the Kubernetes cluster",
    "elasticbeanstalk:environment-name": "the Elastic Beanstalk environment",
    "aws:backup:source-resource": "AWS Backup, for",
    "aws:dlm:lifecycle-policy-id": "the lifecycle policy",
    "aws:ec2:fleet-id": "the EC2 fleet",
    "aws:ec2spot:fleet-request-id": "the Spot fleet",
    "aws:elasticmapreduce:job-flow-id": "the EMR cluster",
    "aws:servicecatalog:provisionedProductArn": "the Service Catalog product",
}


def protection_of(
    resource: Resource, protect: ProtectConfig, marked: Mapping[str, str]
) -> str | None:
    """Why a resource is protected, or None; tags that could not be read protect nothing here.

    `marked` holds what jobs protect: graph id -> by what, in words.
    """
    tag = protecting_tag(resource.tags or {})
    if tag is not None:
        return f"its tag {tag}"
    for name in (resource.graph_id, resource.arn, resource.id):
        if name in protect.ids:
            return f"protect.ids names {name}"
    for key, value in protect.tags.items():
        found = (resource.tags or {}).get(key)
        if found is not None and value in (None, found):
            return f"protect.tags names its tag {key}={found}"
    if resource.account in protect.accounts:
        return f"protect.accounts names {resource.account}"
    for kind in protect.kinds:
        if kind in resource.kinds:
            return f"protect.kinds names {kind}"
    return marked.get(resource.graph_id)


def owner_in_tags(tags: Mapping[str, str] | None) -> str | None:
    """The owner that a resource's tags name, in words."""
    for key, value in (tags or {}).items():
        for known, owner in OWNER_TAGS.items():
            if key == known:
                return f"{owner} {value}"
            if known.endswith("/") and key.startswith(known):
                return f"{owner} {key.removeprefix(known)}"
    return None


def undeletable_reason(resource: Resource) -> str | None:
    """Why a resource of this kind or state is never deleted, or None."""
    kind = registry()[resource.kind]
    if kind.delete is None:
        return f"{resource.kind} is never deleted: {kind.undeletable}"
    return resource.keep_reason
