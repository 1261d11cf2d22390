"""CodeBuild projects."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_NO_VARIABLE: Decision = {"strength": "needed", "why": "builds could not read their variables"}

# Plain-text variables may be secrets; only references to where a value is stored are kept.
_VARIABLES = (
    "environment.environmentVariables[].{name: name, type: type, value: (type == 'PARAMETER_STORE'"
    " || type == 'SECRETS_MANAGER') && value || `null`}"
)
_FIELDS = (
    "merge(@, {environment: environment && merge(environment, {environmentVariables:"
    f" {_VARIABLES}}})}})"
)
_PROJECT = Call("codebuild", "batch_get_projects", f"projects[].{_FIELDS}", names=["{name}"])
_MATCH = ("name", "name")
# The same call twice, because tags need a detail of their own; each serves 100 projects.
_DETAILS = (
    Detail(
        _PROJECT,
        into="Project",
        batch=100,
        match=_MATCH,
        missing="projectsNotFound",
        describes=True,
    ),
    Detail(_PROJECT, into="tags", batch=100, match=_MATCH, take="tags", missing="projectsNotFound"),
)

_RELATIONS = (
    Relation("Project.serviceRole", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(
        "Project.resourceAccessRole",
        "aws_iam_role",
        by="arn",
        reverse=True,
        strength="needed",
        why="visitors of its public builds would see no logs or artifacts",
    ),
    Relation("Project.vpcConfig.vpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("Project.vpcConfig.subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "Project.vpcConfig.securityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("Project.encryptionKey", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "Project.[[artifacts], secondaryArtifacts][] | [?type == 'S3'].location",
        "aws_s3_bucket",
        pattern=r"^(?:arn:[^:]+:s3:::)?([^/]+)",
        strength="needed",
        why="builds could not store their artifacts",
    ),
    Relation(
        "Project.[cache][?type == 'S3'].location",
        "aws_s3_bucket",
        pattern=r"^([^/]+)",
        strength="needed",
        why="builds could not keep their cache",
    ),
    Relation(
        "Project.logsConfig.s3Logs.location",
        "aws_s3_bucket",
        pattern=r"^(?:arn:[^:]+:s3:::)?([^/]+)",
        strength="needed",
        why="builds could not write their logs",
    ),
    # A build that is still running would create the log group again.
    Relation(
        "Project.logsConfig.cloudWatchLogs.groupName",
        "aws_cloudwatch_log_group",
        deleted_before=True,
    ),
    Relation(
        "[@][?!(Project.logsConfig.cloudWatchLogs.groupName)].name",
        "aws_cloudwatch_log_group",
        deleted_before=True,
        pattern=r"^(.+)$",
        value="/aws/codebuild/{1}",
    ),
    Relation(
        "Project.environment.image",
        "aws_ecr_repository",
        by="name",
        pattern=r"^\d{12}\.dkr\.ecr\.[^/]+/([^:@]+)",
        other=r"^(?!\d+\.dkr)",
        strength="needed",
        why="builds would have no image to run in",
    ),
    Relation(
        "Project.[[source], secondarySources][] | [?type == 'CODECOMMIT'].location",
        "aws_codecommit_repository",
        pattern=r"/repos/([^/]+)$",
        strength="needed",
        why="builds would have no source",
    ),
    Relation(
        "Project.environment.environmentVariables[?type == 'PARAMETER_STORE'].value",
        "aws_ssm_parameter",
        **_NO_VARIABLE,
    ),
    Relation(
        "Project.environment.environmentVariables[?type == 'SECRETS_MANAGER'].value",
        "aws_secretsmanager_secret",
        by="name",
        pattern=r"^(?!arn:)([^:]+)",
        **_NO_VARIABLE,
    ),
    Relation(
        "[Project.environment.registryCredential.credential,"
        " Project.environment.environmentVariables[?type == 'SECRETS_MANAGER'].value][]",
        "aws_secretsmanager_secret",
        pattern=r"^(arn:[^:]+:secretsmanager:[^:]+:\d+:secret:[^:]+)",
        # A variable may give the name instead; see below.
        other=r"^(?!arn:)",
        strength="needed",
        why="builds could not read their variables or pull their image",
    ),
    Relation(
        "Project.fileSystemLocations[].location",
        "aws_efs_file_system",
        deleted_before=True,
        pattern=r"^(fs-[0-9a-f]+)\.",
    ),
)

_LAST_USE = LastUse(metrics=(UseMetric("AWS/CodeBuild", "Builds", {"ProjectName": "{name}"}),))

PROJECT = Kind(
    name="aws_codebuild_project",
    list=Call("codebuild", "list_projects", "projects[].{name: @}"),
    get=Call(
        "codebuild",
        "batch_get_projects",
        f"projects[].{{name: name, Project: {_FIELDS}, tags: tags}}",
        names=["{id}"],
    ),
    details=_DETAILS,
    get_details=(),
    id="name",
    label="name",
    arn="Project.arn",
    tags="tags",
    created="Project.created",
    relations=_RELATIONS,
    last_use=_LAST_USE,
    fingerprint=("name", "Project"),
    delete=Delete(
        Call("codebuild", "delete_project", name="{id}"),
        blocked=(),
        refused=("InvalidInputException",),
        note="Its build records stay.",
    ),
)
