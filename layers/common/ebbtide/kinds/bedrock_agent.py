"""Agents for Bedrock, their knowledge bases and prompts."""

from __future__ import annotations

from ebbtide.kinds.bedrock import OF_AWS
from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_PROMPT: Decision = {"strength": "needed", "why": "the prompt could not run"}

_TAGS = Detail(
    Call("bedrock-agent", "list_tags_for_resource", "tags", resourceArn="{arn}"), into="tags"
)

# A model is named by id, by ARN, or by an inference profile for a group of regions: eu.amazon.nova.
_FOUNDATION = r"^(?:arn:[^/]+/)?(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?([a-z0-9]+\.[^/]+)$"
_CUSTOM_ARN = r"^(arn:[^:]+:bedrock:.+:custom-model/.+)$"
_THROUGHPUT_ARN = r"^(arn:[^:]+:bedrock:.+:provisioned-model/.+)$"
_AGENT_OF_ALIAS = r":agent-alias/([^/]+)/"
_LAST_PART = r"([^/]+)$"
_FUNCTION = r":function:([^:]+)"

_AGENT_DETAILS = (
    _TAGS,
    Detail(
        Call(
            "bedrock-agent",
            "list_agent_knowledge_bases",
            "agentKnowledgeBaseSummaries[]",
            agentId="{id}",
            agentVersion="DRAFT",
        ),
        into="knowledgeBases",
    ),
    Detail(
        Call(
            "bedrock-agent",
            "list_agent_collaborators",
            "agentCollaboratorSummaries[]",
            agentId="{id}",
            agentVersion="DRAFT",
        ),
        into="collaborators",
        when="agentCollaboration && agentCollaboration != 'DISABLED'",
    ),
)

