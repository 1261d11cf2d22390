"""How what machines and containers are made from comes back, and what stands before them."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.declared.network import tagged
from ebbtide_cli.restoring.model import LOWER, PAIRS, TOKEN, Follow, Restoration, same

VOLUME = Restoration(
    way="bin",
    call=Call("ec2", "restore_volume_from_recycle_bin", VolumeId="{id}"),
    keeps_id=True,
    then=(Follow(Call("ec2", "create_tags", Resources=["{id}"], Tags=PAIRS)),),
    lost="All data, if no retention rule of yours covered it; its attachments.",
)
SNAPSHOT = Restoration(
    way="bin",
    call=Call("ec2", "restore_snapshot_from_recycle_bin", SnapshotId="{id}"),
    keeps_id=True,
    then=(Follow(Call("ec2", "create_tags", Resources=["{id}"], Tags=PAIRS)),),
    lost="All data, if no retention rule of yours covered it.",
)
IMAGE = Restoration(
    way="bin",
    call=Call("ec2", "restore_image_from_recycle_bin", ImageId="{id}"),
    keeps_id=True,
    then=(Follow(Call("ec2", "create_tags", Resources=["{id}"], Tags=PAIRS)),),
    lost="The image, if no retention rule of yours covered it; then register it from its snapshots "
    "if these are still there. Whom it was shared with.",
)
NETWORK_INTERFACE = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_network_interface",
        "NetworkInterface.NetworkInterfaceId",
        **same("SubnetId", "Description", "PrivateIpAddress"),
        Groups="{Groups[].GroupId}",
        ClientToken=TOKEN,
        TagSpecifications=tagged("network-interface"),
    ),
    new="NetworkInterfaceId",
    lost="Its MAC address, further addresses, and its attachment.",
)
PLACEMENT_GROUP = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_placement_group",
        "PlacementGroup.GroupName",
        **same("GroupName", "Strategy", "PartitionCount", "SpreadLevel"),
        TagSpecifications=tagged("placement-group"),
    ),
    new="GroupName",
    lost="Nothing but its id.",
)
LAUNCH_TEMPLATE = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_launch_template",
        "LaunchTemplate.LaunchTemplateId",
        LaunchTemplateName="{LaunchTemplateName}",
        LaunchTemplateData="{Versions[?DefaultVersion].LaunchTemplateData | [0]}",
        ClientToken=TOKEN,
        TagSpecifications=tagged("launch-template"),
    ),
    new="LaunchTemplateId",
    then=(
        Follow(
            Call(
                "ec2",
                "create_launch_template_version",
                LaunchTemplateId="{new}",
                LaunchTemplateData="{Versions[?!DefaultVersion].LaunchTemplateData | [0]}",
                ClientToken=TOKEN,
            ),
            when="DefaultVersionNumber != LatestVersionNumber",
        ),
    ),
    lost="All versions but the default and the latest one, and their numbers: the default becomes "
    "version 1.",
)
FLOW_LOG = Restoration(
    way="create",
    call=Call(
        "ec2",
        "create_flow_logs",
        "FlowLogIds[0]",
        ResourceIds=["{ResourceId}"],
        ResourceType="{starts_with(ResourceId, 'vpc-') && 'VPC' ||"
        " starts_with(ResourceId, 'subnet-') && 'Subnet' ||"
        " starts_with(ResourceId, 'eni-') && 'NetworkInterface' ||"
        " starts_with(ResourceId, 'tgw-attach-') && 'TransitGatewayAttachment' ||"
        " 'TransitGateway'}",
        LogDestination="{LogDestinationType != 'cloud-watch-logs' && LogDestination || `null`}",
        **same("TrafficType", "LogDestinationType", "LogGroupName", "LogFormat"),
        **same("DeliverLogsPermissionArn", "MaxAggregationInterval", "DestinationOptions"),
        ClientToken=TOKEN,
        TagSpecifications=tagged("vpc-flow-log"),
    ),
    new="FlowLogId",
    lost="What flowed meanwhile.",
)
LAUNCH_CONFIGURATION = Restoration(
    way="create",
    call=Call(
        "autoscaling",
        "create_launch_configuration",
        **same("LaunchConfigurationName", "ImageId", "KeyName", "SecurityGroups", "UserData"),
        **same("InstanceType", "KernelId", "RamdiskId", "BlockDeviceMappings", "SpotPrice"),
        **same("InstanceMonitoring", "IamInstanceProfile", "EbsOptimized", "PlacementTenancy"),
        **same("AssociatePublicIpAddress", "MetadataOptions"),
    ),
    keeps_id=True,
    lost="Nothing but its ARN.",
)
LOAD_BALANCER = Restoration(
    way="create",
    call=Call(
        "elbv2",
        "create_load_balancer",
        "LoadBalancers[0].LoadBalancerArn",
        Name="{LoadBalancerName}",
        Subnets="{AvailabilityZones[].SubnetId}",
        **same("SecurityGroups", "Scheme", "Type", "IpAddressType", "CustomerOwnedIpv4Pool"),
        Tags=PAIRS,
    ),
    new="LoadBalancerArn",
    keeps_id=True,
    then=(
        Follow(
            Call(
                "elbv2",
                "modify_load_balancer_attributes",
                LoadBalancerArn="{new}",
                Attributes="{LoadBalancerAttributes[?Value]}",
            ),
            when="LoadBalancerAttributes",
        ),
        Follow(
            Call(
                "elbv2",
                "create_listener",
                LoadBalancerArn="{new}",
                Protocol="{each.Protocol}",
                Port="{each.Port}",
                SslPolicy="{each.SslPolicy}",
                Certificates="{each.Certificates}",
                DefaultActions="{each.DefaultActions}",
                AlpnPolicy="{each.AlpnPolicy}",
            ),
            each="Listeners[]",
            done=("DuplicateListener",),
        ),
    ),
    lost="Its name in DNS, its ARN and its addresses; the rules of its listeners.",
)
TARGET_GROUP = Restoration(
    way="create",
    call=Call(
        "elbv2",
        "create_target_group",
        "TargetGroups[0].TargetGroupArn",
        Name="{TargetGroupName}",
        **same("Protocol", "ProtocolVersion", "Port", "VpcId", "HealthCheckProtocol"),
        **same("HealthCheckPort", "HealthCheckEnabled", "HealthCheckPath", "TargetType"),
        **same("HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "IpAddressType"),
        **same("HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher"),
        Tags=PAIRS,
    ),
    new="TargetGroupArn",
    keeps_id=True,
    then=(
        Follow(
            Call(
                "elbv2",
                "register_targets",
                TargetGroupArn="{new}",
                Targets="{TargetHealth.TargetHealthDescriptions[].Target}",
            ),
            when="TargetHealth.TargetHealthDescriptions",
        ),
    ),
    lost="Its ARN, so that listeners and groups that named it must be changed; its attributes.",
)
CLASSIC_BALANCER = Restoration(
    way="create",
    call=Call(
        "elb",
        "create_load_balancer",
        **same("LoadBalancerName", "Subnets", "SecurityGroups", "Scheme"),
        Listeners="{ListenerDescriptions[].Listener}",
        AvailabilityZones="{!Subnets && AvailabilityZones || `null`}",
        Tags=PAIRS,
    ),
    keeps_id=True,
    then=(
        Follow(
            Call("elb", "configure_health_check", **same("LoadBalancerName", "HealthCheck")),
            when="HealthCheck",
        ),
        Follow(
            Call(
                "elb",
                "register_instances_with_load_balancer",
                **same("LoadBalancerName", "Instances"),
            ),
            when="Instances",
        ),
    ),
    lost="Its name in DNS, its policies and attributes.",
)
REPOSITORY = Restoration(
    way="create",
    call=Call(
        "ecr",
        "create_repository",
        **same("repositoryName", "imageTagMutability", "imageScanningConfiguration"),
        **same("encryptionConfiguration"),
        tags=PAIRS,
    ),
    keeps_id=True,
    lost="Its images, its policy and its lifecycle policy.",
)
CLUSTER = Restoration(
    way="create",
    call=Call(
        "ecs",
        "create_cluster",
        **same("clusterName", "settings", "configuration", "capacityProviders"),
        **same("defaultCapacityProviderStrategy", "serviceConnectDefaults"),
        tags=LOWER,
    ),
    keeps_id=True,
    lost="Its services and tasks.",
)
TASK_DEFINITION = Restoration(
    way="create",
    call=Call(
        "ecs",
        "register_task_definition",
        "taskDefinition.taskDefinitionArn",
        **same("family", "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "cpu"),
        **same("containerDefinitions", "placementConstraints", "requiresCompatibilities"),
        **same("memory", "pidMode", "ipcMode", "proxyConfiguration", "inferenceAccelerators"),
        **same("ephemeralStorage", "runtimePlatform", "enableFaultInjection"),
        tags=LOWER,
    ),
    new="taskDefinitionArn",
    lost="Its number: it becomes the next revision of its family.",
)
SERVICE = Restoration(
    way="create",
    call=Call(
        "ecs",
        "create_service",
        cluster="{clusterArn}",
        **same("serviceName", "taskDefinition", "loadBalancers", "serviceRegistries"),
        **same("desiredCount", "launchType", "capacityProviderStrategy", "platformVersion"),
        **same("deploymentConfiguration", "placementConstraints", "placementStrategy"),
        **same("networkConfiguration", "healthCheckGracePeriodSeconds", "schedulingStrategy"),
        **same("deploymentController", "enableECSManagedTags", "propagateTags"),
        **same("enableExecuteCommand"),
        clientToken=TOKEN,
        tags=LOWER,
    ),
    keeps_id=True,
    lost="Its scaling policies.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_ec2_volume": VOLUME,
    "aws_ec2_snapshot": SNAPSHOT,
    "aws_ec2_image": IMAGE,
    "aws_ec2_network_interface": NETWORK_INTERFACE,
    "aws_ec2_placement_group": PLACEMENT_GROUP,
    "aws_ec2_launch_template": LAUNCH_TEMPLATE,
    "aws_ec2_flow_log": FLOW_LOG,
    "aws_autoscaling_launch_configuration": LAUNCH_CONFIGURATION,
    "aws_alb": LOAD_BALANCER,
    "aws_alb_target_group": TARGET_GROUP,
    "aws_elb": CLASSIC_BALANCER,
    "aws_ecr_repository": REPOSITORY,
    "aws_ecs_cluster": CLUSTER,
    "aws_ecs_task_definition": TASK_DEFINITION,
    "aws_ecs_service": SERVICE,
}
