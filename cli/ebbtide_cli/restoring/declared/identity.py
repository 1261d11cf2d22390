"""How principals, policies, keys and secrets come back."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import KEYS, PAIRS, Follow, Restoration, same

_INLINE = {"PolicyName": "{each.PolicyName}", "PolicyDocument": "{each.PolicyDocument}"}

ROLE = Restoration(
    way="create",
    call=Call(
        "iam",
        "create_role",
        "Role.RoleName",
        **same("Path", "RoleName", "Description", "MaxSessionDuration"),
        AssumeRolePolicyDocument="{to_string(AssumeRolePolicyDocument)}",
        PermissionsBoundary="{PermissionsBoundary.PermissionsBoundaryArn}",
        Tags=PAIRS,
    ),
    new="RoleName",
    then=(
        Follow(
            Call(
                "iam",
                "attach_role_policy",
                RoleName="{RoleName}",
                PolicyArn="{each.PolicyArn}",
            ),
            each="AttachedManagedPolicies[]",
        ),
        Follow(
            Call("iam", "put_role_policy", RoleName="{RoleName}", **_INLINE),
            each="policies[]",
        ),
    ),
    lost="Its unique id: policies of others that name the role as a principal must be written "
    "again. Whoever had assumed it must do so again.",
)
USER = Restoration(
    way="create",
    call=Call(
        "iam",
        "create_user",
        "User.UserName",
        **same("Path", "UserName"),
        PermissionsBoundary="{PermissionsBoundary.PermissionsBoundaryArn}",
        Tags=PAIRS,
    ),
    new="UserName",
    then=(
        Follow(
            Call("iam", "attach_user_policy", **same("UserName"), PolicyArn="{each.PolicyArn}"),
            each="AttachedManagedPolicies[]",
        ),
        Follow(
            Call("iam", "put_user_policy", UserName="{UserName}", **_INLINE),
            each="policies[]",
        ),
        Follow(
            Call("iam", "add_user_to_group", **same("UserName"), GroupName="{each}"),
            each="GroupList[]",
        ),
    ),
    lost="Its password, access keys, MFA devices, SSH keys and certificates, and its unique id.",
)
GROUP = Restoration(
    way="create",
    call=Call("iam", "create_group", "Group.GroupName", **same("Path", "GroupName")),
    new="GroupName",
    then=(
        Follow(
            Call("iam", "attach_group_policy", **same("GroupName"), PolicyArn="{each.PolicyArn}"),
            each="AttachedManagedPolicies[]",
        ),
        Follow(
            Call("iam", "put_group_policy", GroupName="{GroupName}", **_INLINE),
            each="policies[]",
        ),
        Follow(
            Call("iam", "add_user_to_group", **same("GroupName"), UserName="{each}"),
            each="UserList[]",
        ),
    ),
    lost="Its unique id.",
)
POLICY = Restoration(
    way="create",
    call=Call(
        "iam",
        "create_policy",
        "Policy.Arn",
        **same("PolicyName", "Path", "Description"),
        PolicyDocument="{policy}",
        Tags=PAIRS,
    ),
    when="policy",
    unless="the snapshot has the names in its document in another spelling than AWS",
    new="Arn",
    lost="All versions but the default one, its unique id, and to whom it was attached.",
)
INSTANCE_PROFILE = Restoration(
    way="create",
    call=Call(
        "iam",
        "create_instance_profile",
        "InstanceProfile.InstanceProfileName",
        **same("InstanceProfileName", "Path"),
        Tags=PAIRS,
    ),
    new="InstanceProfileName",
    then=(
        Follow(
            Call(
                "iam",
                "add_role_to_instance_profile",
                **same("InstanceProfileName"),
                RoleName="{each.RoleName}",
            ),
            each="Roles[]",
            # A profile holds one role, and AWS counts the same one again.
            done=("LimitExceeded",),
        ),
    ),
    lost="Its unique id, and the instances that it was associated with.",
)
OIDC_PROVIDER = Restoration(
    way="create",
    call=Call(
        "iam",
        "create_open_id_connect_provider",
        "OpenIDConnectProviderArn",
        Url="https://{Url}",
        **same("ClientIDList", "ThumbprintList"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing.",
)
KEY = Restoration(
    way="window",
    call=Call("kms", "cancel_key_deletion", KeyId="{id}"),
    keeps_id=True,
    then=(
        Follow(Call("kms", "enable_key", KeyId="{id}"), when="Enabled"),
        Follow(Call("kms", "tag_resource", KeyId="{id}", Tags=KEYS)),
    ),
    lost="Nothing within 30 days. Afterwards the key, and with it all that it encrypted.",
)
SECRET = Restoration(
    way="window",
    call=Call("secretsmanager", "restore_secret", SecretId="{id}"),
    keeps_id=True,
    then=(Follow(Call("secretsmanager", "tag_resource", SecretId="{id}", Tags=PAIRS)),),
    lost="Nothing within 30 days. Afterwards its value.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_iam_role": ROLE,
    "aws_iam_user": USER,
    "aws_iam_group": GROUP,
    "aws_iam_policy": POLICY,
    "aws_iam_instance_profile": INSTANCE_PROFILE,
    "aws_iam_oidc_provider": OIDC_PROVIDER,
    "aws_kms_key": KEY,
    "aws_secretsmanager_secret": SECRET,
}
