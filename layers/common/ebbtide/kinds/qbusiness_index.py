"""Amazon Q Business: indexes, their data sources, and the documents in them."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_HOOK: Decision = {"strength": "needed", "why": "synchronizations would fail at the hook"}

_TAGS = Detail(
    Call("qbusiness", "list_tags_for_resource", "tags[]", resourceARN="{arn}"), into="tags"
)
_ARN = "arn:{partition}:qbusiness:{region}:{account}:application/{applicationId}/index/{indexId}"
_FROM_INDEX = {"applicationId": "applicationId", "indexId": "indexId"}
_INDEX_ID = "join('/', [applicationId, indexId])"
_SOURCE_ID = "join('/', [applicationId, indexId, dataSourceId])"

INDICE = Kind(
    name="aws_q_business_indice",
    each="aws_q_business_application",
    list=Call("qbusiness", "list_indices", "indices[]", applicationId="{id}"),
    inherit={"applicationId": "applicationId"},
    id_parts=r"(?P<applicationId>[^/]+)/[^/]+",
    get=Call("qbusiness", "list_indices", "indices[]", applicationId="{applicationId}"),
    details=(_TAGS,),
    id=_INDEX_ID,
    label="displayName",
    arn=_ARN,
    tags="tags",
    created="createdAt",
    relations=(
        Relation(
            "applicationId",
            "aws_q_business_application",
            reverse=True,
            deleted_before=True,
            part="data",
        ),
    ),
    fingerprint=("indexId", "createdAt", "status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("qbusiness", "delete_index", applicationId="{applicationId}", indexId="{indexId}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        usual=1800,
        note="Uploaded documents are lost; documents from data sources stay in the source.",
    ),
)

_HOOKS = (
    "documentEnrichmentConfiguration.[preExtractionHookConfiguration,"
    " postExtractionHookConfiguration][]"
)
_SOURCE_RELATIONS = (
    Relation(
        "applicationId",
        "aws_q_business_application",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation(_INDEX_ID, "aws_q_business_indice", reverse=True, deleted_before=True, part="plain"),
    Relation(
        f"[[roleArn], {_HOOKS}.roleArn][]",
        "aws_iam_role",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation("vpcConfiguration.subnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "vpcConfiguration.securityGroupIds",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_HOOKS}.lambdaArn", "aws_lambda_function", pattern=r":function:([^:]+)", **_NO_HOOK
    ),
    Relation(f"{_HOOKS}.s3BucketName", "aws_s3_bucket", **_NO_HOOK),
)
_SOURCE_DETAILS = (
    Detail(
        Call(
            "qbusiness",
            "get_data_source",
            applicationId="{applicationId}",
            indexId="{indexId}",
            dataSourceId="{dataSourceId}",
        ),
        describes=True,
    ),
    _TAGS,
)
_SOURCES = Call(
    "qbusiness",
    "list_data_sources",
    "dataSources[]",
    applicationId="{applicationId}",
    indexId="{indexId}",
)

DATA_SOURCE = Kind(
    name="aws_q_business_data_source",
    each="aws_q_business_indice",
    list=_SOURCES,
    inherit=_FROM_INDEX,
    id_parts=r"(?P<applicationId>[^/]+)/(?P<indexId>[^/]+)/[^/]+",
    get=_SOURCES,
    details=_SOURCE_DETAILS,
    id=_SOURCE_ID,
    label="displayName",
    arn=f"{_ARN}/data-source/{{dataSourceId}}",
    tags="tags",
    created="createdAt",
    relations=_SOURCE_RELATIONS,
    fingerprint=("dataSourceId", "createdAt", "status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call(
            "qbusiness",
            "delete_data_source",
            applicationId="{applicationId}",
            indexId="{indexId}",
            dataSourceId="{dataSourceId}",
        ),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        usual=1800,
        note="Its documents are removed from the index; the original data is not touched.",
    ),
)

DATA_SOURCE_SYNC_JOB = Kind(
    name="aws_q_business_data_source_sync_job",
    each="aws_q_business_data_source",
    optional="there is one per synchronization of a data source: history that only grows",
    list=Call(
        "qbusiness",
        "list_data_source_sync_jobs",
        "history[]",
        applicationId="{applicationId}",
        indexId="{indexId}",
        dataSourceId="{dataSourceId}",
    ),
    inherit={**_FROM_INDEX, "dataSourceId": "dataSourceId"},
    id="join('/', [applicationId, indexId, dataSourceId, executionId])",
    label="executionId",
    tags=None,
    created="startTime",
    relations=(
        Relation(
            "applicationId",
            "aws_q_business_application",
            reverse=True,
            strength="history",
            why="it is the record of a synchronization",
        ),
        Relation(_SOURCE_ID, "aws_q_business_data_source", reverse=True, owned_by=True),
    ),
    volatile=("metrics",),
    undeletable="It is the record of a synchronization and is deleted with its data source.",
)

DOCUMENT = Kind(
    name="aws_q_business_document",
    each="aws_q_business_indice",
    optional="an index may hold hundreds of thousands of documents",
    list=Call(
        "qbusiness",
        "list_documents",
        "documentDetailList[]",
        applicationId="{applicationId}",
        indexId="{indexId}",
    ),
    inherit=_FROM_INDEX,
    id="join('/', [applicationId, indexId, documentId])",
    label="documentId",
    tags=None,
    created="createdAt",
    relations=(
        Relation(
            "applicationId",
            "aws_q_business_application",
            reverse=True,
            strength="origin",
            why="it is content of the application and goes with it",
        ),
        Relation(_INDEX_ID, "aws_q_business_indice", reverse=True, owned_by=True),
    ),
    undeletable="It is content: its data source would restore it, or somebody uploaded it.",
)
