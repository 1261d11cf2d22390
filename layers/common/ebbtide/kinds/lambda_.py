"""Lambda functions."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_RELATIONS = (
    Relation("VpcConfig.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("VpcConfig.SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "VpcConfig.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    # Functions with the same subnet and groups share an interface. Here the same groups suffice: if
    # that makes one owner too many, the interface only stays a little longer.
    Relation(
        "VpcConfig.SecurityGroupIds && join(',', sort(VpcConfig.SecurityGroupIds))",
        "aws_ec2_network_interface",
        by="lambda_groups",
        every=True,
        owns=True,
        source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
    ),
    Relation("Role", "aws_iam_role", by="arn", deleted_before=True),
    Relation("KMSKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    # A late invocation would create the log group again.
    Relation("LoggingConfig.LogGroup", "aws_cloudwatch_log_group", deleted_before=True),
    Relation(
        "DeadLetterConfig.TargetArn",
        "aws_sqs_queue",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:sqs:.+)$",
    ),
    Relation(
        "DeadLetterConfig.TargetArn",
        "aws_sns_topic",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:sns:.+)$",
    ),
    # A function keeps its copy of a layer but cannot be updated once the layer is deleted.
    Relation(
        "Layers[].Arn",
        "aws_lambda_layer",
        deleted_before=True,
        pattern=r"^(.+:layer:[^:]+):\d+$",
    ),
    Relation(
        "FileSystemConfigs[].Arn",
        "aws_efs_access_point",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:elasticfilesystem:.+)$",
        source="efs:DeleteAccessPoint",
    ),
    Relation("DurableConfig.KMSKeyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "Code.ImageUri",
        "aws_ecr_repository",
        by="name",
        pattern=r"^\d+\.dkr\.ecr[^/]*\.amazonaws\.com[^/]*/([^:@]+)",
        other=r"^(?!\d+\.dkr)",
        strength="needed",
        why="it could not load its image again",
    ),
    Relation(
        "EventInvokeConfigs[].DestinationConfig.[OnSuccess, OnFailure][].Destination",
        "aws_sqs_queue",
        by="arn",
        pattern=r"^(arn:[^:]+:sqs:.+)$",
        strength="needed",
        why="its results would be lost",
    ),
    Relation(
        "EventInvokeConfigs[].DestinationConfig.[OnSuccess, OnFailure][].Destination",
        "aws_sns_topic",
        by="arn",
        pattern=r"^(arn:[^:]+:sns:.+)$",
        strength="needed",
        why="its results would be lost",
    ),
    Relation(
        "EventInvokeConfigs[].DestinationConfig.[OnSuccess, OnFailure][].Destination",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+)",
        strength="needed",
        why="its results would be lost",
    ),
    Relation(
        "EventInvokeConfigs[].DestinationConfig.[OnSuccess, OnFailure][].Destination",
        "aws_eventbridge_event_bus",
        by="arn",
        pattern=r"^(arn:[^:]+:events:.+:event-bus/.+)$",
        strength="needed",
        why="its results would be lost",
    ),
    Relation(
        "EventInvokeConfigs[].DestinationConfig.[OnSuccess, OnFailure][].Destination",
        "aws_s3_bucket",
        pattern=r"^arn:[^:]+:s3:::(.+)$",
        strength="needed",
        why="its results would be lost",
    ),
    Relation(
        "Policy",
        "aws_iam_user",
        by="arn",
        pattern=r"(arn:[^:]+:iam::\d+:user/[^\"'*]+)",
        strength="watches",
        why="it only lets the user invoke it",
    ),
    Relation(
        "Policy",
        "aws_iam_role",
        by="arn",
        pattern=r"(arn:[^:]+:iam::\d+:role/[^\"'*]+)",
        strength="watches",
        why="it only lets the role invoke it",
    ),
)

_DETAILS = (
    Detail(Call("lambda", "list_tags", "Tags", Resource="{FunctionArn}"), into="Tags"),
    # The answer also has a link to the code, which must not be kept.
    Detail(
        Call(
            "lambda",
            "get_function",
            "{Code: Code.{ImageUri: ImageUri, ResolvedImageUri: ResolvedImageUri}}",
            FunctionName="{FunctionName}",
        ),
        when="PackageType == 'Image'",
        describes=True,
    ),
    Detail(
        Call(
            "lambda",
            "list_function_event_invoke_configs",
            "FunctionEventInvokeConfigs[]",
            FunctionName="{FunctionName}",
        ),
        into="EventInvokeConfigs",
    ),
    # The resource policy names who may invoke it.
    Detail(
        Call("lambda", "get_policy", "Policy", FunctionName="{FunctionName}"),
        into="Policy",
        absent=("ResourceNotFoundException",),
    ),
)

FUNCTION = Kind(
    name="aws_lambda_function",
    bases=("serverless_function",),
    list=Call("lambda", "list_functions", "Functions[]"),
    get=Call("lambda", "get_function", "Configuration", FunctionName="{id}"),
    details=_DETAILS,
    id="FunctionName",
    label="FunctionName",
    arn="FunctionArn",
    fields={"memory_size": "MemorySize"},
    relations=_RELATIONS,
    last_use=LastUse(
        metrics=(UseMetric("AWS/Lambda", "Invocations", {"FunctionName": "{FunctionName}"}),)
    ),
    never_delete=(
        NeverDelete(
            "MasterArn",
            "it is a replica of a Lambda@Edge function, which CloudFront removes",
            "lambda:FunctionConfiguration",
        ),
    ),
    fingerprint=("FunctionArn", "CodeSha256", "LastModified", "Role"),
    delete=Delete(
        Call("lambda", "delete_function", FunctionName="{id}"),
        gone=("ResourceNotFoundException",),
        # InvalidParameterValueException: CloudFront has not yet removed a replica at the edge.
        blocked=("ResourceConflictException", "InvalidParameterValueException"),
        note="All versions and aliases go; interfaces in a VPC linger for up to 40 minutes.",
    ),
)
