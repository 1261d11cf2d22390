"""Application, network and gateway load balancers and their target groups."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Detail, Kind, Relation

_BALANCER_DETAILS = (
    Detail(
        Call("elbv2", "describe_tags", "TagDescriptions[]", ResourceArns=["{arn}"]),
        into="Tags",
        batch=20,
        match=("ResourceArn", "LoadBalancerArn"),
        take="Tags",
    ),
    # A load balancer without targets may still redirect or answer by itself.
    Detail(
        Call("elbv2", "describe_listeners", "Listeners[]", LoadBalancerArn="{LoadBalancerArn}"),
        into="Listeners",
    ),
)

_INTERNET_GATEWAY = Relation(
    "[@][?Scheme == 'internet-facing'].VpcId",
    "aws_ec2_internet_gateway",
    by="vpc",
    reverse=True,
    deleted_before=True,
)

LOAD_BALANCER = Kind(
    name="aws_alb",
    bases=("load_balancer",),
    list=Call("elbv2", "describe_load_balancers", "LoadBalancers[]"),
    get=Call("elbv2", "describe_load_balancers", "LoadBalancers[]", LoadBalancerArns=["{arn}"]),
    details=_BALANCER_DETAILS,
    id="LoadBalancerName",
    label="LoadBalancerName",
    arn="LoadBalancerArn",
    created="CreatedTime",
    fields={"lb_type": "Type"},
    relations=(
        Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation(
            "AvailabilityZones[].SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True
        ),
        Relation("SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True),
        _INTERNET_GATEWAY,
        Relation(
            "AvailabilityZones[].LoadBalancerAddresses[].AllocationId",
            "aws_ec2_elastic_ip",
            deleted_before=True,
        ),
    ),
    fingerprint=("LoadBalancerArn", "CreatedTime", "State"),
    delete=Delete(
        Call("elbv2", "delete_load_balancer", LoadBalancerArn="{arn}"),
        gone=("LoadBalancerNotFound",),
        blocked=("ResourceInUse",),
        note="Its listeners, rules and DNS name go with it; its interfaces linger for minutes.",
    ),
)

_GROUP_DETAILS = (
    Detail(
        Call("elbv2", "describe_tags", "TagDescriptions[]", ResourceArns=["{arn}"]),
        into="Tags",
        batch=20,
        match=("ResourceArn", "TargetGroupArn"),
        take="Tags",
    ),
    Detail(
        Call(
            "elbv2",
            "describe_target_health",
            "{TargetHealthDescriptions: TargetHealthDescriptions}",
            TargetGroupArn="{TargetGroupArn}",
        ),
        into="TargetHealth",
    ),
)

_GROUP_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("LoadBalancerArns", "aws_alb", by="arn", reverse=True, deleted_after=True),
    # Targets are ids, addresses or ARNs, as the group's target type has it.
    Relation(
        "TargetHealth.TargetHealthDescriptions[].Target.Id",
        "aws_ec2_instance",
        pattern=r"^(i-\w+)$",
    ),
    Relation(
        "TargetHealth.TargetHealthDescriptions[].Target.Id",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:.+)$",
    ),
)

TARGET_GROUP = Kind(
    name="aws_alb_target_group",
    list=Call("elbv2", "describe_target_groups", "TargetGroups[]"),
    get=Call("elbv2", "describe_target_groups", "TargetGroups[]", TargetGroupArns=["{arn}"]),
    details=_GROUP_DETAILS,
    id="TargetGroupName",
    label="TargetGroupName",
    arn="TargetGroupArn",
    fields={"backends": "TargetHealth.TargetHealthDescriptions[].Target.Id"},
    relations=_GROUP_RELATIONS,
    fingerprint=("TargetGroupArn", "LoadBalancerArns", "TargetHealth"),
    settles=("LoadBalancerArns",),
    delete=Delete(
        Call("elbv2", "delete_target_group", TargetGroupArn="{arn}"),
        gone=("TargetGroupNotFound",),
        blocked=("ResourceInUse",),
    ),
)
