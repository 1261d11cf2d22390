"""AWS Batch job queues and compute environments."""

from __future__ import annotations

from ebbtide.model.kind import Call, Kind, Relation

JOB_QUEUE = Kind(
    name="aws_batch_job_queue",
    list=Call("batch", "describe_job_queues", "jobQueues[]"),
    id="jobQueueArn",
    label="jobQueueName",
    arn="jobQueueArn",
    tags="tags",
    relations=(
        Relation(
            "computeEnvironmentOrder[].computeEnvironment",
            "aws_batch_compute_environment",
            deleted_before=True,
        ),
    ),
    ended="status == 'DELETED'",
    volatile=("statusReason",),
    undeletable="AWS deletes it only once it is fully disabled, and Ebbtide does not disable it.",
)

_RESOURCES = "computeResources"

# Roles and instance profiles are named by ARN or by name.
_LAST_PART = r"([^/]+)$"

_ENVIRONMENT_RELATIONS = (
    Relation(f"{_RESOURCES}.subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"{_RESOURCES}.securityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_RESOURCES}.instanceRole",
        "aws_iam_instance_profile",
        by="name",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(
        f"{_RESOURCES}.spotIamFleetRole",
        "aws_iam_role",
        by="name",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation("serviceRole", "aws_iam_role", by="name", deleted_before=True, pattern=_LAST_PART),
    Relation(
        f"{_RESOURCES}.launchTemplate.launchTemplateId",
        "aws_ec2_launch_template",
        deleted_before=True,
    ),
    Relation(
        f"{_RESOURCES}.launchTemplate.launchTemplateName",
        "aws_ec2_launch_template",
        by="name",
        deleted_before=True,
    ),
    Relation(f"{_RESOURCES}.ec2KeyPair", "aws_ec2_keypair", by="name", deleted_before=True),
    Relation(f"{_RESOURCES}.imageId", "aws_ec2_image", deleted_before=True),
    Relation(
        f"{_RESOURCES}.ec2Configuration[].imageIdOverride", "aws_ec2_image", deleted_before=True
    ),
    Relation(
        f"{_RESOURCES}.placementGroup", "aws_ec2_placement_group", by="name", deleted_before=True
    ),
    Relation("ecsClusterArn", "aws_ecs_cluster", owns=True),
    Relation("eksConfiguration.eksClusterArn", "aws_eks_cluster", by="arn", deleted_before=True),
    Relation(
        f"{_RESOURCES}.launchTemplate.overrides[].launchTemplateId",
        "aws_ec2_launch_template",
        strength="needed",
        why="it could not start an instance",
    ),
    Relation(
        f"{_RESOURCES}.launchTemplate.overrides[].launchTemplateName",
        "aws_ec2_launch_template",
        by="name",
        strength="needed",
        why="it could not start an instance",
    ),
)

COMPUTE_ENVIRONMENT = Kind(
    name="aws_batch_compute_environment",
    list=Call("batch", "describe_compute_environments", "computeEnvironments[]"),
    id="computeEnvironmentArn",
    label="computeEnvironmentName",
    arn="computeEnvironmentArn",
    tags="tags",
    relations=_ENVIRONMENT_RELATIONS,
    ended="status == 'DELETED'",
    volatile=("statusReason",),
    undeletable="AWS deletes it only once it is fully disabled, and Ebbtide does not disable it.",
)
