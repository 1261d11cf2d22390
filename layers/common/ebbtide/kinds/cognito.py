"""Cognito: user pools with their groups and users, and identity pools."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

_POOL_RELATIONS = (
    # A dozen triggers may each name a function; some of them are nested one level deeper.
    Relation(
        "to_string(LambdaConfig)",
        "aws_lambda_function",
        by="arn",
        deleted_before=True,
        pattern=r'"(arn:[^:"]+:lambda:[^:"]+:\d+:function:[^:"]+)',
    ),
    Relation(
        "[LambdaConfig.KMSKeyID, KeyConfiguration.KmsKeyArn][]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation("SmsConfiguration.SnsCallerArn", "aws_iam_role", by="arn", deleted_before=True),
)

_DOMAIN: dict[str, str] = {"Domain": "{Domain}", "UserPoolId": "{id}"}

# Only the list tells about replicas.
_REPLICAS = Detail(
    Call("cognito-idp", "list_user_pools", "UserPools[?ReplicaRegions][]", MaxResults=60),
    into="ReplicaRegions",
    match=("Id", "Id"),
    once=True,
)
_POOL_NEVER = (
    NeverDelete(
        "DeletionProtection == 'ACTIVE'",
        "its deletion protection is on",
        "cognito-idp:UserPoolType",
        protects=True,
    ),
    NeverDelete(
        "ReplicaRegions",
        "it has replicas in other regions",
        "cognito-idp:UserPoolDescriptionType",
    ),
    NeverDelete("CustomDomain", "it has a custom domain; delete the domain first"),
)

USER_POOL = Kind(
    name="aws_cognito_user_pool",
    list=Call("cognito-idp", "list_user_pools", "UserPools[]", MaxResults=60),
    get=Call("cognito-idp", "describe_user_pool", "UserPool", UserPoolId="{id}"),
    details=(
        Detail(
            Call("cognito-idp", "describe_user_pool", "UserPool", UserPoolId="{Id}"), describes=True
        ),
    ),
    get_details=(_REPLICAS,),
    id="Id",
    label="Name",
    arn="Arn",
    tags="UserPoolTags",
    created="CreationDate",
    relations=_POOL_RELATIONS,
    volatile=("EstimatedNumberOfUsers",),
    never_delete=_POOL_NEVER,
    fingerprint=("CreationDate", "LastModifiedDate"),
    settles=("LastModifiedDate",),
    delete=Delete(
        Call("cognito-idp", "delete_user_pool", UserPoolId="{id}"),
        prepare=(
            Prepare(
                Call("cognito-idp", "delete_user_pool_domain", **_DOMAIN),
                when="Domain",
                undo=Call("cognito-idp", "create_user_pool_domain", **_DOMAIN),
                absent=("ResourceNotFoundException",),
            ),
        ),
        gone=("ResourceNotFoundException",),
        blocked=("UserImportInProgressException",),
        refused=("InvalidParameterException",),
        note="Its users, groups and app clients are lost for good.",
    ),
)

GROUP = Kind(
    name="aws_cognito_group",
    each="aws_cognito_user_pool",
    list=Call("cognito-idp", "list_groups", "Groups[]", UserPoolId="{id}", Limit=60),
    inherit={"PoolId": "Id"},
    id="join('/', [UserPoolId, GroupName])",
    id_parts=r"(?P<PoolId>[^/]+)/.+",
    get=Call("cognito-idp", "get_group", "Group", UserPoolId="{PoolId}", GroupName="{name}"),
    label="GroupName",
    tags=None,
    created="CreationDate",
    relations=(
        Relation(
            "UserPoolId",
            "aws_cognito_user_pool",
            reverse=True,
            owned_by=True,
            source="cognito-idp:DeleteUserPool",
        ),
        Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    ),
    fingerprint=("CreationDate", "LastModifiedDate"),
    delete=Delete(
        Call("cognito-idp", "delete_group", UserPoolId="{UserPoolId}", GroupName="{GroupName}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=(),
        note="Its users stay but lose their membership.",
    ),
)

# Keeps only the attribute that reveals nothing about the person.
_USERS = Call(
    "cognito-idp",
    "list_users",
    "Users[]",
    UserPoolId="{id}",
    AttributesToGet=["sub"],
    Limit=60,
)

USER = Kind(
    name="aws_cognito_user",
    bases=("user",),
    each="aws_cognito_user_pool",
    list=_USERS,
    inherit={"UserPoolId": "Id"},
    id="join('/', [UserPoolId, Username])",
    label="Username",
    tags=None,
    created="UserCreateDate",
    relations=(
        Relation(
            "UserPoolId",
            "aws_cognito_user_pool",
            reverse=True,
            owned_by=True,
            source="cognito-idp:DeleteUserPool",
        ),
    ),
    optional="a pool may have millions of users, and their data is personal",
    get=Call(
        "cognito-idp",
        "list_users",
        "Users[]",
        UserPoolId="{UserPoolId}",
        AttributesToGet=["sub"],
        Filter='username = "{name}"',
    ),
    id_parts=r"(?P<UserPoolId>[^/]+)/.+",
    opt_in="It is a person's account and not infrastructure.",
    fingerprint=("UserCreateDate", "UserLastModifiedDate", "UserStatus"),
    sources={"fingerprint": "cognito-idp:UserType"},
    delete=Delete(
        Call("cognito-idp", "admin_delete_user", UserPoolId="{UserPoolId}", Username="{Username}"),
        gone=("UserNotFoundException", "ResourceNotFoundException"),
        blocked=(),
        refused=("OperationNotEnabledException",),
        note="The person can no longer sign in.",
    ),
)

_IDENTITY_DETAILS = (
    Detail(
        Call(
            "cognito-identity",
            "get_identity_pool_roles",
            "{Roles: Roles, RoleMappings: RoleMappings}",
            IdentityPoolId="{IdentityPoolId}",
        )
    ),
)

_IDENTITY_RELATIONS = (
    Relation(
        "to_string([Roles, RoleMappings])",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
        pattern=r'"(arn:[^:"]+:iam::\d+:role/[^"]+)"',
    ),
    Relation(
        "CognitoIdentityProviders[].ProviderName",
        "aws_cognito_user_pool",
        deleted_before=True,
        pattern=r"^cognito-idp\.[^/]+/(.+)$",
    ),
    Relation("OpenIdConnectProviderARNs[]", "aws_iam_oidc_provider", deleted_before=True),
    Relation("SamlProviderARNs[]", "aws_iam_saml_provider", deleted_before=True),
)

IDENTITY_POOL = Kind(
    name="aws_cognito_identity_pool",
    list=Call("cognito-identity", "list_identity_pools", "IdentityPools[]", MaxResults=60),
    get=Call("cognito-identity", "describe_identity_pool", IdentityPoolId="{id}"),
    details=(
        Detail(
            Call("cognito-identity", "describe_identity_pool", IdentityPoolId="{IdentityPoolId}"),
            describes=True,
        ),
        *_IDENTITY_DETAILS,
    ),
    get_details=_IDENTITY_DETAILS,
    id="IdentityPoolId",
    label="IdentityPoolName",
    arn="arn:{partition}:cognito-identity:{region}:{account}:identitypool/{id}",
    tags="IdentityPoolTags",
    relations=_IDENTITY_RELATIONS,
    fingerprint=("AllowUnauthenticatedIdentities", "IdentityPoolName"),
    delete=Delete(
        Call("cognito-identity", "delete_identity_pool", IdentityPoolId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=(),
        note="Its identities are lost; their owners no longer get AWS credentials.",
    ),
)