_AGENT_RELATIONS = (
    Relation("agentResourceRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation("customerEncryptionKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        "foundationModel",
        "aws_bedrock_foundation_model",
        reverse=True,
        pattern=_FOUNDATION,
        **OF_AWS,
    ),
    Relation(
        "foundationModel",
        "aws_bedrock_custom_model",
        reverse=True,
        deleted_before=True,
        pattern=_CUSTOM_ARN,
    ),
    Relation(
        "foundationModel",
        "aws_bedrock_provisioned_model_throughput",
        reverse=True,
        deleted_before=True,
        pattern=_THROUGHPUT_ARN,
    ),
    Relation(
        "guardrailConfiguration.guardrailIdentifier",
        "aws_bedrock_guardrail",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(
        "knowledgeBases[].knowledgeBaseId",
        "aws_bedrock_agent_knowledge_base",
        deleted_before=True,
    ),
    Relation(
        "collaborators[].agentDescriptor.aliasArn",
        "aws_bedrock_agent",
        deleted_before=True,
        pattern=_AGENT_OF_ALIAS,
    ),
    Relation(
        "[promptOverrideConfiguration.overrideLambda, customOrchestration.executor.lambda]",
        "aws_lambda_function",
        pattern=_FUNCTION,
        strength="needed",
        why="the agent could not run its steps",
    ),
)

AGENT = Kind(
    name="aws_bedrock_agent",
    list=Call("bedrock-agent", "list_agents", "agentSummaries[]"),
    get=Call("bedrock-agent", "get_agent", "agent", agentId="{id}"),
    details=(
        Detail(Call("bedrock-agent", "get_agent", "agent", agentId="{id}"), describes=True),
        *_AGENT_DETAILS,
    ),
    get_details=_AGENT_DETAILS,
    id="agentId",
    label="agentName",
    arn="arn:{partition}:bedrock:{region}:{account}:agent/{id}",
    tags="tags",
    created="createdAt",
    relations=_AGENT_RELATIONS,
    fingerprint=("agentArn", "createdAt", "agentStatus"),
    sources={"failed": "bedrock-agent:Agent", "usual": "ours"},
    delete=Delete(
        Call("bedrock-agent", "delete_agent", agentId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        failed="agentStatus == 'FAILED'",
        why="failureReasons",
        usual=120,
        note="Its versions and action groups go with it. AWS refuses while an alias is in use.",
    ),
)

_STORAGE = "storageConfiguration"
_SQL = "knowledgeBaseConfiguration.sqlKnowledgeBaseConfiguration.redshiftConfiguration"
_EMBEDDING = (
    "knowledgeBaseConfiguration.[vectorKnowledgeBaseConfiguration,"
    " managedKnowledgeBaseConfiguration][]"
)

# The deletion removes the vectors from the store with this role, so both must still exist.
_KNOWLEDGE_BASE_RELATIONS = (
    Relation("roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(
        f"{_STORAGE}.rdsConfiguration.resourceArn",
        "aws_rds_cluster",
        deleted_before=True,
        pattern=r":cluster:(.+)$",
    ),
    Relation(
        f"{_STORAGE}.rdsConfiguration.resourceArn",
        "aws_rds_instance",
        deleted_before=True,
        pattern=r":db:(.+)$",
    ),
    Relation(
        f"{_STORAGE}.opensearchServerlessConfiguration.collectionArn",
        "aws_opensearch_serverless_collection",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(
        f"{_STORAGE}.opensearchManagedClusterConfiguration.domainArn",
        "aws_opensearch_domain",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        f"{_STORAGE}.[rdsConfiguration, pineconeConfiguration, redisEnterpriseCloudConfiguration,"
        " mongoDbAtlasConfiguration][].credentialsSecretArn",
        "aws_secretsmanager_secret",
        deleted_before=True,
    ),
    Relation(
        f"{_SQL}.queryEngineConfiguration.provisionedConfiguration.clusterIdentifier",
        "aws_redshift_cluster",
        deleted_before=True,
    ),
    Relation(
        f"{_EMBEDDING}.embeddingModelArn",
        "aws_bedrock_foundation_model",
        reverse=True,
        pattern=_FOUNDATION,
        **OF_AWS,
    ),
    Relation(
        f"{_EMBEDDING}.supplementalDataStorageConfiguration.storageLocations[].s3Location.uri",
        "aws_s3_bucket",
        pattern=r"^s3://([^/]+)",
        strength="needed",
        why="the knowledge base could not store what it extracts",
    ),
    Relation(
        "knowledgeBaseConfiguration.managedKnowledgeBaseConfiguration"
        ".serverSideEncryptionConfiguration.kmsKeyArn",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(
        f"{_SQL}.queryEngineConfiguration.[serverlessConfiguration, provisionedConfiguration][]"
        ".authConfiguration.usernamePasswordSecretArn",
        "aws_secretsmanager_secret",
        strength="needed",
        why="it could not query its database",
    ),
)

KNOWLEDGE_BASE = Kind(
    name="aws_bedrock_agent_knowledge_base",
    list=Call("bedrock-agent", "list_knowledge_bases", "knowledgeBaseSummaries[]"),
    get=Call("bedrock-agent", "get_knowledge_base", "knowledgeBase", knowledgeBaseId="{id}"),
    details=(
        Detail(
            Call("bedrock-agent", "get_knowledge_base", "knowledgeBase", knowledgeBaseId="{id}"),
            describes=True,
        ),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="knowledgeBaseId",
    label="name",
    arn="arn:{partition}:bedrock:{region}:{account}:knowledge-base/{id}",
    tags="tags",
    created="createdAt",
    relations=_KNOWLEDGE_BASE_RELATIONS,
    fingerprint=("knowledgeBaseArn", "createdAt", "status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("bedrock-agent", "delete_knowledge_base", knowledgeBaseId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        failed="status == 'DELETE_UNSUCCESSFUL'",
        why="failureReasons",
        usual=300,
        note="Its data sources go with it, and their vectors in the store; the store itself stays.",
    ),
)

_PROMPT_RELATIONS = (
    Relation("customerEncryptionKeyArn", "aws_kms_key", by="arn", deleted_before=True),
    Relation(
        "variants[].modelId",
        "aws_bedrock_foundation_model",
        reverse=True,
        pattern=_FOUNDATION,
        **OF_AWS,
    ),
    Relation("variants[].modelId", "aws_bedrock_custom_model", pattern=_CUSTOM_ARN, **_NO_PROMPT),
    Relation(
        "variants[].modelId",
        "aws_bedrock_provisioned_model_throughput",
        pattern=_THROUGHPUT_ARN,
        **_NO_PROMPT,
    ),
    Relation(
        "variants[].genAiResource.agent.agentIdentifier",
        "aws_bedrock_agent",
        pattern=_AGENT_OF_ALIAS,
        **_NO_PROMPT,
    ),
)

PROMPT = Kind(
    name="aws_bedrock_agent_prompt",
    list=Call("bedrock-agent", "list_prompts", "promptSummaries[]"),
    get=Call("bedrock-agent", "get_prompt", promptIdentifier="{id}"),
    details=(
        Detail(Call("bedrock-agent", "get_prompt", promptIdentifier="{id}"), describes=True),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="id",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    relations=_PROMPT_RELATIONS,
    fingerprint=("arn", "createdAt", "updatedAt"),
    delete=Delete(
        Call("bedrock-agent", "delete_prompt", promptIdentifier="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="All of its versions go with it.",
    ),
)
