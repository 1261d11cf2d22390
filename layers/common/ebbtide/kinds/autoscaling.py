"""Auto Scaling groups and launch configurations."""

from __future__ import annotations

from ebbtide.model.kind import Call, Delete, Detail, Kind, NeverDelete, Relation

_RELATIONS = (
    Relation(
        "Instances[].InstanceId",
        "aws_ec2_instance",
        owns=True,
        source="autoscaling:DeleteAutoScalingGroup",
    ),
    Relation("LaunchTemplate.LaunchTemplateId", "aws_ec2_launch_template", deleted_before=True),
    Relation(
        "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId",
        "aws_ec2_launch_template",
        deleted_before=True,
    ),
    Relation(
        "VPCZoneIdentifier",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
        pattern=r"(subnet-\w+)",
    ),
    Relation("TargetGroupARNs", "aws_alb_target_group", by="arn", deleted_before=True),
    Relation("LoadBalancerNames", "aws_elb", by="name", deleted_before=True),
    Relation(
        "LaunchConfigurationName", "aws_autoscaling_launch_configuration", deleted_before=True
    ),
    Relation(
        "MixedInstancesPolicy.LaunchTemplate.Overrides[].LaunchTemplateSpecification"
        ".LaunchTemplateId",
        "aws_ec2_launch_template",
        deleted_before=True,
    ),
    Relation("PlacementGroup", "aws_ec2_placement_group", by="name", deleted_before=True),
    Relation(
        "[Instances[], MixedInstancesPolicy.LaunchTemplate.Overrides[]][].ImageId",
        "aws_ec2_image",
        strength="needed",
        why="it could not start an instance",
    ),
    Relation(
        "Instances[].LaunchTemplate.LaunchTemplateId",
        "aws_ec2_launch_template",
        strength="origin",
        why="running instances keep what they started with",
    ),
    Relation("LifecycleHooks[].RoleARN", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "LifecycleHooks[].NotificationTargetARN",
        "aws_sns_topic",
        by="arn",
        pattern=r"^(arn:[^:]+:sns:.+)$",
        strength="needed",
        why="its instances would wait in vain",
    ),
    Relation(
        "LifecycleHooks[].NotificationTargetARN",
        "aws_sqs_queue",
        by="arn",
        pattern=r"^(arn:[^:]+:sqs:.+)$",
        strength="needed",
        why="its instances would wait in vain",
    ),
    Relation(
        "NotificationConfigurations[].TopicARN",
        "aws_sns_topic",
        by="arn",
        strength="needed",
        why="it could notify nobody",
    ),
    Relation(
        "ScalingPolicies[].Alarms[].AlarmARN",
        "aws_cloudwatch_alarm",
        by="arn",
        strength="needed",
        why="it would no longer scale",
    ),
    Relation(
        "ScalingPolicies[].PredictiveScalingConfiguration.MetricSpecifications[]"
        ".[CustomizedScalingMetricSpecification, CustomizedLoadMetricSpecification,"
        " CustomizedCapacityMetricSpecification][].MetricDataQueries[].MetricStat.Metric"
        ".Dimensions[] | [?Name == 'ClusterName'].Value",
        "aws_ecs_cluster",
        by="name",
        strength="watches",
        why="its policy only reads the figures of the cluster",
    ),
)

_HOOKS = Detail(
    Call(
        "autoscaling",
        "describe_lifecycle_hooks",
        "LifecycleHooks[]",
        AutoScalingGroupName="{AutoScalingGroupName}",
    ),
    into="LifecycleHooks",
)
_NOTIFICATIONS = Detail(
    Call(
        "autoscaling",
        "describe_notification_configurations",
        "NotificationConfigurations[]",
        MaxRecords=100,
    ),
    into="NotificationConfigurations",
    match=("AutoScalingGroupName", "AutoScalingGroupName"),
    once=True,
)
_POLICIES = Detail(
    Call("autoscaling", "describe_policies", "ScalingPolicies[]", MaxRecords=100),
    into="ScalingPolicies",
    match=("AutoScalingGroupName", "AutoScalingGroupName"),
    once=True,
)
_OWN_POLICIES = Detail(
    Call(
        "autoscaling",
        "describe_policies",
        "ScalingPolicies[]",
        AutoScalingGroupName="{AutoScalingGroupName}",
    ),
    into="ScalingPolicies",
)
_OWN_NOTIFICATIONS = Detail(
    Call(
        "autoscaling",
        "describe_notification_configurations",
        "NotificationConfigurations[]",
        AutoScalingGroupNames=["{AutoScalingGroupName}"],
    ),
    into="NotificationConfigurations",
)

GROUP = Kind(
    name="aws_autoscaling_group",
    bases=("autoscaling_group",),
    list=Call("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]"),
    get=Call(
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups[]",
        AutoScalingGroupNames=["{id}"],
    ),
    details=(_HOOKS, _NOTIFICATIONS, _POLICIES),
    get_details=(_HOOKS, _OWN_NOTIFICATIONS, _OWN_POLICIES),
    id="AutoScalingGroupName",
    label="AutoScalingGroupName",
    arn="AutoScalingGroupARN",
    created="CreatedTime",
    fields={"min_size": "MinSize", "max_size": "MaxSize"},
    relations=_RELATIONS,
    never_delete=(
        NeverDelete(
            "Operator.Principal",
            "an AWS service manages this group",
            "autoscaling:AutoScalingGroup",
        ),
        NeverDelete(
            "DeletionProtection && DeletionProtection != 'none'",
            "its deletion protection is on",
            "autoscaling:AutoScalingGroup",
        ),
    ),
    fingerprint=("CreatedTime", "MinSize", "MaxSize", "DesiredCapacity"),
    delete=Delete(
        Call(
            "autoscaling",
            "delete_auto_scaling_group",
            AutoScalingGroupName="{id}",
            ForceDelete=True,
        ),
        blocked=("ResourceInUse", "ScalingActivityInProgress", "ResourceContention"),
        note="Terminates its instances.",
    ),
)

# AWS lets go of what a launch configuration names, so none of these orders a deletion.
_CONFIGURATION_RELATIONS = (
    Relation("ImageId", "aws_ec2_image"),
    Relation("KeyName", "aws_ec2_keypair", by="name"),
    Relation("SecurityGroups", "aws_ec2_security_group"),
    Relation("IamInstanceProfile", "aws_iam_instance_profile", by="arn", pattern=r"^(arn:.+)$"),
    Relation("IamInstanceProfile", "aws_iam_instance_profile", by="name", pattern=r"^([^:/]+)$"),
    Relation("BlockDeviceMappings[].Ebs.SnapshotId", "aws_ec2_snapshot"),
)

LAUNCH_CONFIGURATION = Kind(
    name="aws_autoscaling_launch_configuration",
    list=Call(
        "autoscaling", "describe_launch_configurations", "LaunchConfigurations[]", MaxRecords=100
    ),
    get=Call(
        "autoscaling",
        "describe_launch_configurations",
        "LaunchConfigurations[]",
        LaunchConfigurationNames=["{id}"],
    ),
    id="LaunchConfigurationName",
    label="LaunchConfigurationName",
    arn="LaunchConfigurationARN",
    tags=None,
    created="CreatedTime",
    relations=_CONFIGURATION_RELATIONS,
    fingerprint=("LaunchConfigurationARN", "CreatedTime"),
    delete=Delete(
        Call("autoscaling", "delete_launch_configuration", LaunchConfigurationName="{id}"),
        blocked=("ResourceInUse", "ResourceContention"),
        note="New accounts cannot create launch configurations; launch templates replace them.",
    ),
)
