"""Auto Scaling groups."""

from __future__ import annotations

from ebbtide.kinds.ec2_storage import WITH_HIDDEN
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_START: Decision = {"strength": "needed", "why": "the group could start no instance"}

# What an instance is made of. User data is left out: it may hold passwords.
_FROM_TEMPLATE = (
    "LaunchTemplateVersions[].LaunchTemplateData.{ImageId: ImageId, KeyName: KeyName,"
    " Groups: [SecurityGroupIds, NetworkInterfaces[].Groups[]][][],"
    " Profiles: IamInstanceProfile.[Arn, Name], Snapshots: BlockDeviceMappings[].Ebs.SnapshotId}"
)
_FROM_CONFIGURATION = (
    "{ImageId: ImageId, KeyName: KeyName, Groups: SecurityGroups, Profiles: [IamInstanceProfile],"
    " Snapshots: BlockDeviceMappings[].Ebs.SnapshotId}"
)
_MIXED = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"
_NO_TEMPLATE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound")

# A template's own description has its default and its latest version. A group may name any other
# one by its number, which is then read here.
_LAUNCH_DETAILS = (
    Detail(
        Call(
            "ec2",
            "describe_launch_template_versions",
            _FROM_TEMPLATE,
            LaunchTemplateId="{LaunchTemplate.LaunchTemplateId}",
            Versions=["{LaunchTemplate.Version}"],
            **WITH_HIDDEN,
        ),
        into="Pinned",
        when="LaunchTemplate.Version && !starts_with(LaunchTemplate.Version, '$')",
        absent=_NO_TEMPLATE,
    ),
    Detail(
        Call(
            "ec2",
            "describe_launch_template_versions",
            _FROM_TEMPLATE,
            LaunchTemplateId=f"{{{_MIXED}.LaunchTemplateId}}",
            Versions=[f"{{{_MIXED}.Version}}"],
            **WITH_HIDDEN,
        ),
        into="PinnedMixed",
        when=f"{_MIXED}.Version && !starts_with({_MIXED}.Version, '$')",
        absent=_NO_TEMPLATE,
    ),
    Detail(
        Call(
            "autoscaling",
            "describe_launch_configurations",
            "LaunchConfigurations[]",
            LaunchConfigurationNames=["{LaunchConfigurationName}"],
        ),
        into="Configuration",
        when="LaunchConfigurationName",
        batch=50,
        match=("LaunchConfigurationName", "LaunchConfigurationName"),
        take=_FROM_CONFIGURATION,
    ),
)

_LAUNCHES = "[Pinned, PinnedMixed, [Configuration]][][]"
_LAUNCH_RELATIONS = (
    Relation(f"{_LAUNCHES}.ImageId", "aws_ec2_image", **_NO_START),
    Relation(f"{_LAUNCHES}.KeyName", "aws_ec2_keypair", by="name", **_NO_START),
    Relation(f"{_LAUNCHES}.Groups[]", "aws_ec2_security_group", **_NO_START),
    Relation(
        f"{_LAUNCHES}.Profiles[]",
        "aws_iam_instance_profile",
        by="arn",
        pattern=r"^(arn:.+)$",
        **_NO_START,
    ),
    Relation(
        f"{_LAUNCHES}.Profiles[]",
        "aws_iam_instance_profile",
        by="name",
        pattern=r"^([^:/]+)$",
        **_NO_START,
    ),
    Relation(f"{_LAUNCHES}.Snapshots[]", "aws_ec2_snapshot", **_NO_START),
)

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
    *_LAUNCH_RELATIONS,
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
    details=(*_LAUNCH_DETAILS, _HOOKS, _NOTIFICATIONS, _POLICIES),
    get_details=(*_LAUNCH_DETAILS, _HOOKS, _OWN_NOTIFICATIONS, _OWN_POLICIES),
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
            protects=True,
        ),
    ),
    fingerprint=("CreatedTime", "MinSize", "MaxSize", "DesiredCapacity"),
    sources={"usual": "ours"},
    delete=Delete(
        Call(
            "autoscaling",
            "delete_auto_scaling_group",
            AutoScalingGroupName="{id}",
            ForceDelete=True,
        ),
        blocked=("ResourceInUse", "ScalingActivityInProgress", "ResourceContention"),
        usual=600,
        note="Terminates its instances.",
    ),
)
