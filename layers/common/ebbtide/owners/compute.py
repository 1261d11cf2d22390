"""Services that run instances, containers and notebooks, and manage what these need."""

from __future__ import annotations

from ebbtide.owners.mark import Mark

_POLICIES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
_EMR = "https://docs.aws.amazon.com/emr/latest/ManagementGuide"

AUTO_SCALING = Mark(
    tag="aws:autoscaling:groupName",
    words="the Auto Scaling group",
    kind="aws_autoscaling_group",
    carries=("aws_ec2_instance",),
    source="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
)
EC2_FLEET = Mark(
    tag="aws:ec2:fleet-id",
    words="the EC2 fleet",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-ec2-fleet.html",
)
SPOT_FLEET = Mark(
    tag="aws:ec2spot:fleet-request-id",
    words="the Spot fleet",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet-requests.html",
)
ECS_SERVICE = Mark(
    tag="aws:ecs:serviceName",
    words="the ECS service",
    kind="aws_ecs_service",
    family="ecs",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html",
)
ECS_CLUSTER = Mark(
    tag="aws:ecs:clusterName",
    words="the ECS cluster",
    kind="aws_ecs_cluster",
    family="ecs",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html",
)
ECS_CREATED = Mark(
    tag="AmazonECSCreated",
    words="an ECS task, with",
    family="ecs",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ebs-volumes.html",
)
ECS_MANAGED = Mark(
    tag="AmazonECSManaged",
    words="a capacity provider of ECS, with",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
    "asg-capacity-providers.html",
)
BATCH = Mark(
    tag="AWSBatchServiceTag",
    words="AWS Batch, with",
    source=f"{_POLICIES}/BatchServiceRolePolicy.html",
)
EMR = Mark(
    tag="aws:elasticmapreduce:job-flow-id",
    words="the EMR cluster",
    kind="aws_emr_cluster",
    by="id",
    family="emr",
    source=f"{_EMR}/emr-plan-tags.html",
)
EMR_ROLE = Mark(
    tag="aws:elasticmapreduce:instance-group-role",
    words="an EMR cluster, as",
    family="emr",
    source=f"{_EMR}/emr-plan-tags.html",
)
EMR_STUDIO = Mark(
    tag="aws:elasticmapreduce:editor-id",
    words="the EMR notebook",
    source=f"{_EMR}/emr-managed-notebooks-tags.html",
)
# EMR makes them once for a VPC, and every later cluster uses them again.
EMR_GROUPS = Mark(
    attribute="group_name",
    of=("aws_ec2_security_group",),
    matches=r"ElasticMapReduce-.+|ElasticMapReduceEditors-.+",
    words="EMR, which uses it for every cluster of the VPC",
    source=f"{_EMR}/emr-man-sec-groups.html",
)
SAGEMAKER = Mark(
    tag="ManagedByAmazonSageMakerResource",
    words="the SageMaker domain",
    kind="aws_sagemaker_domain",
    by="arn",
    source=f"{_POLICIES}/AmazonSageMakerNotebooksServiceRolePolicy.html",
)
SAGEMAKER_STUDIO = Mark(
    tag="AmazonDataZoneProject",
    words="the project of SageMaker Unified Studio",
    source=f"{_POLICIES}/SageMakerStudioProjectUserRolePermissionsBoundary.html",
)
BEDROCK = Mark(
    tag="AmazonBedrockManaged",
    words="Bedrock, with",
    source=f"{_POLICIES}/AmazonDataZoneBedrockPermissionsBoundary.html",
)
GLUE = Mark(
    tag="aws-glue-service-resource",
    words="AWS Glue, with",
    source=f"{_POLICIES}/service-role/AWSGlueServiceRole.html",
)
AIRFLOW = Mark(
    tag="AmazonMWAAManaged",
    words="Amazon MWAA, with",
    source=f"{_POLICIES}/AmazonMWAAServiceRolePolicy.html",
)
# A target tracking policy makes its alarms, and stops to scale without them.
SCALING_ALARM = Mark(
    attribute="alarm_description",
    of=("aws_cloudwatch_alarm",),
    matches=r"(?s)\s*DO NOT EDIT OR DELETE\..*",
    words="a scaling policy",
    source="https://docs.aws.amazon.com/autoscaling/application/userguide/"
    "create-target-tracking-policy-cli.html",
)
SCALING_ALARM_NAME = Mark(
    attribute="name",
    of=("aws_cloudwatch_alarm",),
    matches=r"TargetTracking-.+",
    words="a scaling policy",
    source="https://docs.aws.amazon.com/autoscaling/application/userguide/"
    "create-target-tracking-policy-cli.html",
)
WORKSPACES_GROUP = Mark(
    attribute="group_name",
    of=("aws_ec2_security_group",),
    matches=r"(?P<owner>d-[0-9a-f]{10})_workspacesMembers",
    words="the WorkSpaces directory",
    kind="aws_workspaces_directory",
    by="id",
    source="https://docs.aws.amazon.com/workspaces/latest/adminguide/"
    "amazon-workspaces-security-groups.html",
)
