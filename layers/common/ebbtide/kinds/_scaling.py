"""What Application Auto Scaling scales of two services; one list per region serves all of it."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail

SCALED_SERVICES = (
    Detail(
        Call(
            "application-autoscaling",
            "describe_scalable_targets",
            "ScalableTargets[]",
            ServiceNamespace="ecs",
        ),
        into="ScalableTargets",
        match=("ResourceId", "join('/', ['service', clusterName, serviceName])"),
        once=True,
    ),
    Detail(
        Call(
            "application-autoscaling",
            "describe_scaling_policies",
            "ScalingPolicies[]",
            ServiceNamespace="ecs",
        ),
        into="ScalingPolicies",
        match=("ResourceId", "join('/', ['service', clusterName, serviceName])"),
        once=True,
    ),
)

SCALED_TABLES = (
    Detail(
        Call(
            "application-autoscaling",
            "describe_scalable_targets",
            "ScalableTargets[]",
            ServiceNamespace="dynamodb",
        ),
        into="ScalableTargets",
        match=("ResourceId", "join('/', ['table', TableName])"),
        once=True,
    ),
    Detail(
        Call(
            "application-autoscaling",
            "describe_scaling_policies",
            "ScalingPolicies[]",
            ServiceNamespace="dynamodb",
        ),
        into="ScalingPolicies",
        match=("ResourceId", "join('/', ['table', TableName])"),
        once=True,
    ),
)
