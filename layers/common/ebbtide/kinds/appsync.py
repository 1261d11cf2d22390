"""GraphQL APIs of AppSync."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_SOURCE: Decision = {
    "strength": "needed",
    "why": "fields that the data source resolves would fail",
}

_SOURCES = Detail(
    Call("appsync", "list_data_sources", "dataSources[]", apiId="{apiId}"), into="dataSources"
)

# All ways to authorize calls of the API: the default one and the additional ones.
_ENTRANCES = "[@, additionalAuthenticationProviders[]][]"

_RELATIONS = (
    Relation(
        "[logConfig.cloudWatchLogsRoleArn, mergedApiExecutionRoleArn,"
        " dataSources[].serviceRoleArn][]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        f"{_ENTRANCES}.userPoolConfig.userPoolId", "aws_cognito_user_pool", deleted_before=True
    ),
    Relation(
        f"[{_ENTRANCES}.lambdaAuthorizerConfig.authorizerUri,"
        " dataSources[].lambdaConfig.lambdaFunctionArn][]",
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
    ),
    Relation("wafWebAclArn", "aws_waf_web_acl", by="arn", reverse=True, deleted_before=True),
    Relation("dataSources[].dynamodbConfig.tableName", "aws_dynamodb_table", **_NO_SOURCE),
    Relation(
        "dataSources[].eventBridgeConfig.eventBusArn",
        "aws_eventbridge_event_bus",
        by="arn",
        **_NO_SOURCE,
    ),
    Relation(
        "dataSources[].relationalDatabaseConfig.rdsHttpEndpointConfig.dbClusterIdentifier",
        "aws_rds_cluster",
        pattern=r"([^:]+)$",
        **_NO_SOURCE,
    ),
    Relation(
        "dataSources[].relationalDatabaseConfig.rdsHttpEndpointConfig.awsSecretStoreArn",
        "aws_secretsmanager_secret",
        **_NO_SOURCE,
    ),
)

GRAPHQL_API = Kind(
    name="aws_appsync_graphql_api",
    list=Call("appsync", "list_graphql_apis", "graphqlApis[]"),
    get=Call("appsync", "get_graphql_api", "graphqlApi", apiId="{id}"),
    details=(_SOURCES,),
    id="apiId",
    label="name",
    arn="arn",
    tags="tags",
    relations=_RELATIONS,
    never_delete=(
        NeverDelete(
            "owner && owner != account", "it belongs to another account", "appsync:GraphqlApi"
        ),
    ),
    fingerprint=("arn", "authenticationType", "name"),
    delete=Delete(
        Call("appsync", "delete_graphql_api", apiId="{id}"),
        gone=("NotFoundException",),
        blocked=("ConcurrentModificationException",),
        refused=("BadRequestException",),
        note="Its schema, resolvers, keys and cache go with it; its URL is lost for good.",
    ),
)
