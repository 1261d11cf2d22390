"""OpenSearch and Elasticsearch domains, and OpenSearch Serverless collections."""

from __future__ import annotations

from ebbtide.kinds.ec2_types import IN_CATALOGUE
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_SIGN_IN: Decision = {"strength": "needed", "why": "nobody could sign in to the dashboards"}

_TAGS = Detail(Call("opensearch", "list_tags", "TagList[]", ARN="{ARN}"), into="TagList")
_DOMAIN_DETAILS = (
    Detail(
        Call("opensearch", "describe_domains", "DomainStatusList[]", DomainNames=["{DomainName}"]),
        batch=5,
        match=("DomainName", "DomainName"),
        describes=True,
    ),
    _TAGS,
)
_LOGS = (
    "LogPublishingOptions.[INDEX_SLOW_LOGS, SEARCH_SLOW_LOGS, ES_APPLICATION_LOGS, AUDIT_LOGS][]"
    ".CloudWatchLogsLogGroupArn"
)

_DOMAIN_RELATIONS = (
    Relation("VPCOptions.VPCId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("VPCOptions.SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "VPCOptions.SecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation(
        "ClusterConfig.InstanceType",
        "aws_ec2_instance_type",
        reverse=True,
        pattern=r"^(.+)\.(?:search|elasticsearch)$",
        **IN_CATALOGUE,
    ),
    Relation("CognitoOptions.UserPoolId", "aws_cognito_user_pool", **_NO_SIGN_IN),
    Relation("CognitoOptions.IdentityPoolId", "aws_cognito_identity_pool", **_NO_SIGN_IN),
    Relation("CognitoOptions.RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "EncryptionAtRestOptions.KmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID
    ),
    Relation(
        "DomainEndpointOptions.CustomEndpointCertificateArn",
        "aws_acm_certificate",
        deleted_before=True,
    ),
    Relation(
        _LOGS,
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:\d+:log-group:[^:]+)",
        strength="needed",
        why="the domain could not publish its logs",
    ),
)

DOMAIN = Kind(
    name="aws_opensearch_domain",
    list=Call("opensearch", "list_domain_names", "DomainNames[]"),
    get=Call("opensearch", "describe_domain", "DomainStatus", DomainName="{id}"),
    details=_DOMAIN_DETAILS,
    get_details=(_TAGS,),
    id="DomainName",
    label="DomainName",
    arn="ARN",
    tags="TagList",
    relations=_DOMAIN_RELATIONS,
    ended="Deleted",
    volatile=("AutoTuneOptions", "ChangeProgressDetails", "ServiceSoftwareOptions"),
    # The endpoint differs between two domains with the same name.
    fingerprint=("ARN", "Endpoint", "Endpoints", "DomainProcessingStatus"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("opensearch", "delete_domain", DomainName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=("ValidationException",),
        usual=1200,
        note="No snapshot is made, and automated snapshots are lost.",
    ),
)

_COLLECTION = "collectionDetails[]"
_COLLECTION_TAGS = Detail(
    Call("opensearchserverless", "list_tags_for_resource", "tags[]", resourceArn="{arn}"),
    into="tags",
)
_COLLECTION_DETAILS = (
    Detail(
        Call("opensearchserverless", "batch_get_collection", _COLLECTION, ids=["{id}"]),
        batch=100,
        match=("id", "id"),
        describes=True,
        missing="collectionErrorDetails[?errorCode == 'NOT_FOUND'].id",
        refused="collectionErrorDetails[].[id, errorMessage]",
    ),
    _COLLECTION_TAGS,
)

COLLECTION = Kind(
    name="aws_opensearch_serverless_collection",
    list=Call("opensearchserverless", "list_collections", "collectionSummaries[]"),
    get=Call("opensearchserverless", "batch_get_collection", _COLLECTION, ids=["{id}"]),
    get_failures="collectionErrorDetails[?errorCode != 'NOT_FOUND'].errorMessage",
    details=_COLLECTION_DETAILS,
    get_details=(_COLLECTION_TAGS,),
    id="id",
    label="name",
    arn="arn",
    tags="tags",
    created="createdDate",
    # "auto" stands for a key that AWS owns.
    relations=(Relation("kmsKeyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID),),
    never_delete=(
        NeverDelete(
            "deletionProtection == 'ENABLED'",
            "its deletion protection is on",
            "opensearchserverless:CollectionDetail",
            protects=True,
        ),
    ),
    fingerprint=("arn", "createdDate", "status"),
    sources={
        "failed": "https://docs.aws.amazon.com/sdk-for-kotlin/api/latest/opensearchserverless/aws.sdk.kotlin.services.opensearchserverless.model/-collection-status/-failed",
        "usual": "ours",
    },
    delete=Delete(
        Call("opensearchserverless", "delete_collection", id="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        refused=("ValidationException",),
        failed="status == 'FAILED'",
        why="failureMessage",
        usual=600,
        note="Its indexes are lost: AWS keeps the snapshots of a collection only while it exists.",
    ),
)
