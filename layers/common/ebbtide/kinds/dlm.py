"""Lifecycle policies, which create and remove snapshots and images on a schedule."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail
from ebbtide.model.kind import Kind, Relation

_POLICY = Call("dlm", "get_lifecycle_policy", "Policy", PolicyId="{id}")

LIFECYCLE_POLICY = Kind(
    name="aws_dlm_lifecycle_policy",
    list=Call("dlm", "get_lifecycle_policies", "Policies[]"),
    get=_POLICY,
    details=(Detail(_POLICY, describes=True),),
    get_details=(),
    id="PolicyId",
    label="Description",
    arn="arn:{partition}:dlm:{region}:{account}:policy/{id}",
    created="DateCreated",
    relations=(
        Relation("ExecutionRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
        Relation(
            "PolicyDetails.Schedules[].CrossRegionCopyRules[].CmkArn",
            "aws_kms_key",
            deleted_before=True,
            pattern=KEY_ID,
        ),
    ),
    guardrail=Guardrail("it makes backups"),
    fingerprint=("PolicyArn", "DateCreated", "DateModified", "State"),
    delete=Delete(
        Call("dlm", "delete_lifecycle_policy", PolicyId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("LimitExceededException",),
        note="Snapshots and images that it created stay and are no longer removed automatically.",
    ),
)
