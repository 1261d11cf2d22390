"""CloudFront distributions, functions and real-time log configurations."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Decision, Kind, Relation

_NO_ORIGIN: Decision = {"strength": "needed", "why": "requests to the origin would fail"}

_DISTRIBUTION_TAGS = Detail(
    Call("cloudfront", "list_tags_for_resource", "Tags.Items[]", Resource="{ARN}"), into="Tags"
)

_BEHAVIORS = "[DefaultCacheBehavior, CacheBehaviors.Items[]][]"

_ORIGINS = (
    Relation(
        "Origins.Items[].DomainName",
        "aws_s3_bucket",
        pattern=r"^(.+?)\.s3(?:-website)?[.-](?:[a-z0-9-]+\.)?amazonaws\.com",
        **_NO_ORIGIN,
    ),
    Relation(
        "Origins.Items[].DomainName",
        "aws_alb",
        by="dns",
        pattern=r"^(.+\.elb\.(?:.+\.)?amazonaws.+)$",
        **_NO_ORIGIN,
    ),
    Relation(
        "Origins.Items[].DomainName",
        "aws_elb",
        by="dns",
        pattern=r"^(.+\.elb\.(?:.+\.)?amazonaws.+)$",
        **_NO_ORIGIN,
    ),
    Relation(
        "Origins.Items[].DomainName",
        "aws_apigateway_rest_api",
        pattern=r"^([a-z0-9]+)\.execute-api\.",
        **_NO_ORIGIN,
    ),
    Relation(
        "Origins.Items[].DomainName",
        "aws_apigatewayv2_api",
        pattern=r"^([a-z0-9]+)\.execute-api\.",
        **_NO_ORIGIN,
    ),
)

# CloudFront refuses to delete anything that a distribution uses.
_DISTRIBUTION_RELATIONS = (
    *_ORIGINS,
    Relation(
        "Origins.Items[].OriginAccessControlId",
        "aws_cloudfront_origin_access_control",
        deleted_before=True,
    ),
    Relation(f"{_BEHAVIORS}.CachePolicyId", "aws_cloudfront_cache_policy", deleted_before=True),
    Relation(
        f"{_BEHAVIORS}.ResponseHeadersPolicyId",
        "aws_cloudfront_response_headers_policy",
        deleted_before=True,
    ),
    Relation(
        f"{_BEHAVIORS}.FieldLevelEncryptionId",
        "aws_cloudfront_field_level_encryption_config",
        deleted_before=True,
    ),
    Relation(
        f"{_BEHAVIORS}.RealtimeLogConfigArn",
        "aws_cloudfront_realtime_log_config",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        f"{_BEHAVIORS}.FunctionAssociations.Items[].FunctionARN",
        "aws_cloudfront_function",
        by="arn",
        deleted_before=True,
    ),
    # The association names a version of the Lambda function.
    Relation(
        f"{_BEHAVIORS}.LambdaFunctionAssociations.Items[].LambdaFunctionARN",
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
    ),
    Relation(
        "ViewerCertificate.ACMCertificateArn", "aws_acm_certificate", by="arn", deleted_before=True
    ),
    Relation(
        "ViewerCertificate.IAMCertificateId", "aws_iam_server_certificate", deleted_before=True
    ),
    # A web ACL of WAF Classic is named by its bare id.
    Relation(
        "WebACLId",
        "aws_waf_web_acl",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:.+:wafv2:.+)$",
        # The id of a web ACL of AWS WAF Classic.
        other=r"^[0-9a-f]{8}-[0-9a-f-]{27}$",
    ),
    Relation(
        "Origins.Items[].DomainName",
        "aws_apigateway_domain_name",
        strength="needed",
        why="it could not reach its origin",
    ),
    Relation(
        "Origins.Items[].CustomOriginConfig.OriginMtlsConfig.ClientCertificateArn",
        "aws_acm_certificate",
        by="arn",
        deleted_before=True,
    ),
)

# CloudFront wants the whole configuration back, and deletes only what is disabled everywhere.
_DISABLE = Prepare(
    Call(
        "cloudfront",
        "update_distribution",
        Id="{id}",
        IfMatch="{ETag}",
        DistributionConfig="{merge(DistributionConfig, {Enabled: `false`})}",
    ),
    when="Enabled",
    # It needs the ETag of the distribution as it is then.
    undo=Call(
        "cloudfront",
        "update_distribution",
        Id="{id}",
        DistributionConfig="{DistributionConfig}",
    ),
    until="!Enabled && Status == 'Deployed'",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html",
)

DISTRIBUTION = Kind(
    name="aws_cloudfront_distribution",
    scope="global",
    list=Call("cloudfront", "list_distributions", "DistributionList.Items[]"),
    get=Call(
        "cloudfront",
        "get_distribution",
        "merge(Distribution, Distribution.DistributionConfig, {ETag: ETag})",
        Id="{id}",
    ),
    details=(_DISTRIBUTION_TAGS,),
    id="Id",
    arn="ARN",
    relations=_DISTRIBUTION_RELATIONS,
    aliases={"dns": "domain_name"},
    fingerprint=("ARN", "Enabled", "LastModifiedTime", "Status"),
    settles=("Enabled", "LastModifiedTime", "Status"),
    sources={"settles": "cloudfront:UpdateDistribution", "usual": "ours"},
    delete=Delete(
        Call("cloudfront", "delete_distribution", Id="{id}", IfMatch="{ETag}"),
        prepare=(_DISABLE,),
        gone=("NoSuchDistribution",),
        # DistributionNotDisabled: the distribution is not yet disabled at all edge locations.
        blocked=("DistributionNotDisabled", "ResourceInUse", "PreconditionFailed"),
        refused=(),
        usual=600,
        note="It is disabled first; its domain name cannot be recovered.",
    ),
)

STREAMING_DISTRIBUTION = Kind(
    name="aws_cloudfront_streaming_distribution",
    scope="global",
    list=Call("cloudfront", "list_streaming_distributions", "StreamingDistributionList.Items[]"),
    details=(_DISTRIBUTION_TAGS,),
    id="Id",
    arn="ARN",
    relations=(
        Relation(
            "S3Origin.DomainName",
            "aws_s3_bucket",
            pattern=r"^(.+?)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com",
            strength="history",
            why="streaming by RTMP ended in 2020",
        ),
    ),
    aliases={"dns": "domain_name"},
    undeletable="AWS ended RTMP streaming in 2020; this distribution serves nothing.",
)

# Every function has a DEVELOPMENT stage; only published functions also have a LIVE stage.
_FUNCTION = Call(
    "cloudfront",
    "describe_function",
    "merge(FunctionSummary, {ETag: ETag})",
    Name="{id}",
    Stage="DEVELOPMENT",
)

FUNCTION = Kind(
    name="aws_cloudfront_function",
    bases=("serverless_function",),
    scope="global",
    list=Call("cloudfront", "list_functions", "FunctionList.Items[]", Stage="DEVELOPMENT"),
    get=_FUNCTION,
    details=(
        Detail(
            Call(
                "cloudfront",
                "list_tags_for_resource",
                "Tags.Items[]",
                Resource="{FunctionMetadata.FunctionARN}",
            ),
            into="Tags",
        ),
    ),
    id="Name",
    label="Name",
    arn="FunctionMetadata.FunctionARN",
    created="FunctionMetadata.CreatedTime",
    fields={"memory_size": "`null`"},
    fingerprint=("FunctionConfig", "FunctionMetadata"),
    delete=Delete(
        Call("cloudfront", "delete_function", Name="{id}", IfMatch="{ETag}"),
        gone=("NoSuchFunctionExists",),
        blocked=("FunctionInUse", "PreconditionFailed"),
        refused=(),
        note="Its code is lost in both stages.",
    ),
)

REALTIME_LOG_CONFIG = Kind(
    name="aws_cloudfront_realtime_log_config",
    scope="global",
    list=Call("cloudfront", "list_realtime_log_configs", "RealtimeLogConfigs.Items[]"),
    get=Call("cloudfront", "get_realtime_log_config", "RealtimeLogConfig", ARN="{arn}"),
    id="Name",
    label="Name",
    arn="ARN",
    tags=None,
    relations=(
        Relation(
            "EndPoints[].KinesisStreamConfig.StreamARN",
            "aws_kinesis_stream",
            by="arn",
            strength="needed",
            why="the log records of its distributions would be lost",
        ),
        Relation(
            "EndPoints[].KinesisStreamConfig.RoleARN", "aws_iam_role", by="arn", deleted_before=True
        ),
    ),
    fingerprint=("ARN", "EndPoints", "Fields"),
    delete=Delete(
        Call("cloudfront", "delete_realtime_log_config", ARN="{arn}"),
        gone=("NoSuchRealtimeLogConfig",),
        blocked=("RealtimeLogConfigInUse",),
        refused=(),
    ),
)
