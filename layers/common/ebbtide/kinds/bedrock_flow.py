"""Flows of Bedrock and their versions."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_NODE: Decision = {"strength": "needed", "why": "the flow would fail at the node that uses it"}

_TAGS = Detail(
    Call("bedrock-agent", "list_tags_for_resource", "tags", resourceArn="{arn}"), into="tags"
)
_NODES = "definition.nodes[].configuration"
_LAST_PART = r"([^/]+)$"

_USES = (
    Relation("executionRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation("customerEncryptionKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        f"{_NODES}.lambdaFunction.lambdaArn",
        "aws_lambda_function",
        pattern=r":function:([^:]+)",
        **_NO_NODE,
    ),
    Relation(f"{_NODES}.storage.serviceConfiguration.s3.bucketName", "aws_s3_bucket", **_NO_NODE),
    Relation(f"{_NODES}.retrieval.serviceConfiguration.s3.bucketName", "aws_s3_bucket", **_NO_NODE),
    Relation(
        f"{_NODES}.prompt.sourceConfiguration.resource.promptArn",
        "aws_bedrock_agent_prompt",
        deleted_before=True,
        pattern=r":prompt/([^:/]+)",
    ),
    Relation(
        f"{_NODES}.agent.agentAliasArn",
        "aws_bedrock_agent",
        deleted_before=True,
        pattern=r":agent-alias/([^/]+)/",
    ),
    Relation(
        f"{_NODES}.knowledgeBase.knowledgeBaseId",
        "aws_bedrock_agent_knowledge_base",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(
        f"{_NODES}.[prompt, knowledgeBase][].guardrailConfiguration.guardrailIdentifier",
        "aws_bedrock_guardrail",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
)

FLOW = Kind(
    name="aws_bedrock_agent_flow",
    list=Call("bedrock-agent", "list_flows", "flowSummaries[]"),
    get=Call("bedrock-agent", "get_flow", flowIdentifier="{id}"),
    details=(
        Detail(Call("bedrock-agent", "get_flow", flowIdentifier="{id}"), describes=True),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="id",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    relations=_USES,
    fingerprint=("arn", "createdAt", "updatedAt"),
    delete=Delete(
        Call("bedrock-agent", "delete_flow", flowIdentifier="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="AWS refuses while one of its aliases is in use.",
    ),
)

_VERSIONS = "flowVersionSummaries[?version != 'DRAFT'][]"

_VERSION_DETAILS = (
    Detail(
        Call(
            "bedrock-agent",
            "get_flow_version",
            flowIdentifier="{flowId}",
            flowVersion="{version}",
        ),
        describes=True,
    ),
)

FLOW_VERSION = Kind(
    name="aws_bedrock_agent_flow_version",
    each="aws_bedrock_agent_flow",
    list=Call("bedrock-agent", "list_flow_versions", _VERSIONS, flowIdentifier="{id}"),
    inherit={"flowId": "id"},
    id_parts=r"(?P<flowId>[^/]+)/[^/]+",
    get=Call("bedrock-agent", "list_flow_versions", _VERSIONS, flowIdentifier="{flowId}"),
    details=_VERSION_DETAILS,
    id="join('/', [flowId, version])",
    label="join(' ', [name || flowId, version])",
    # AWS returns the flow's ARN for each version, and only the flow has tags.
    tags=None,
    created="createdAt",
    relations=(
        Relation(
            "flowId", "aws_bedrock_agent_flow", reverse=True, deleted_before=True, part="plain"
        ),
        *_USES,
    ),
    fingerprint=("arn", "version", "createdAt"),
    delete=Delete(
        Call(
            "bedrock-agent",
            "delete_flow_version",
            flowIdentifier="{flowId}",
            flowVersion="{version}",
        ),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="AWS refuses while an alias points to it.",
    ),
)
