"""IAM roles, managed policies and instance profiles; users and their keys are in iam_user."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete, Prepare
from ebbtide.model.kind import Decision, Kind, LastUse, Relation

_NO_SIGN_IN: Decision = {
    "strength": "needed",
    "why": "nobody could assume the role through the provider",
}
_TRUSTED: Decision = {"strength": "watches", "why": "the role only allows the other to assume it"}

_ROLE_GET_DETAILS = (
    Detail(
        Call("iam", "list_attached_role_policies", "AttachedPolicies[]", RoleName="{RoleName}"),
        into="AttachedManagedPolicies",
    ),
    Detail(
        Call("iam", "list_role_policies", "PolicyNames[].{PolicyName: @}", RoleName="{RoleName}"),
        into="RolePolicyList",
    ),
    Detail(
        Call(
            "iam",
            "list_instance_profiles_for_role",
            "InstanceProfiles[]",
            RoleName="{RoleName}",
        ),
        into="InstanceProfileList",
    ),
)
_ROLE_PREPARE = (
    Prepare(
        Call("iam", "detach_role_policy", RoleName="{RoleName}", PolicyArn="{each.PolicyArn}"),
        each="AttachedManagedPolicies[]",
        undo=Call("iam", "attach_role_policy", RoleName="{RoleName}", PolicyArn="{each.PolicyArn}"),
        absent=("NoSuchEntity",),
    ),
    # The snapshot that the plan was made from has the documents of the inline policies.
    Prepare(
        Call("iam", "delete_role_policy", RoleName="{RoleName}", PolicyName="{each.PolicyName}"),
        each="RolePolicyList[]",
        absent=("NoSuchEntity",),
    ),
)

_ROLE_RELATIONS = (
    Relation(
        "AttachedManagedPolicies[].PolicyArn",
        "aws_iam_policy",
        by="arn",
        deleted_before=True,
        severable=True,
    ),
    Relation(
        "PermissionsBoundary.PermissionsBoundaryArn",
        "aws_iam_policy",
        by="arn",
        deleted_before=True,
    ),
    # The principals that it trusts. boto3 decodes the document, so its text contains the ARNs.
    Relation(
        "AssumeRolePolicyDocument",
        "aws_iam_oidc_provider",
        by="arn",
        pattern=r"(arn:[^:]+:iam::\d+:oidc-provider/[^\"'*]+)",
        **_NO_SIGN_IN,
    ),
    Relation(
        "AssumeRolePolicyDocument",
        "aws_iam_saml_provider",
        by="arn",
        pattern=r"(arn:[^:]+:iam::\d+:saml-provider/[^\"'*]+)",
        **_NO_SIGN_IN,
    ),
    Relation(
        "AssumeRolePolicyDocument",
        "aws_iam_role",
        by="arn",
        pattern=r"(arn:[^:]+:iam::\d+:role/[^\"'*]+)",
        **_TRUSTED,
    ),
    Relation(
        "AssumeRolePolicyDocument",
        "aws_iam_user",
        by="arn",
        pattern=r"(arn:[^:]+:iam::\d+:user/[^\"'*]+)",
        **_TRUSTED,
    ),
)

_ROLES = Call("iam", "get_account_authorization_details", "RoleDetailList[]", Filter=["Role"])

ROLE = Kind(
    name="aws_iam_role",
    bases=("role", "iam_principal"),
    scope="global",
    list=_ROLES,
    get=Call("iam", "get_role", "Role", RoleName="{name}"),
    get_details=_ROLE_GET_DETAILS,
    get_together=_ROLES,
    id="RoleId",
    label="RoleName",
    arn="Arn",
    created="CreateDate",
    relations=_ROLE_RELATIONS,
    last_use=LastUse(path="RoleLastUsed.LastUsedDate"),
    volatile=("RoleLastUsed",),
    never_delete=(
        NeverDelete("starts_with(Path, '/aws-service-role/')", "it is linked to an AWS service"),
        NeverDelete("starts_with(Path, '/aws-reserved/')", "AWS created it and manages it"),
    ),
    guardrail=Guardrail("its policies may deny something", with_stack=True),
    fingerprint=("RoleId", "CreateDate", "AssumeRolePolicyDocument"),
    delete=Delete(
        Call("iam", "delete_role", RoleName="{RoleName}"),
        prepare=_ROLE_PREPARE,
        gone=("NoSuchEntity",),
        blocked=("DeleteConflict", "ConcurrentModification"),
        refused=("UnmodifiableEntity", "LimitExceeded"),
        note="It is unknown who may still assume it: other accounts, clusters and services may.",
    ),
)

_POLICY_PREPARE = (
    Prepare(
        Call("iam", "delete_policy_version", PolicyArn="{arn}", VersionId="{each.VersionId}"),
        each="PolicyVersionList[?!IsDefaultVersion]",
        absent=("NoSuchEntity",),
    ),
)

POLICY = Kind(
    name="aws_iam_policy",
    bases=("policy",),
    scope="global",
    # Unlike ListPolicies, this call also returns the documents of all versions.
    list=Call(
        "iam", "get_account_authorization_details", "Policies[]", Filter=["LocalManagedPolicy"]
    ),
    get=Call("iam", "get_policy", "Policy", PolicyArn="{arn}"),
    details=(Detail(Call("iam", "list_policy_tags", "Tags[]", PolicyArn="{Arn}"), into="Tags"),),
    get_details=(
        Detail(
            Call("iam", "list_policy_versions", "Versions[]", PolicyArn="{Arn}"),
            into="PolicyVersionList",
        ),
    ),
    id="PolicyId",
    label="PolicyName",
    arn="Arn",
    created="CreateDate",
    never_delete=(NeverDelete("contains(Arn, ':iam::aws:')", "it is managed by AWS"),),
    fingerprint=(
        "PolicyId",
        "DefaultVersionId",
        "AttachmentCount",
        "PermissionsBoundaryUsageCount",
    ),
    settles=("AttachmentCount", "PermissionsBoundaryUsageCount"),
    sources={"settles": "iam:ManagedPolicyDetail"},
    delete=Delete(
        Call("iam", "delete_policy", PolicyArn="{arn}"),
        prepare=_POLICY_PREPARE,
        gone=("NoSuchEntity",),
        blocked=("DeleteConflict",),
        refused=("LimitExceeded",),
    ),
)

_PROFILE_PREPARE = (
    Prepare(
        Call(
            "iam",
            "remove_role_from_instance_profile",
            InstanceProfileName="{InstanceProfileName}",
            RoleName="{each.RoleName}",
        ),
        each="Roles[]",
        undo=Call(
            "iam",
            "add_role_to_instance_profile",
            InstanceProfileName="{InstanceProfileName}",
            RoleName="{each.RoleName}",
        ),
        absent=("NoSuchEntity",),
    ),
)

_PROFILE_DETAILS = (
    Detail(
        Call(
            "iam",
            "list_instance_profile_tags",
            "Tags[]",
            InstanceProfileName="{InstanceProfileName}",
        ),
        into="Tags",
    ),
)

INSTANCE_PROFILE = Kind(
    name="aws_iam_instance_profile",
    bases=("instance_profile",),
    scope="global",
    list=Call("iam", "list_instance_profiles", "InstanceProfiles[]"),
    get=Call(
        "iam",
        "get_instance_profile",
        "InstanceProfile",
        InstanceProfileName="{name}",
    ),
    details=_PROFILE_DETAILS,
    get_details=(),
    id="InstanceProfileId",
    label="InstanceProfileName",
    arn="Arn",
    created="CreateDate",
    relations=(
        Relation(
            "Roles[].Arn",
            "aws_iam_role",
            by="arn",
            reverse=True,
            deleted_before=True,
            severable=True,
        ),
    ),
    fingerprint=("InstanceProfileId", "CreateDate"),
    delete=Delete(
        Call("iam", "delete_instance_profile", InstanceProfileName="{InstanceProfileName}"),
        prepare=_PROFILE_PREPARE,
        gone=("NoSuchEntity",),
        blocked=("DeleteConflict",),
        refused=("LimitExceeded",),
    ),
)
