"""Application, network and gateway load balancers and their target groups."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_BALANCER_DETAILS = (
    Detail(
        Call("elbv2", "describe_tags", "TagDescriptions[]", ResourceArns=["{arn}"]),
        into="Tags",
        batch=20,
        match=("ResourceArn", "LoadBalancerArn"),
        take="Tags",
    ),
    # A load balancer without targets may still redirect or return fixed responses.
    Detail(
        Call("elbv2", "describe_listeners", "Listeners[]", LoadBalancerArn="{LoadBalancerArn}"),
        into="Listeners",
    ),
    Detail(
        Call(
            "elbv2",
            "describe_load_balancer_attributes",
            "Attributes[]",
            LoadBalancerArn="{LoadBalancerArn}",
        ),
        into="LoadBalancerAttributes",
    ),
)

_INTERNET_GATEWAY = Relation(
    "[@][?Scheme == 'internet-facing'].VpcId",
    "aws_ec2_internet_gateway",
    by="vpc",
    reverse=True,
    deleted_before=True,
)

_BALANCER_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
    Relation("AvailabilityZones[].SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation("SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True),
    _INTERNET_GATEWAY,
    Relation(
        "AvailabilityZones[].LoadBalancerAddresses[].AllocationId",
        "aws_ec2_elastic_ip",
        deleted_before=True,
    ),
    # Only the default certificate of each listener: the others would take a call per listener.
    Relation(
        "Listeners[].Certificates[].CertificateArn",
        "aws_acm_certificate",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:acm:.+)$",
    ),
    Relation(
        "Listeners[].Certificates[].CertificateArn",
        "aws_iam_server_certificate",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:iam:.+)$",
    ),
    Relation(
        "Listeners[].DefaultActions[].AuthenticateCognitoConfig.UserPoolArn",
        "aws_cognito_user_pool",
        by="arn",
        strength="needed",
        why="nobody could log in",
    ),
    Relation(
        "LoadBalancerAttributes[?Key == 'access_logs.s3.bucket'].Value",
        "aws_s3_bucket",
        strength="needed",
        why="its access logs would be lost",
    ),
)

_BALANCER_USE = LastUse(
    metrics=(
        UseMetric(
            "AWS/ApplicationELB",
            "RequestCount",
            {"LoadBalancer": "{LoadBalancerArn}"},
            pattern=r":loadbalancer/(.+)$",
        ),
        UseMetric(
            "AWS/NetworkELB",
            "ActiveFlowCount",
            {"LoadBalancer": "{LoadBalancerArn}"},
            pattern=r":loadbalancer/(.+)$",
        ),
    )
)

LOAD_BALANCER = Kind(
    name="aws_alb",
    bases=("load_balancer",),
    list=Call("elbv2", "describe_load_balancers", "LoadBalancers[]"),
    get=Call("elbv2", "describe_load_balancers", "LoadBalancers[]", LoadBalancerArns=["{arn}"]),
    details=_BALANCER_DETAILS,
    id="LoadBalancerName",
    aliases={"dns": "dns_name"},
    label="LoadBalancerName",
    arn="LoadBalancerArn",
    created="CreatedTime",
    fields={"lb_type": "Type", "backends": "`null`"},
    relations=_BALANCER_RELATIONS,
    last_use=_BALANCER_USE,
    never_delete=(
        NeverDelete(
            "LoadBalancerAttributes[?Key == 'deletion_protection.enabled' && Value == 'true']",
            "its deletion protection is on",
            "elbv2:DeleteLoadBalancer",
            protects=True,
        ),
    ),
    fingerprint=("LoadBalancerArn", "CreatedTime", "State"),
    delete=Delete(
        Call("elbv2", "delete_load_balancer", LoadBalancerArn="{arn}"),
        gone=("LoadBalancerNotFound",),
        blocked=("ResourceInUse",),
        note="Its listeners, rules and DNS name go with it; interfaces linger for a few minutes.",
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
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
    Relation("LoadBalancerArns", "aws_alb", by="arn", reverse=True, deleted_after=True),
    # Targets are ids, addresses or ARNs, depending on the target type of the group.
    Relation(
        "TargetHealth.TargetHealthDescriptions[].Target.Id",
        "aws_ec2_instance",
        pattern=r"^(i-\w+)$",
        strength="watches",
        why="the group drops a terminated instance and uses the others",
    ),
    Relation(
        "TargetHealth.TargetHealthDescriptions[].Target.Id",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:.+)$",
        strength="needed",
        why="requests to the group would fail",
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
    unique=("TargetGroupArn",),
    fields={"backends": "TargetHealth.TargetHealthDescriptions[].Target.Id"},
    relations=_GROUP_RELATIONS,
    fingerprint=("TargetGroupArn", "LoadBalancerArns", "TargetHealth"),
    settles=("LoadBalancerArns",),
    sources={"settles": "elbv2:TargetGroup", "unique": "elbv2:TargetGroup"},
    delete=Delete(
        Call("elbv2", "delete_target_group", TargetGroupArn="{arn}"),
        gone=("TargetGroupNotFound",),
        blocked=("ResourceInUse",),
    ),
)
