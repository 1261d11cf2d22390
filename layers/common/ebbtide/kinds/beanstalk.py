"""Elastic Beanstalk applications and environments."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_APPLICATION_TAGS = Detail(
    Call(
        "elasticbeanstalk",
        "list_tags_for_resource",
        "ResourceTags[]",
        ResourceArn="{ApplicationArn}",
    ),
    into="Tags",
)

APPLICATION = Kind(
    name="aws_beanstalk_application",
    list=Call("elasticbeanstalk", "describe_applications", "Applications[]"),
    get=Call(
        "elasticbeanstalk", "describe_applications", "Applications[]", ApplicationNames=["{id}"]
    ),
    details=(_APPLICATION_TAGS,),
    id="ApplicationName",
    label="ApplicationName",
    arn="ApplicationArn",
    created="DateCreated",
    relations=(
        Relation(
            "ResourceLifecycleConfig.ServiceRole", "aws_iam_role", by="arn", deleted_before=True
        ),
    ),
    fingerprint=("ApplicationArn", "DateCreated"),
    delete=Delete(
        Call(
            "elasticbeanstalk",
            "delete_application",
            ApplicationName="{id}",
            TerminateEnvByForce=False,
        ),
        blocked=("OperationInProgressFailure",),
        note="Its versions and saved configurations go with it; their files in S3 stay.",
    ),
)

# The other options may hold the application's secrets.
_OPTIONS = (
    'ConfigurationSettings[].OptionSettings[] | [?contains(`["HasCoupledDatabase", "VPCId",'
    ' "ServiceRole", "IamInstanceProfile", "EC2KeyName"]`, OptionName)]'
)

_ENVIRONMENT_DETAILS = (
    Detail(
        Call(
            "elasticbeanstalk",
            "describe_environment_resources",
            "EnvironmentResources",
            EnvironmentId="{EnvironmentId}",
        ),
        into="EnvironmentResources",
        never_empty=True,
    ),
    Detail(
        Call(
            "elasticbeanstalk",
            "describe_configuration_settings",
            _OPTIONS,
            ApplicationName="{ApplicationName}",
            EnvironmentName="{EnvironmentName}",
        ),
        into="Options",
        never_empty=True,
    ),
    Detail(
        Call(
            "elasticbeanstalk",
            "list_tags_for_resource",
            "ResourceTags[]",
            ResourceArn="{EnvironmentArn}",
        ),
        into="Tags",
    ),
)

_OWN = "EnvironmentResources"
_LAST_PART = r"([^/]+)$"

_ENVIRONMENT_RELATIONS = (
    Relation(
        "ApplicationName",
        "aws_beanstalk_application",
        reverse=True,
        deleted_before=True,
        part="data",
    ),
    Relation(
        "EnvironmentId",
        "aws_cloudformation_stack",
        by="name",
        owns=True,
        pattern=r"^(.+)$",
        value="awseb-{1}-stack",
    ),
    Relation(
        f"{_OWN}.AutoScalingGroups[].Name",
        "aws_autoscaling_group",
        deleted_before=True,
        owns=True,
        source="elasticbeanstalk:TerminateEnvironment",
    ),
    Relation(f"{_OWN}.Instances[].Id", "aws_ec2_instance", deleted_before=True),
    # A load balancer may be shared, and a queue may have been created by somebody else.
    Relation(
        f"{_OWN}.LoadBalancers[].Name",
        "aws_alb",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:.+)$",
    ),
    Relation(
        f"{_OWN}.LoadBalancers[].Name",
        "aws_elb",
        deleted_before=True,
        pattern=r"^((?!arn:).+)$",
    ),
    Relation(f"{_OWN}.Queues[].URL", "aws_sqs_queue", deleted_before=True),
    Relation(f"{_OWN}.LaunchTemplates[].Id", "aws_ec2_launch_template", owns=True),
    Relation(
        f"{_OWN}.LaunchConfigurations[].Name", "aws_autoscaling_launch_configuration", owns=True
    ),
    Relation("OperationsRole", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "Options[?OptionName == 'ServiceRole'].Value",
        "aws_iam_role",
        by="name",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(
        "Options[?OptionName == 'IamInstanceProfile'].Value",
        "aws_iam_instance_profile",
        by="name",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(
        "Options[?OptionName == 'EC2KeyName'].Value",
        "aws_ec2_keypair",
        by="name",
        deleted_before=True,
    ),
    Relation("Options[?OptionName == 'VPCId'].Value", "aws_vpc", reverse=True, deleted_before=True),
)

_ENVIRONMENTS = "Environments[]"

ENVIRONMENT = Kind(
    name="aws_beanstalk_environment",
    list=Call("elasticbeanstalk", "describe_environments", _ENVIRONMENTS, IncludeDeleted=False),
    get=Call("elasticbeanstalk", "describe_environments", _ENVIRONMENTS, EnvironmentIds=["{id}"]),
    details=_ENVIRONMENT_DETAILS,
    id="EnvironmentId",
    label="EnvironmentName",
    arn="EnvironmentArn",
    created="DateCreated",
    relations=_ENVIRONMENT_RELATIONS,
    ended="Status == 'Terminated'",
    volatile=("Health", "HealthStatus", "AbortableOperationInProgress"),
    never_delete=(
        NeverDelete(
            "Options[?OptionName == 'HasCoupledDatabase' && Value == 'true']",
            "it has a database that could be deleted with it",
            "ours",
        ),
    ),
    fingerprint=("EnvironmentArn", "DateCreated", "VersionLabel"),
    delete=Delete(
        Call("elasticbeanstalk", "terminate_environment", EnvironmentId="{id}"),
        blocked=(),
        refused=("InsufficientPrivilegesException",),
        usual=400,
        note="Deletes the environment's CloudFormation stack and with it all of its resources.",
    ),
)
