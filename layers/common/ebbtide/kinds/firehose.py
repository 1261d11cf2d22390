"""Firehose delivery streams."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_NO_DELIVERY: Decision = {
    "strength": "needed",
    "why": "the records of the stream could not be delivered",
}

_STREAM = Call(
    "firehose",
    "describe_delivery_stream",
    "DeliveryStreamDescription",
    DeliveryStreamName="{DeliveryStreamName}",
)
_TAGS = Detail(
    Call(
        "firehose",
        "list_tags_for_delivery_stream",
        "Tags[]",
        DeliveryStreamName="{DeliveryStreamName}",
        Limit=50,
    ),
    into="Tags",
)

_SEARCH = "AmazonopensearchserviceDestinationDescription"
_VPC = f"Destinations[].{_SEARCH}.VpcConfigurationDescription"
_ROLES = (
    "Destinations[].[ExtendedS3DestinationDescription.RoleARN,"
    " RedshiftDestinationDescription.RoleARN, ElasticsearchDestinationDescription.RoleARN,"
    f" {_SEARCH}.RoleARN, SplunkDestinationDescription.S3DestinationDescription.RoleARN,"
    " HttpEndpointDestinationDescription.RoleARN, SnowflakeDestinationDescription.RoleARN,"
    " AmazonOpenSearchServerlessDestinationDescription.RoleARN,"
    " IcebergDestinationDescription.RoleARN][]"
)
_BUCKETS = (
    "Destinations[].[ExtendedS3DestinationDescription.BucketARN,"
    " ExtendedS3DestinationDescription.S3BackupDescription.BucketARN,"
    " RedshiftDestinationDescription.S3DestinationDescription.BucketARN,"
    " ElasticsearchDestinationDescription.S3DestinationDescription.BucketARN,"
    f" {_SEARCH}.S3DestinationDescription.BucketARN,"
    " SplunkDestinationDescription.S3DestinationDescription.BucketARN,"
    " HttpEndpointDestinationDescription.S3DestinationDescription.BucketARN,"
    " SnowflakeDestinationDescription.S3DestinationDescription.BucketARN,"
    " AmazonOpenSearchServerlessDestinationDescription.S3DestinationDescription.BucketARN,"
    " IcebergDestinationDescription.S3DestinationDescription.BucketARN][]"
)
_KEYS = (
    "Destinations[].ExtendedS3DestinationDescription"
    ".EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"
)
_SECRETS = (
    "Destinations[].[RedshiftDestinationDescription.SecretsManagerConfiguration.SecretARN,"
    " SplunkDestinationDescription.SecretsManagerConfiguration.SecretARN,"
    " HttpEndpointDestinationDescription.SecretsManagerConfiguration.SecretARN,"
    " SnowflakeDestinationDescription.SecretsManagerConfiguration.SecretARN][]"
)
_FUNCTIONS = (
    "Destinations[].ExtendedS3DestinationDescription.ProcessingConfiguration"
    ".Processors[].Parameters[] | [?ParameterName == 'LambdaArn'].ParameterValue"
)

_OTHER_SEARCH = (
    "[ElasticsearchDestinationDescription, AmazonOpenSearchServerlessDestinationDescription]"
)
_OTHER_VPC = f"Destinations[].{_OTHER_SEARCH}[].VpcConfigurationDescription"
_ALL = (
    "Destinations[].[ExtendedS3DestinationDescription, RedshiftDestinationDescription,"
    f" ElasticsearchDestinationDescription, {_SEARCH}, SplunkDestinationDescription,"
    " HttpEndpointDestinationDescription, SnowflakeDestinationDescription,"
    " AmazonOpenSearchServerlessDestinationDescription, IcebergDestinationDescription][]"
)
# The S3 destination of a destination keeps what could not be delivered; the backup everything.
_ALL_S3 = f"{_ALL}.[S3DestinationDescription, S3BackupDescription][]"

_RELATIONS = (
    Relation(
        "Source.KinesisStreamSourceDescription.KinesisStreamARN",
        "aws_kinesis_stream",
        by="arn",
        deleted_before=True,
    ),
    Relation("Source.MSKSourceDescription.MSKClusterARN", "aws_msk_cluster", deleted_before=True),
    Relation(
        "Source.[KinesisStreamSourceDescription.RoleARN,"
        " MSKSourceDescription.AuthenticationConfiguration.RoleARN]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(_ROLES, "aws_iam_role", by="arn", deleted_before=True),
    Relation(_BUCKETS, "aws_s3_bucket", by="arn", **_NO_DELIVERY),
    Relation(
        "DeliveryStreamEncryptionConfiguration.KeyARN", "aws_kms_key", by="arn", deleted_before=True
    ),
    Relation(_KEYS, "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        _FUNCTIONS,
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
    ),
    Relation(
        f"Destinations[].{_SEARCH}.DomainARN", "aws_opensearch_domain", by="arn", **_NO_DELIVERY
    ),
    Relation(
        "Destinations[].RedshiftDestinationDescription.ClusterJDBCURL",
        "aws_redshift_cluster",
        pattern=r"^jdbc:redshift://([^.]+)\.[^.]+\.[^.]+\.redshift\.",
        # The workgroup of Redshift Serverless, or a database of another maker.
        other=r"^jdbc:",
        **_NO_DELIVERY,
    ),
    Relation(_SECRETS, "aws_secretsmanager_secret", by="arn", deleted_before=True),
    Relation(
        "Destinations[].ExtendedS3DestinationDescription.CloudWatchLoggingOptions.LogGroupName",
        "aws_cloudwatch_log_group",
        strength="needed",
        why="delivery errors would not be logged",
    ),
    Relation(f"{_VPC}.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(f"{_VPC}.SubnetIds[]", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"{_VPC}.SecurityGroupIds[]", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation(f"{_ALL_S3}.RoleARN", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        f"{_ALL_S3}.EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        f"{_ALL_S3}.BucketARN",
        "aws_s3_bucket",
        by="arn",
        strength="needed",
        why="its records could not be delivered",
    ),
    Relation(f"{_OTHER_VPC}.VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(f"{_OTHER_VPC}.SubnetIds[]", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"{_OTHER_VPC}.SecurityGroupIds[]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"[Destinations[].{_SEARCH}.VpcConfigurationDescription.RoleARN, {_OTHER_VPC}.RoleARN][]",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "Destinations[].ElasticsearchDestinationDescription.DomainARN",
        "aws_opensearch_domain",
        by="arn",
        strength="needed",
        why="its records could not be delivered",
    ),
    Relation(
        "Destinations[].AmazonOpenSearchServerlessDestinationDescription.CollectionEndpoint",
        "aws_opensearch_serverless_collection",
        pattern=r"^https://([a-z0-9]+)\.",
        strength="needed",
        why="its records could not be delivered",
    ),
    Relation(
        "Destinations[].ExtendedS3DestinationDescription.DataFormatConversionConfiguration"
        ".SchemaConfiguration.DatabaseName",
        "aws_glue_database",
        strength="needed",
        why="its records could not be converted",
    ),
    Relation(
        "Destinations[].ExtendedS3DestinationDescription.DataFormatConversionConfiguration"
        ".SchemaConfiguration.RoleARN",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        f"[{_ALL}, {_ALL_S3}][].CloudWatchLoggingOptions.LogGroupName",
        "aws_cloudwatch_log_group",
        strength="needed",
        why="its errors would not be logged",
    ),
)

# Streams that producers write to directly, and streams that read from a Kinesis stream.
_USE = LastUse(
    metrics=(
        UseMetric("AWS/Firehose", "IncomingRecords", {"DeliveryStreamName": "{id}"}),
        UseMetric(
            "AWS/Firehose", "DataReadFromKinesisStream.Records", {"DeliveryStreamName": "{id}"}
        ),
        UseMetric("AWS/Firehose", "DataReadFromSource.Records", {"DeliveryStreamName": "{id}"}),
    )
)

DELIVERY_STREAM = Kind(
    name="aws_firehose_delivery_stream",
    # The list has no tokens, and only ten names by default.
    list=Call(
        "firehose",
        "list_delivery_streams",
        "DeliveryStreamNames[].{DeliveryStreamName: @}",
        Limit=10000,
    ),
    get=Call(
        "firehose",
        "describe_delivery_stream",
        "DeliveryStreamDescription",
        DeliveryStreamName="{id}",
    ),
    details=(Detail(_STREAM, describes=True), _TAGS),
    get_details=(_TAGS,),
    id="DeliveryStreamName",
    label="DeliveryStreamName",
    arn="DeliveryStreamARN",
    created="CreateTimestamp",
    relations=_RELATIONS,
    last_use=_USE,
    fingerprint=("CreateTimestamp", "DeliveryStreamStatus", "VersionId"),
    sources={"usual": "firehose:DeleteDeliveryStream"},
    delete=Delete(
        Call("firehose", "delete_delivery_stream", DeliveryStreamName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException",),
        failed="DeliveryStreamStatus == 'DELETING_FAILED'",
        why="FailureDescription.Details",
        usual=300,
        note="Records not yet delivered may be lost.",
    ),
)
