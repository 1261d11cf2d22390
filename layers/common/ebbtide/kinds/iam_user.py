"""IAM users and their access keys."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation

_USER_GET_DETAILS = (
    Detail(
        Call("iam", "list_attached_user_policies", "AttachedPolicies[]", UserName="{UserName}"),
        into="AttachedManagedPolicies",
    ),
    Detail(
        Call("iam", "list_user_policies", "PolicyNames[].{PolicyName: @}", UserName="{UserName}"),
        into="UserPolicyList",
    ),
    Detail(
        Call("iam", "list_groups_for_user", "Groups[].GroupName", UserName="{UserName}"),
        into="GroupList",
    ),
    Detail(
        Call("iam", "list_mfa_devices", "MFADevices[]", UserName="{UserName}"), into="MFADevices"
    ),
    Detail(
        Call("iam", "list_ssh_public_keys", "SSHPublicKeys[]", UserName="{UserName}"),
        into="SSHPublicKeys",
    ),
    Detail(
        Call("iam", "list_signing_certificates", "Certificates[]", UserName="{UserName}"),
        into="Certificates",
    ),
    Detail(
        Call(
            "iam",
            "list_service_specific_credentials",
            "ServiceSpecificCredentials[]",
            UserName="{UserName}",
        ),
        into="ServiceSpecificCredentials",
    ),
)

# Everything that makes DeleteUser fail. What belongs to the user alone cannot be restored, because
# AWS never shows a secret twice; its ties to other resources can.
_USER_PREPARE = (
    Prepare(
        Call("iam", "detach_user_policy", UserName="{UserName}", PolicyArn="{each.PolicyArn}"),
        each="AttachedManagedPolicies[]",
        undo=Call("iam", "attach_user_policy", UserName="{UserName}", PolicyArn="{each.PolicyArn}"),
        absent=("NoSuchEntity",),
    ),
    Prepare(
        Call("iam", "remove_user_from_group", UserName="{UserName}", GroupName="{each}"),
        each="GroupList[]",
        undo=Call("iam", "add_user_to_group", UserName="{UserName}", GroupName="{each}"),
        absent=("NoSuchEntity",),
    ),
    Prepare(
        Call("iam", "delete_user_policy", UserName="{UserName}", PolicyName="{each.PolicyName}"),
        each="UserPolicyList[]",
        absent=("NoSuchEntity",),
    ),
    Prepare(Call("iam", "delete_login_profile", UserName="{UserName}"), absent=("NoSuchEntity",)),
    Prepare(
        Call(
            "iam",
            "deactivate_mfa_device",
            UserName="{UserName}",
            SerialNumber="{each.SerialNumber}",
        ),
        each="MFADevices[]",
        absent=("NoSuchEntity",),
    ),
    # Only virtual devices have an ARN as serial number; hardware devices must not be deleted.
    Prepare(
        Call("iam", "delete_virtual_mfa_device", SerialNumber="{each.SerialNumber}"),
        each="MFADevices[?contains(SerialNumber, ':mfa/')]",
        absent=("NoSuchEntity",),
    ),
    Prepare(
        Call(
            "iam",
            "delete_ssh_public_key",
            UserName="{UserName}",
            SSHPublicKeyId="{each.SSHPublicKeyId}",
        ),
        each="SSHPublicKeys[]",
        absent=("NoSuchEntity",),
    ),
    Prepare(
        Call(
            "iam",
            "delete_signing_certificate",
            UserName="{UserName}",
            CertificateId="{each.CertificateId}",
        ),
        each="Certificates[]",
        absent=("NoSuchEntity",),
    ),
    Prepare(
        Call(
            "iam",
            "delete_service_specific_credential",
            UserName="{UserName}",
            ServiceSpecificCredentialId="{each.ServiceSpecificCredentialId}",
        ),
        each="ServiceSpecificCredentials[]",
        absent=("NoSuchEntity",),
    ),
)

_USER_RELATIONS = (
    Relation(
        "GroupList",
        "aws_iam_group",
        by="name",
        reverse=True,
        strength="needed",
        why="the user would lose the permissions of the group",
    ),
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
)

USER = Kind(
    name="aws_iam_user",
    bases=("user", "iam_principal"),
    scope="global",
    list=Call("iam", "get_account_authorization_details", "UserDetailList[]", Filter=["User"]),
    get=Call("iam", "get_user", "User", UserName="{name}"),
    get_details=_USER_GET_DETAILS,
    id="UserId",
    label="UserName",
    arn="Arn",
    created="CreateDate",
    relations=_USER_RELATIONS,
    guardrail=Guardrail("its policies and its MFA devices may be what limits it", with_stack=True),
    fingerprint=("UserId", "CreateDate", "Path"),
    delete=Delete(
        Call("iam", "delete_user", UserName="{UserName}"),
        prepare=_USER_PREPARE,
        gone=("NoSuchEntity",),
        blocked=("DeleteConflict", "EntityTemporarilyUnmodifiable", "ConcurrentModification"),
        refused=("LimitExceeded",),
        note="Its password, MFA devices, SSH keys and certificates are lost for good.",
    ),
)

_KEY_USE = LastUse(
    path="AccessKeyLastUsed.LastUsedDate",
    detail=Detail(
        Call("iam", "get_access_key_last_used", "AccessKeyLastUsed", AccessKeyId="{AccessKeyId}"),
        into="AccessKeyLastUsed",
    ),
)

ACCESS_KEY = Kind(
    name="aws_iam_access_key",
    bases=("access_key",),
    scope="global",
    each="aws_iam_user",
    list=Call("iam", "list_access_keys", "AccessKeyMetadata[]", UserName="{UserName}"),
    get=Call("iam", "list_access_keys", "AccessKeyMetadata[]", UserName="{name}"),
    id="AccessKeyId",
    # AWS lists keys only per user, so reading a key again needs the user's name.
    label="UserName",
    tags=None,
    created="CreateDate",
    fields={"access_key_status": "Status"},
    relations=(
        Relation(
            "UserName", "aws_iam_user", by="name", reverse=True, deleted_before=True, part="plain"
        ),
    ),
    last_use=_KEY_USE,
    volatile=("AccessKeyLastUsed",),
    fingerprint=("Status", "CreateDate", "UserName"),
    delete=Delete(
        Call("iam", "delete_access_key", UserName="{UserName}", AccessKeyId="{id}"),
        gone=("NoSuchEntity",),
        blocked=(),
        refused=("LimitExceeded",),
        note="The secret cannot be recovered.",
    ),
)
