"""Classic load balancers."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_INTERNET_GATEWAY = Relation(
    "[@][?Scheme == 'internet-facing'].VPCId",
    "aws_ec2_internet_gateway",
    by="vpc",
    reverse=True,
    deleted_before=True,
)

_CERTIFICATES = (
    Relation(
        "ListenerDescriptions[].Listener.SSLCertificateId",
        "aws_acm_certificate",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:acm:.+)$",
    ),
    Relation(
        "ListenerDescriptions[].Listener.SSLCertificateId",
        "aws_iam_server_certificate",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:iam:.+)$",
    ),
)

_USE = LastUse(metrics=(UseMetric("AWS/ELB", "RequestCount", {"LoadBalancerName": "{id}"}),))

_RELATIONS = (
    Relation("VPCId", "aws_vpc", reverse=True, deleted_before=True, part="plain"),
    Relation("Subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation("SecurityGroups", "aws_ec2_security_group", reverse=True, deleted_before=True),
    _INTERNET_GATEWAY,
    Relation(
        "Instances[].InstanceId",
        "aws_ec2_instance",
        strength="watches",
        why="the balancer drops a terminated instance and uses the others",
    ),
    *_CERTIFICATES,
    Relation(
        "LoadBalancerAttributes.AccessLog.S3BucketName",
        "aws_s3_bucket",
        strength="needed",
        why="its access logs would be lost",
    ),
)

LOAD_BALANCER = Kind(
    name="aws_elb",
    bases=("load_balancer",),
    list=Call("elb", "describe_load_balancers", "LoadBalancerDescriptions[]"),
    get=Call(
        "elb", "describe_load_balancers", "LoadBalancerDescriptions[]", LoadBalancerNames=["{id}"]
    ),
    details=(
        Detail(
            Call("elb", "describe_tags", "TagDescriptions[]", LoadBalancerNames=["{id}"]),
            into="Tags",
            batch=20,
            match=("LoadBalancerName", "LoadBalancerName"),
            take="Tags",
        ),
        Detail(
            Call(
                "elb",
                "describe_load_balancer_attributes",
                "LoadBalancerAttributes",
                LoadBalancerName="{LoadBalancerName}",
            ),
            into="LoadBalancerAttributes",
        ),
    ),
    id="LoadBalancerName",
    aliases={"dns": "dns_name"},
    label="LoadBalancerName",
    arn="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}",
    created="CreatedTime",
    fields={"lb_type": "'elb'", "backends": "Instances[].InstanceId"},
    relations=_RELATIONS,
    last_use=_USE,
    fingerprint=("CreatedTime", "DNSName", "Instances"),
    delete=Delete(
        Call("elb", "delete_load_balancer", LoadBalancerName="{id}"),
        gone=("LoadBalancerNotFound",),
        blocked=(),
        note="Its DNS name is lost; its interfaces linger for a few minutes.",
    ),
)
