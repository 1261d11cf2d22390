"""IAM groups; their users are in iam_user."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, Prepare
from ebbtide.model.kind import Kind, Relation

_GET_DETAILS = (
    Detail(
        Call("iam", "list_attached_group_policies", "AttachedPolicies[]", GroupName="{GroupName}"),
        into="AttachedManagedPolicies",
    ),
    Detail(
        Call(
            "iam", "list_group_policies", "PolicyNames[].{PolicyName: @}", GroupName="{GroupName}"
        ),
        into="GroupPolicyList",
    ),
    Detail(
        Call("iam", "get_group", "Users[].UserName", GroupName="{GroupName}"),
        into="UserList",
        describes=True,
    ),
)

_PREPARE = (
    Prepare(
        Call("iam", "detach_group_policy", GroupName="{GroupName}", PolicyArn="{each.PolicyArn}"),
        each="AttachedManagedPolicies[]",
        undo=Call(
            "iam", "attach_group_policy", GroupName="{GroupName}", PolicyArn="{each.PolicyArn}"
        ),
        absent=("NoSuchEntity",),
    ),
    Prepare(
        Call("iam", "remove_user_from_group", GroupName="{GroupName}", UserName="{each}"),
        each="UserList[]",
        undo=Call("iam", "add_user_to_group", GroupName="{GroupName}", UserName="{each}"),
        absent=("NoSuchEntity",),
    ),
    # The snapshot that the plan was made from has the documents of the inline policies.
    Prepare(
        Call("iam", "delete_group_policy", GroupName="{GroupName}", PolicyName="{each.PolicyName}"),
        each="GroupPolicyList[]",
        absent=("NoSuchEntity",),
    ),
)

GROUP = Kind(
    name="aws_iam_group",
    bases=("group",),
    scope="global",
    list=Call("iam", "get_account_authorization_details", "GroupDetailList[]", Filter=["Group"]),
    get=Call("iam", "get_group", "Group", GroupName="{name}"),
    get_details=_GET_DETAILS,
    id="GroupId",
    label="GroupName",
    arn="Arn",
    tags=None,
    created="CreateDate",
    relations=(
        Relation(
            "AttachedManagedPolicies[].PolicyArn",
            "aws_iam_policy",
            by="arn",
            deleted_before=True,
            severable=True,
        ),
    ),
    guardrail=Guardrail("its policies may deny something to its users", with_stack=True),
    fingerprint=("GroupId", "CreateDate", "Path"),
    delete=Delete(
        Call("iam", "delete_group", GroupName="{GroupName}"),
        prepare=_PREPARE,
        gone=("NoSuchEntity",),
        blocked=("DeleteConflict", "ConcurrentModification"),
        refused=("UnmodifiableEntity", "LimitExceeded"),
        note="Its users lose the permissions that it granted.",
    ),
)
