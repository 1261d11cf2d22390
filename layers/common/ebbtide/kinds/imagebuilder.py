"""EC2 Image Builder pipelines."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_RELATIONS = (
    Relation(
        "executionRole",
        "aws_iam_role",
        by="name",
        reverse=True,
        deleted_before=True,
        pattern=r"([^/]+)$",
    ),
    Relation(
        "loggingConfiguration.[imageLogGroupName, pipelineLogGroupName]",
        "aws_cloudwatch_log_group",
        strength="needed",
        why="the pipeline could not write its logs",
    ),
    Relation(
        "imageScanningConfiguration.ecrConfiguration.repositoryName",
        "aws_ecr_repository",
        by="name",
        strength="needed",
        why="the pipeline could not scan its container images",
    ),
)

IMAGE_PIPELINE = Kind(
    name="aws_imagebuilder_image_pipeline",
    list=Call("imagebuilder", "list_image_pipelines", "imagePipelineList[]"),
    get=Call("imagebuilder", "get_image_pipeline", "imagePipeline", imagePipelineArn="{id}"),
    id="arn",
    label="name",
    arn="arn",
    tags="tags",
    created="dateCreated",
    relations=_RELATIONS,
    volatile=("dateLastRun", "dateNextRun", "lastRunStatus", "consecutiveFailures"),
    fingerprint=("arn", "dateCreated", "dateUpdated"),
    delete=Delete(
        Call("imagebuilder", "delete_image_pipeline", imagePipelineArn="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceDependencyException",),
        refused=("ForbiddenException", "InvalidRequestException"),
        note="Its images, recipe and configurations stay.",
    ),
)
