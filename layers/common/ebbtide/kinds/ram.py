"""Resource shares of Resource Access Manager that this account owns."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_LENT: Decision = {"strength": "needed", "why": "other accounts may use what the share gives them"}

_SHARED = "resources[].arn"
_RELATIONS = (
    Relation(
        _SHARED, "aws_ec2_subnet", by="arn", pattern=r"^(arn:[^:]+:ec2:.+:subnet/.+)$", **_LENT
    ),
    Relation(
        _SHARED,
        "aws_ec2_transit_gateway",
        by="arn",
        pattern=r"^(arn:[^:]+:ec2:.+:transit-gateway/.+)$",
        **_LENT,
    ),
    Relation(
        _SHARED,
        "aws_ec2_prefix_list",
        by="arn",
        pattern=r"^(arn:[^:]+:ec2:.+:prefix-list/.+)$",
        **_LENT,
    ),
    Relation(
        _SHARED,
        "aws_network_firewall_policy",
        pattern=r"^(arn:[^:]+:network-firewall:.+:firewall-policy/.+)$",
        **_LENT,
    ),
    Relation(
        _SHARED,
        "aws_network_firewall_rule_group",
        pattern=r"^(arn:[^:]+:network-firewall:.+:state(?:less|ful)-rulegroup/.+)$",
        **_LENT,
    ),
    Relation(
        _SHARED, "aws_rds_cluster", by="arn", pattern=r"^(arn:[^:]+:rds:.+:cluster:.+)$", **_LENT
    ),
)

_DETAILS = (
    Detail(
        Call(
            "ram",
            "list_resources",
            "resources[]",
            resourceOwner="SELF",
            resourceShareArns=["{resourceShareArn}"],
        ),
        into="resources",
        when="status != 'DELETED'",
    ),
)

RESOURCE_SHARE = Kind(
    name="aws_ram_resource_share",
    list=Call(
        "ram", "get_resource_shares", "resourceShares[]", resourceOwner="SELF", maxResults=500
    ),
    get=Call(
        "ram",
        "get_resource_shares",
        "resourceShares[]",
        resourceOwner="SELF",
        resourceShareArns=["{id}"],
    ),
    details=_DETAILS,
    id="resourceShareArn",
    label="name",
    arn="resourceShareArn",
    tags="tags",
    created="creationTime",
    relations=_RELATIONS,
    ended="status == 'DELETED'",
    never_delete=(
        NeverDelete(
            "featureSet != 'STANDARD'",
            "AWS created it from the policy of the shared resource",
            "ram:ResourceShare",
        ),
    ),
    fingerprint=("creationTime", "status"),
    delete=Delete(
        Call("ram", "delete_resource_share", resourceShareArn="{id}"),
        gone=("UnknownResourceException",),
        blocked=("InvalidStateTransitionException",),
        refused=("OperationNotPermittedException",),
        errors="[@][?returnValue == `false`].{Code: 'RequestFailed', Message: 'RAM answers false'}",
        note="Accounts that it shares with lose access immediately.",
    ),
)
