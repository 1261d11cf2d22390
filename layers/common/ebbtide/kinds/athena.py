"""Athena's work groups, data catalogs and named queries.

Athena answers InvalidRequestException for a missing resource and for any other bad request. The
resources are therefore read again from lists, which leave out missing ones.
"""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# AWS creates this work group and this catalog in every region, and they cost nothing.
_OWN_GROUP = "Name != 'primary'"
_OWN_CATALOG = "CatalogName != 'AwsDataCatalog'"

_GROUP_DETAILS = (
    Detail(
        Call("athena", "get_work_group", "WorkGroup", WorkGroup="{Name}"),
        when=_OWN_GROUP,
        describes=True,
    ),
    Detail(
        Call("athena", "list_tags_for_resource", "Tags[]", ResourceARN="{arn}"),
        into="Tags",
        when=_OWN_GROUP,
    ),
)

_GROUP_KEYS = (
    "Configuration.[ResultConfiguration.EncryptionConfiguration.KmsKey,"
    " ManagedQueryResultsConfiguration.EncryptionConfiguration.KmsKey,"
    " CustomerContentEncryptionConfiguration.KmsKey]"
)

_GROUP_RELATIONS = (
    Relation(
        "Configuration.ResultConfiguration.OutputLocation",
        "aws_s3_bucket",
        pattern=r"^s3://([^/]+)",
        strength="needed",
        why="queries of the work group could not store their results",
    ),
    Relation(_GROUP_KEYS, "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("Configuration.ExecutionRole", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "Configuration.MonitoringConfiguration.[ManagedLoggingConfiguration,"
        " S3LoggingConfiguration][].KmsKey",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        "Configuration.MonitoringConfiguration.CloudWatchLoggingConfiguration.LogGroup",
        "aws_cloudwatch_log_group",
        strength="needed",
        why="its sessions would not be logged",
    ),
)

WORK_GROUP = Kind(
    name="aws_athena_work_group",
    list=Call("athena", "list_work_groups", "WorkGroups[]"),
    get=Call("athena", "list_work_groups", "WorkGroups[]"),
    details=_GROUP_DETAILS,
    id="Name",
    label="Name",
    arn="arn:{partition}:athena:{region}:{account}:workgroup/{id}",
    created="CreationTime",
    relations=_GROUP_RELATIONS,
    never_delete=(
        NeverDelete(
            "Name == 'primary'",
            "it is the region's default, which AWS does not delete",
            "athena:DeleteWorkGroup",
        ),
    ),
    fingerprint=("CreationTime", "State"),
    delete=Delete(
        Call("athena", "delete_work_group", WorkGroup="{id}"),
        blocked=(),
        refused=("InvalidRequestException",),
        # athena:DeleteWorkGroup has an option for it, RecursiveDeleteOption, and no condition key.
        note=(
            "AWS refuses while it has saved queries, notebooks or queries of the last 45 days. A"
            " job cannot ask to empty it: only an option of the deleting call removes the history,"
            " all at once, and IAM cannot tell a call with it from one without, so AllowEmptying"
            " could not forbid it."
        ),
    ),
)

_CATALOG_DETAILS = (
    Detail(
        Call("athena", "get_data_catalog", "DataCatalog", Name="{CatalogName}"),
        when=_OWN_CATALOG,
        describes=True,
    ),
    Detail(
        Call("athena", "list_tags_for_resource", "Tags[]", ResourceARN="{arn}"),
        into="Tags",
        when=_OWN_CATALOG,
    ),
)

DATA_CATALOG = Kind(
    name="aws_athena_data_catalog",
    list=Call("athena", "list_data_catalogs", "DataCatalogsSummary[]"),
    get=Call("athena", "list_data_catalogs", "DataCatalogsSummary[]"),
    details=_CATALOG_DETAILS,
    id="CatalogName",
    label="CatalogName",
    arn="arn:{partition}:athena:{region}:{account}:datacatalog/{id}",
    relations=(
        Relation(
            'Parameters.["metadata-function", "record-function", function]',
            "aws_lambda_function",
            by="arn",
            deleted_before=True,
            pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
        ),
    ),
    ended="Status == 'DELETE_COMPLETE'",
    never_delete=(
        NeverDelete(
            "CatalogName == 'AwsDataCatalog'", "it is the region's Glue catalog, AWS's default"
        ),
        NeverDelete(
            "Type == 'FEDERATED'",
            "Athena keeps a connection, a function and a stack for it, which would go with it",
            "athena:DataCatalog",
        ),
    ),
    fingerprint=("CatalogName", "Type", "Parameters"),
    delete=Delete(
        Call("athena", "delete_data_catalog", Name="{id}"),
        blocked=(),
        refused=("InvalidRequestException",),
        failed="Status == 'DELETE_FAILED'",
        why="Error",
        note="Only the catalog in Athena goes; the data and the functions that read it stay.",
    ),
)

_NAMED_QUERY_RELATIONS = (
    Relation(
        "WorkGroup",
        "aws_athena_work_group",
        reverse=True,
        deleted_before=True,
        part="plain",
        source="athena:DeleteWorkGroup",
    ),
    Relation(
        "Database",
        "aws_glue_database",
        strength="watches",
        why="it is the saved text of a query, which anybody can run elsewhere",
    ),
)

_MISSING = "UnprocessedNamedQueryIds[?contains(ErrorMessage || '', 'does not exist')].NamedQueryId"

_QUERY_DETAILS = (
    Detail(
        Call(
            "athena",
            "batch_get_named_query",
            "NamedQueries[]",
            NamedQueryIds=["{NamedQueryId}"],
        ),
        batch=50,
        match=("NamedQueryId", "NamedQueryId"),
        describes=True,
        missing=_MISSING,
        refused="UnprocessedNamedQueryIds[].[NamedQueryId, ErrorMessage]",
    ),
)

NAMED_QUERY = Kind(
    name="aws_athena_named_query",
    each="aws_athena_work_group",
    list=Call(
        "athena", "list_named_queries", "NamedQueryIds[].{NamedQueryId: @}", WorkGroup="{Name}"
    ),
    get=Call("athena", "get_named_query", "NamedQuery", NamedQueryId="{id}"),
    # Answered, but documented nowhere: named_query.go of the Terraform provider.
    gone=("InvalidRequestException: does not exist",),
    details=_QUERY_DETAILS,
    get_details=(),
    id="NamedQueryId",
    label="Name",
    tags=None,
    relations=_NAMED_QUERY_RELATIONS,
    fingerprint=("Name", "WorkGroup", "Database", "QueryString"),
    delete=Delete(
        Call("athena", "delete_named_query", NamedQueryId="{id}"),
        blocked=(),
        refused=("InvalidRequestException",),
        note="The restore description keeps its text.",
    ),
)
