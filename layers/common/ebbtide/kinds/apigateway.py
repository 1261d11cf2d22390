"""REST APIs of API Gateway, their stages and deployments, and custom domain names."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_ACCESS_LOG: Decision = {"strength": "needed", "why": "the stage could not write its access log"}

# The IAM action of every read is GET, whatever the operation is called.
GET, DELETE = "apigateway:GET", "apigateway:DELETE"

# The URI through which API Gateway calls a function contains the function's ARN.
FUNCTION_ARN = r"(arn:[^:]+:lambda:[^:]+:\d+:function:[^:/]+)"

PART_OF_API = Relation("restApiId", "aws_apigateway_rest_api", reverse=True, owned_by=True)

REST_API = Kind(
    name="aws_apigateway_rest_api",
    list=Call("apigateway", "get_rest_apis", "items[]", action=GET, limit=500),
    get=Call("apigateway", "get_rest_api", action=GET, restApiId="{id}"),
    id="id",
    label="name",
    arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
    tags="tags",
    created="createdDate",
    # A VPC endpoint may serve many APIs, so neither has to be deleted before the other.
    relations=(
        Relation(
            "endpointConfiguration.vpcEndpointIds[]",
            "aws_vpc_endpoint",
            strength="needed",
            why="callers could no longer reach the private API",
        ),
    ),
    fingerprint=("createdDate", "name"),
    delete=Delete(
        Call("apigateway", "delete_rest_api", action=DELETE, restApiId="{id}"),
        gone=("NotFoundException",),
        # BadRequestException: a custom domain name still maps to the API.
        blocked=("BadRequestException", "ConflictException"),
        refused=(),
        note="Its resources, stages and deployments go with it; AWS allows one call in 30 seconds.",
    ),
)

_STAGE_RELATIONS = (
    PART_OF_API,
    Relation(
        "deploymentId && join('/', [restApiId, deploymentId])",
        "aws_apigateway_deployment",
        reverse=True,
        deleted_before=True,
    ),
    Relation("webAclArn", "aws_waf_web_acl", by="arn", reverse=True, deleted_before=True),
    Relation(
        "accessLogSettings.destinationArn",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:.+?)(?::\*)?$",
        **_NO_ACCESS_LOG,
    ),
    Relation(
        "accessLogSettings.destinationArn",
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        **_NO_ACCESS_LOG,
    ),
)

STAGE = Kind(
    name="aws_apigateway_stage",
    each="aws_apigateway_rest_api",
    list=Call("apigateway", "get_stages", "item[]", action=GET, restApiId="{id}"),
    inherit={"restApiId": "id"},
    id="join('/', [restApiId, stageName])",
    id_parts=r"(?P<restApiId>[^/]+)/.+",
    get=Call("apigateway", "get_stage", action=GET, restApiId="{restApiId}", stageName="{name}"),
    label="stageName",
    arn="arn:{partition}:apigateway:{region}::/restapis/{restApiId}/stages/{stageName}",
    tags="tags",
    created="createdDate",
    relations=_STAGE_RELATIONS,
    volatile=("cacheClusterStatus",),
    fingerprint=("createdDate", "deploymentId", "lastUpdatedDate"),
    delete=Delete(
        Call(
            "apigateway",
            "delete_stage",
            action=DELETE,
            restApiId="{restApiId}",
            stageName="{stageName}",
        ),
        gone=("NotFoundException",),
        blocked=("BadRequestException", "ConflictException"),
        refused=(),
        note="Calls to its URL fail.",
    ),
)

# {id} joins the API's id and the resource's own id, which therefore needs another name.
_DEPLOYMENTS = "items[].merge(@, {deploymentId: id})"

DEPLOYMENT = Kind(
    name="aws_apigateway_deployment",
    each="aws_apigateway_rest_api",
    list=Call(
        "apigateway", "get_deployments", _DEPLOYMENTS, action=GET, restApiId="{id}", limit=500
    ),
    inherit={"restApiId": "id"},
    id="join('/', [restApiId, deploymentId])",
    id_parts=r"(?P<restApiId>[^/]+)/.+",
    get=Call(
        "apigateway",
        "get_deployments",
        _DEPLOYMENTS,
        action=GET,
        restApiId="{restApiId}",
        limit=500,
    ),
    arn="arn:{partition}:apigateway:{region}::/restapis/{restApiId}/deployments/{deploymentId}",
    tags=None,
    created="createdDate",
    relations=(PART_OF_API,),
    fingerprint=("createdDate",),
    delete=Delete(
        Call(
            "apigateway",
            "delete_deployment",
            action=DELETE,
            restApiId="{restApiId}",
            deploymentId="{deploymentId}",
        ),
        gone=("NotFoundException",),
        # BadRequestException: a stage still uses the deployment.
        blocked=("BadRequestException", "ConflictException"),
        refused=("LimitExceededException",),
    ),
)

_DOMAIN_RELATIONS = (
    Relation(
        "[certificateArn, regionalCertificateArn, ownershipVerificationCertificateArn][]",
        "aws_acm_certificate",
        by="arn",
        deleted_before=True,
    ),
    # AWS does not delete an API while a domain name maps to it.
    Relation("ApiMappings[].ApiId", "aws_apigateway_rest_api", deleted_before=True),
    Relation("ApiMappings[].ApiId", "aws_apigatewayv2_api", deleted_before=True),
    Relation(
        "endpointConfiguration.vpcEndpointIds[]",
        "aws_vpc_endpoint",
        strength="needed",
        why="callers could no longer reach the private domain name",
    ),
    Relation(
        "ApiMappings[].join('/', [ApiId, Stage])",
        "aws_apigateway_stage",
        strength="needed",
        why="its addresses would lead nowhere",
    ),
)

# This API also lists private domain names; only they have an id of their own.
DOMAIN_NAME = Kind(
    name="aws_apigateway_domain_name",
    list=Call("apigateway", "get_domain_names", "items[]", action=GET, limit=500),
    get=Call("apigateway", "get_domain_names", "items[]", action=GET, limit=500),
    details=(
        Detail(
            Call(
                "apigatewayv2", "get_api_mappings", "Items[]", action=GET, DomainName="{domainName}"
            ),
            into="ApiMappings",
            when="!domainNameId",
            absent=("NotFoundException",),
        ),
    ),
    id="domainNameId && join('+', [domainName, domainNameId]) || domainName",
    label="domainName",
    arn="arn:{partition}:apigateway:{region}:{domainNameId && account || ''}:/domainnames/{id}",
    tags="tags",
    relations=_DOMAIN_RELATIONS,
    aliases={"dns": "[regional_domain_name, distribution_domain_name][]"},
    fingerprint=("domainName", "domainNameStatus", "endpointConfiguration"),
    delete=Delete(
        Call(
            "apigateway",
            "delete_domain_name",
            action=DELETE,
            domainName="{domainName}",
            domainNameId="{domainNameId}",
        ),
        gone=("NotFoundException",),
        blocked=("ConflictException",),
        refused=("BadRequestException",),
        note="Its mappings to APIs go with it; DNS records that point to it stay.",
    ),
)
