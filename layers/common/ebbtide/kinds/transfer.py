"""Transfer Family servers."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_RELATIONS = (
    Relation("EndpointDetails.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("EndpointDetails.SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "EndpointDetails.SecurityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("EndpointDetails.AddressAllocationIds", "aws_ec2_elastic_ip", deleted_before=True),
    # The service creates the VPC endpoint itself; older servers use an existing one.
    Relation(
        "[@][?EndpointType == 'VPC'].EndpointDetails.VpcEndpointId", "aws_vpc_endpoint", owns=True
    ),
    Relation(
        "[@][?EndpointType == 'VPC_ENDPOINT'].EndpointDetails.VpcEndpointId",
        "aws_vpc_endpoint",
        deleted_before=True,
    ),
    Relation("Certificate", "aws_acm_certificate", deleted_before=True),
    Relation(
        "[LoggingRole, IdentityProviderDetails.InvocationRole,"
        " WorkflowDetails.OnUpload[].ExecutionRole,"
        " WorkflowDetails.OnPartialUpload[].ExecutionRole][]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "IdentityProviderDetails.Function",
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
    ),
    Relation(
        "IdentityProviderDetails.Url",
        "aws_apigateway_rest_api",
        deleted_before=True,
        pattern=r"^https://(\w+)\.execute-api\.",
    ),
    Relation(
        "StructuredLogDestinations",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:\d+:log-group:[^:]+)",
        strength="needed",
        why="the server could not write its log",
    ),
    Relation(
        "IdentityProviderDetails.DirectoryId",
        "aws_directory_service_directory",
        strength="needed",
        why="its users could not log in",
    ),
)

SERVER = Kind(
    name="aws_transfer_server",
    list=Call("transfer", "list_servers", "Servers[]"),
    get=Call("transfer", "describe_server", "Server", ServerId="{id}"),
    details=(
        Detail(
            Call("transfer", "describe_server", "Server", ServerId="{ServerId}"), describes=True
        ),
    ),
    get_details=(),
    id="ServerId",
    arn="Arn",
    relations=_RELATIONS,
    last_use=LastUse(
        metrics=(
            UseMetric("AWS/Transfer", "BytesIn", {"ServerId": "{id}"}),
            UseMetric("AWS/Transfer", "BytesOut", {"ServerId": "{id}"}),
        )
    ),
    fingerprint=("Arn", "State", "EndpointType", "IdentityProviderType"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("transfer", "delete_server", ServerId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ServiceUnavailableException",),
        refused=("InvalidRequestException",),
        usual=300,
        note="Its users, host keys and host name go with it; files stay.",
    ),
)
