"""AWS Batch job queues and compute environments."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind, Relation

# Batch deletes only what is disabled, and neither while it is made nor while it changes.
_DISABLED = 'state == \'DISABLED\' && !contains(`["CREATING", "UPDATING"]`, status)'

_DISABLE_QUEUE = Prepare(
    Call("batch", "update_job_queue", jobQueue="{id}", state="DISABLED"),
    when="state == 'ENABLED'",
    undo=Call("batch", "update_job_queue", jobQueue="{id}", state="ENABLED"),
    until=_DISABLED,
    source="batch:DeleteJobQueue",
)

JOB_QUEUE = Kind(
    name="aws_batch_job_queue",
    list=Call("batch", "describe_job_queues", "jobQueues[]"),
    get=Call("batch", "describe_job_queues", "jobQueues[]", jobQueues=["{id}"]),
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
    fingerprint=("jobQueueArn", "computeEnvironmentOrder", "state", "status"),
    settles=("state", "status"),
    sources={
        "settles": "batch:UpdateJobQueue",
        "fingerprint": "batch:JobQueueDetail",
        "usual": "ours",
    },
    delete=Delete(
        Call("batch", "delete_job_queue", jobQueue="{id}"),
        prepare=(_DISABLE_QUEUE,),
        # The only code for all that AWS objects to, such as a change under way.
        blocked=("ClientException",),
        refused=(),
        usual=120,
        note="It is disabled first; AWS ends its jobs.",
    ),
)

_DISABLE_ENVIRONMENT = Prepare(
    Call("batch", "update_compute_environment", computeEnvironment="{id}", state="DISABLED"),
    when="state == 'ENABLED'",
    undo=Call("batch", "update_compute_environment", computeEnvironment="{id}", state="ENABLED"),
    until=_DISABLED,
    source="batch:DeleteComputeEnvironment",
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
    get=Call(
        "batch",
        "describe_compute_environments",
        "computeEnvironments[]",
        computeEnvironments=["{id}"],
    ),
    id="computeEnvironmentArn",
    label="computeEnvironmentName",
    arn="computeEnvironmentArn",
    tags="tags",
    relations=_ENVIRONMENT_RELATIONS,
    ended="status == 'DELETED'",
    volatile=("statusReason",),
    fingerprint=("computeEnvironmentArn", "type", "state", "status"),
    settles=("state", "status"),
    sources={
        "settles": "batch:UpdateComputeEnvironment",
        "fingerprint": "batch:ComputeEnvironmentDetail",
        "usual": "ours",
    },
    delete=Delete(
        Call("batch", "delete_compute_environment", computeEnvironment="{id}"),
        prepare=(_DISABLE_ENVIRONMENT,),
        blocked=("ClientException",),
        refused=(),
        usual=300,
        note="It is disabled first; its instances end.",
    ),
)
