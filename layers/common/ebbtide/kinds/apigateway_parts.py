"""The resources of REST APIs, with their methods and integrations, and their authorizers."""

from __future__ import annotations

from ebbtide.kinds.apigateway import DELETE, FUNCTION_ARN, GET, PART_OF_API
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# {id} joins the API's id and the resource's own id, which therefore needs another name.
_RESOURCES = "items[].merge(@, {resourceId: id})"
_AUTHORIZERS = "items[].merge(@, {authorizerId: id})"

_METHODS = "values(resourceMethods || `{}`)[]"

_RESOURCE_RELATIONS = (
    PART_OF_API,
    Relation(
        "parentId && join('/', [restApiId, parentId])",
        "aws_apigateway_resource",
        reverse=True,
        owned_by=True,
    ),
    Relation(
        f"{_METHODS}.authorizerId",
        "aws_apigateway_authorizer",
        by="authorizer",
        deleted_before=True,
    ),
    Relation(
        f"{_METHODS}.methodIntegration.uri",
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=FUNCTION_ARN,
    ),
    Relation(
        f"{_METHODS}.methodIntegration.credentials",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:iam::\d+:role/.+)$",
    ),
    # The connection may also be a stage variable or a VPC link to a network load balancer.
    Relation(
        f"{_METHODS}.methodIntegration.connectionId",
        "aws_apigatewayv2_vpc_link",
        deleted_before=True,
        pattern=r"^(\w+)$",
    ),
    Relation(
        f"{_METHODS}.methodIntegration.integrationTarget",
        "aws_alb",
        by="arn",
        strength="needed",
        why="calls of the method would fail",
    ),
)

_RESOURCE_DELETE = Delete(
    Call(
        "apigateway",
        "delete_resource",
        action=DELETE,
        restApiId="{restApiId}",
        resourceId="{resourceId}",
    ),
    gone=("NotFoundException",),
    blocked=("ConflictException",),
    refused=("BadRequestException",),
    note="Everything below its path goes with it; stages serve it until they are redeployed.",
)

RESOURCE = Kind(
    name="aws_apigateway_resource",
    each="aws_apigateway_rest_api",
    list=Call(
        "apigateway",
        "get_resources",
        _RESOURCES,
        action=GET,
        restApiId="{id}",
        embed=["methods"],
        limit=500,
    ),
    inherit={"restApiId": "id"},
    id="join('/', [restApiId, resourceId])",
    id_parts=r"(?P<restApiId>[^/]+)/.+",
    get=Call(
        "apigateway",
        "get_resources",
        _RESOURCES,
        action=GET,
        restApiId="{restApiId}",
        embed=["methods"],
        limit=500,
    ),
    label="path",
    arn="arn:{partition}:apigateway:{region}::/restapis/{restApiId}/resources/{resourceId}",
    tags=None,
    relations=_RESOURCE_RELATIONS,
    never_delete=(NeverDelete("path == '/'", "it is the root of its API"),),
    fingerprint=("path", "resourceMethods"),
    delete=_RESOURCE_DELETE,
)

_AUTHORIZER_RELATIONS = (
    PART_OF_API,
    Relation(
        "authorizerUri", "aws_lambda_function", by="arn", deleted_before=True, pattern=FUNCTION_ARN
    ),
    Relation("authorizerCredentials", "aws_iam_role", by="arn", deleted_before=True),
    Relation("providerARNs[]", "aws_cognito_user_pool", by="arn", deleted_before=True),
)

_AUTHORIZER_DELETE = Delete(
    Call(
        "apigateway",
        "delete_authorizer",
        action=DELETE,
        restApiId="{restApiId}",
        authorizerId="{authorizerId}",
    ),
    gone=("NotFoundException",),
    # A method still uses the authorizer.
    blocked=("ConflictException", "BadRequestException"),
    refused=(),
)

AUTHORIZER = Kind(
    name="aws_apigateway_authorizer",
    each="aws_apigateway_rest_api",
    list=Call(
        "apigateway", "get_authorizers", _AUTHORIZERS, action=GET, restApiId="{id}", limit=500
    ),
    inherit={"restApiId": "id"},
    id="join('/', [restApiId, authorizerId])",
    id_parts=r"(?P<restApiId>[^/]+)/.+",
    get=Call(
        "apigateway",
        "get_authorizers",
        _AUTHORIZERS,
        action=GET,
        restApiId="{restApiId}",
        limit=500,
    ),
    label="name",
    arn="arn:{partition}:apigateway:{region}::/restapis/{restApiId}/authorizers/{authorizerId}",
    tags=None,
    relations=_AUTHORIZER_RELATIONS,
    aliases={"authorizer": "authorizer_id"},
    fingerprint=("name", "type"),
    delete=_AUTHORIZER_DELETE,
)
