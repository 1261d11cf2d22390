"""Amazon Q Business: applications and their parts, except indexes."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_SIGN_IN: Decision = {"strength": "needed", "why": "users of the application could not sign in"}

_TAGS = Detail(
    Call("qbusiness", "list_tags_for_resource", "tags[]", resourceARN="{arn}"), into="tags"
)
_ARN = "arn:{partition}:qbusiness:{region}:{account}:application/"
_OF_APPLICATION = r"(?P<applicationId>[^/]+)/[^/]+"
_APPLICATION = Relation(
    "applicationId", "aws_q_business_application", reverse=True, deleted_before=True, part="plain"
)
_ROLE = Relation("roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True)

APPLICATION = Kind(
    name="aws_q_business_application",
    list=Call("qbusiness", "list_applications", "applications[]"),
    get=Call("qbusiness", "get_application", applicationId="{id}"),
    details=(
        Detail(
            Call("qbusiness", "get_application", applicationId="{applicationId}"), describes=True
        ),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="applicationId",
    label="displayName",
    arn=f"{_ARN}{{id}}",
    tags="tags",
    created="createdAt",
    relations=(
        _ROLE,
        Relation(
            "encryptionConfiguration.kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID
        ),
        Relation(
            "iamIdentityProviderArn",
            "aws_iam_saml_provider",
            pattern=r"^(arn:.+:saml-provider/.+)",
            **_NO_SIGN_IN,
        ),
        Relation(
            "iamIdentityProviderArn",
            "aws_iam_oidc_provider",
            pattern=r"^(arn:.+:oidc-provider/.+)",
            **_NO_SIGN_IN,
        ),
    ),
    fingerprint=("applicationArn", "createdAt", "status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("qbusiness", "delete_application", applicationId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        usual=600,
        note="Uploaded documents and all conversations are lost.",
    ),
)

_SECRETS = "authConfiguration.[basicAuthConfiguration, oAuth2ClientCredentialConfiguration][]"

_PLUGIN_RELATIONS = (
    _APPLICATION,
    Relation(
        f"[{_SECRETS}.roleArn, [authConfiguration.idcAuthConfiguration.roleArn]][]",
        "aws_iam_role",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation(f"{_SECRETS}.secretArn", "aws_secretsmanager_secret", deleted_before=True),
    Relation(
        "customPluginConfiguration.apiSchema.s3.bucket",
        "aws_s3_bucket",
        strength="needed",
        why="the plugin could not read its schema",
    ),
)

PLUGIN = Kind(
    name="aws_q_business_plugin",
    each="aws_q_business_application",
    list=Call("qbusiness", "list_plugins", "plugins[]", applicationId="{id}"),
    inherit={"applicationId": "applicationId"},
    id_parts=_OF_APPLICATION,
    get=Call("qbusiness", "list_plugins", "plugins[]", applicationId="{applicationId}"),
    details=(
        Detail(
            Call("qbusiness", "get_plugin", applicationId="{applicationId}", pluginId="{pluginId}"),
            describes=True,
        ),
        _TAGS,
    ),
    id="join('/', [applicationId, pluginId])",
    label="displayName",
    arn=f"{_ARN}{{applicationId}}/plugin/{{pluginId}}",
    tags="tags",
    created="createdAt",
    relations=_PLUGIN_RELATIONS,
    fingerprint=("type", "createdAt", "state"),
    delete=Delete(
        Call("qbusiness", "delete_plugin", applicationId="{applicationId}", pluginId="{pluginId}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        failed="buildStatus == 'DELETE_FAILED'",
    ),
)

_RETRIEVER_DETAILS = (
    Detail(
        Call(
            "qbusiness",
            "get_retriever",
            applicationId="{applicationId}",
            retrieverId="{retrieverId}",
        ),
        describes=True,
    ),
    _TAGS,
)

_INDEX_OF_RETRIEVER = (
    "configuration.nativeIndexConfiguration"
    " && join('/', [applicationId, configuration.nativeIndexConfiguration.indexId])"
)

RETRIEVER = Kind(
    name="aws_q_business_retriever",
    each="aws_q_business_application",
    list=Call("qbusiness", "list_retrievers", "retrievers[]", applicationId="{id}"),
    inherit={"applicationId": "applicationId"},
    id_parts=_OF_APPLICATION,
    get=Call("qbusiness", "list_retrievers", "retrievers[]", applicationId="{applicationId}"),
    details=_RETRIEVER_DETAILS,
    id="join('/', [applicationId, retrieverId])",
    label="displayName",
    arn=f"{_ARN}{{applicationId}}/retriever/{{retrieverId}}",
    tags="tags",
    created="createdAt",
    relations=(
        _APPLICATION,
        _ROLE,
        Relation(
            _INDEX_OF_RETRIEVER,
            "aws_q_business_indice",
            strength="needed",
            why="the retriever would have nothing to search",
        ),
    ),
    fingerprint=("type", "createdAt", "status"),
    delete=Delete(
        Call(
            "qbusiness",
            "delete_retriever",
            applicationId="{applicationId}",
            retrieverId="{retrieverId}",
        ),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="Without a retriever the application finds nothing in its index.",
    ),
)

_WEB_EXPERIENCES = "webExperiences[]"
_WEB_EXPERIENCE_DETAILS = (
    Detail(
        Call(
            "qbusiness",
            "get_web_experience",
            applicationId="{applicationId}",
            webExperienceId="{webExperienceId}",
        ),
        describes=True,
    ),
    _TAGS,
)

WEB_EXPERIENCE = Kind(
    name="aws_q_business_web_experience",
    each="aws_q_business_application",
    list=Call("qbusiness", "list_web_experiences", _WEB_EXPERIENCES, applicationId="{id}"),
    inherit={"applicationId": "applicationId"},
    id_parts=_OF_APPLICATION,
    get=Call(
        "qbusiness", "list_web_experiences", _WEB_EXPERIENCES, applicationId="{applicationId}"
    ),
    details=_WEB_EXPERIENCE_DETAILS,
    id="join('/', [applicationId, webExperienceId])",
    label="title || webExperienceId",
    arn=f"{_ARN}{{applicationId}}/web-experience/{{webExperienceId}}",
    tags="tags",
    created="createdAt",
    relations=(_APPLICATION, _ROLE),
    fingerprint=("webExperienceId", "createdAt", "status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call(
            "qbusiness",
            "delete_web_experience",
            applicationId="{applicationId}",
            webExperienceId="{webExperienceId}",
        ),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        usual=300,
        note="Users lose the URL of the application.",
    ),
)
