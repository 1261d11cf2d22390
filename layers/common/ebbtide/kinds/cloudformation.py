"""CloudFormation stacks; what a stack owns is known by the tags of those resources."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Keep, Kind, Relation

STACK = Kind(
    name="aws_cloudformation_stack",
    bases=("stack",),
    list=Call("cloudformation", "describe_stacks", "Stacks[]"),
    get=Call("cloudformation", "describe_stacks", "Stacks[]", StackName="{id}"),
    id="StackId",
    label="StackName",
    arn="StackId",
    created="CreationTime",
    fields={"stack_status": "StackStatus", "stack_status_reason": "StackStatusReason"},
    relations=(
        Relation("ParentId", "aws_cloudformation_stack", reverse=True, owned_by=True),
        Relation("RoleARN", "aws_iam_role", by="arn", deleted_before=True),
        Relation("NotificationARNs", "aws_sns_topic"),
    ),
    ended="StackStatus == 'DELETE_COMPLETE'",
    volatile=("DriftInformation",),
    keep=(
        Keep(
            "starts_with(not_null(Description, ''), 'Ebbtide')", "it is a stack of Ebbtide itself"
        ),
        Keep("ParentId", "it is nested; its parent removes it"),
        Keep("starts_with(StackName, 'StackSet-')", "it belongs to a stack set"),
        Keep("EnableTerminationProtection", "its termination protection is on"),
        Keep(
            "contains(StackStatus, '_IN_PROGRESS') && StackStatus != 'DELETE_IN_PROGRESS'",
            "an operation on it is under way",
        ),
    ),
    fingerprint=("CreationTime", "LastUpdatedTime", "StackStatus"),
    delete=Delete(
        Call("cloudformation", "delete_stack", StackName="{id}"),
        blocked=("TokenAlreadyExistsException",),
        refused=("ValidationError",),
        note="Deletes what the stack made, with the stack's own role or else with the cleaner's.",
    ),
)
