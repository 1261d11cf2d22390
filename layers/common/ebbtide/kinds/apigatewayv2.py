"""HTTP and WebSocket APIs of API Gateway, their domain names and VPC links."""

from __future__ import annotations

from ebbtide.kinds.apigateway import DELETE, FUNCTION_ARN, GET
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_ROUTE: Decision = {
    "strength": "needed",
    "why": "calls of the routes that lead there would fail",
}

_API_DETAILS = (
    Detail(
        Call("apigatewayv2", "get_integrations", "Items[]", action=GET, ApiId="{ApiId}"),
        into="Integrations",
    ),
    Detail(
        Call("apigatewayv2", "get_authorizers", "Items[]", action=GET, ApiId="{ApiId}"),
        into="Authorizers",
    ),
)

_API_RELATIONS = (
    Relation(
        "[Integrations[].IntegrationUri, Authorizers[].AuthorizerUri][]",
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=FUNCTION_ARN,
    ),
    Relation(
        "[Integrations[].CredentialsArn, Authorizers[].AuthorizerCredentialsArn][]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:iam::\d+:role/.+)$",
    ),
    Relation("Integrations[].ConnectionId", "aws_apigatewayv2_vpc_link", deleted_before=True),
    # Through a VPC link the API calls a listener, whose ARN begins like its load balancer's.
    Relation(
        "Integrations[].IntegrationUri",
        "aws_alb",
        by="arn",
        pattern=r"^arn:[^:]+:elasticloadbalancing:.+:listener/(.+)/[^/]+$",
        value="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{1}",
        **_NO_ROUTE,
    ),
    Relation(
        "Integrations[].IntegrationUri",
        "aws_servicediscovery_service",
        by="arn",
        pattern=r"^(arn:[^:]+:servicediscovery:.+)$",
        **_NO_ROUTE,
    ),
    Relation(
        "Authorizers[].JwtConfiguration.Issuer",
        "aws_cognito_user_pool",
        deleted_before=True,
        pattern=r"//cognito-idp\.[^/]+/([^/]+)$",
    ),
)

API = Kind(
    name="aws_apigatewayv2_api",
    list=Call("apigatewayv2", "get_apis", "Items[]", action=GET),
    get=Call("apigatewayv2", "get_api", action=GET, ApiId="{id}"),
    details=_API_DETAILS,
    id="ApiId",
    label="Name",
    arn="arn:{partition}:apigateway:{region}::/apis/{id}",
    created="CreatedDate",
    relations=_API_RELATIONS,
    never_delete=(
        NeverDelete("ApiGatewayManaged", "an AWS service manages it", "apigatewayv2:Api"),
    ),
    fingerprint=("CreatedDate", "Name", "ProtocolType"),
    delete=Delete(
        Call("apigatewayv2", "delete_api", action=DELETE, ApiId="{id}"),
        gone=("NotFoundException",),
        # A custom domain name still maps to the API.
        blocked=("BadRequestException", "ConflictException"),
        refused=(),
        note="Its routes, integrations and stages go with it; its URL is lost for good.",
    ),
)

DOMAIN_NAME = Kind(
    name="aws_apigatewayv2_domain_name",
    list=Call("apigatewayv2", "get_domain_names", "Items[]", action=GET),
    id="DomainName",
    label="DomainName",
    arn="arn:{partition}:apigateway:{region}::/domainnames/{id}",
    relations=(
        Relation(
            "DomainNameConfigurations[].CertificateArn",
            "aws_acm_certificate",
            by="arn",
            deleted_before=True,
        ),
    ),
    optional="both API Gateway APIs list these domain names, and the other one has all of them",
    undeletable="Both API Gateway APIs list the same domain names; it is deleted as an"
    " aws_apigateway_domain_name.",
)

VPC_LINK = Kind(
    name="aws_apigatewayv2_vpc_link",
    list=Call("apigatewayv2", "get_vpc_links", "Items[]", action=GET),
    get=Call("apigatewayv2", "get_vpc_link", action=GET, VpcLinkId="{id}"),
    id="VpcLinkId",
    label="Name",
    arn="arn:{partition}:apigateway:{region}::/vpclinks/{id}",
    created="CreatedDate",
    relations=(
        Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True),
    ),
    fingerprint=("CreatedDate", "SubnetIds", "VpcLinkStatus"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("apigatewayv2", "delete_vpc_link", action=DELETE, VpcLinkId="{id}"),
        gone=("NotFoundException",),
        blocked=("BadRequestException", "ConflictException"),
        refused=(),
        usual=600,
        note="Takes a few minutes, until its interfaces are gone.",
    ),
)
