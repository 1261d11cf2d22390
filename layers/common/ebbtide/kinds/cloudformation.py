"""CloudFormation stacks and stack sets; the lists of stacks show what they own."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_NEVER = (
    NeverDelete(
        "starts_with(not_null(Description, ''), 'Ebbtide')",
        "it is a stack of Ebbtide itself",
        "ours",
    ),
    NeverDelete("ParentId", "it is nested; its parent removes it", "cloudformation:Stack"),
    NeverDelete("starts_with(StackName, 'StackSet-')", "it belongs to a stack set"),
    NeverDelete(
        "starts_with(StackName, 'awsconfigconforms-')",
        "it belongs to a conformance pack",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ConfigConformsServiceRolePolicy.html",
    ),
    NeverDelete(
        "starts_with(StackName, 'aws-cloud9-')",
        "it belongs to a Cloud9 environment",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCloud9ServiceRolePolicy.html",
    ),
    NeverDelete(
        "EnableTerminationProtection",
        "its termination protection is on",
        "cloudformation:Stack",
        protects=True,
    ),
    NeverDelete(
        "contains(StackStatus, '_IN_PROGRESS') && StackStatus != 'DELETE_IN_PROGRESS'",
        "an operation on it is under way",
    ),
)

_STACK_DELETE = Delete(
    Call("cloudformation", "delete_stack", StackName="{id}"),
    blocked=("TokenAlreadyExistsException",),
    refused=("ValidationError",),
    failed="StackStatus == 'DELETE_FAILED'",
    why="StackStatusReason",
    usual=900,
    note="Deletes its resources, with its own role or else with the cleaner role.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html",
)

STACK = Kind(
    name="aws_cloudformation_stack",
    bases=("stack",),
    # Without a name, it needs both permissions (CloudFormation API reference, DescribeStacks).
    list=Call(
        "cloudformation",
        "describe_stacks",
        "Stacks[]",
        action=("cloudformation:DescribeStacks", "cloudformation:ListStacks"),
    ),
    get=Call("cloudformation", "describe_stacks", "Stacks[]", StackName="{id}"),
    id="StackId",
    label="StackName",
    arn="StackId",
    created="CreationTime",
    fields={
        "stack_status": "StackStatus",
        "stack_status_reason": "StackStatusReason",
        "stack_parameters": "Parameters",
    },
    relations=(
        Relation("ParentId", "aws_cloudformation_stack", reverse=True, owned_by=True),
        Relation("RoleARN", "aws_iam_role", by="arn", deleted_before=True),
        Relation(
            "NotificationARNs",
            "aws_sns_topic",
            strength="needed",
            why="operations on the stack would notify nobody",
        ),
        Relation(
            "RollbackConfiguration.RollbackTriggers[].Arn",
            "aws_cloudwatch_alarm",
            by="arn",
            strength="needed",
            why="its next update would fail",
        ),
    ),
    ended="StackStatus == 'DELETE_COMPLETE'",
    volatile=("DriftInformation",),
    never_delete=_NEVER,
    fingerprint=("CreationTime", "LastUpdatedTime", "StackStatus"),
    delete=_STACK_DELETE,
)

# Leaves out the template, which may be a megabyte long.
_SET = (
    "StackSet.{StackSetName: StackSetName, StackSetId: StackSetId, StackSetARN: StackSetARN,"
    " Description: Description, Status: Status, PermissionModel: PermissionModel,"
    " AutoDeployment: AutoDeployment, ManagedExecution: ManagedExecution, Parameters: Parameters,"
    " Capabilities: Capabilities, AdministrationRoleARN: AdministrationRoleARN,"
    " ExecutionRoleName: ExecutionRoleName, OrganizationalUnitIds: OrganizationalUnitIds,"
    " Regions: Regions, Tags: Tags}"
)

STACK_SET = Kind(
    name="aws_cloudformation_stack_set",
    list=Call("cloudformation", "list_stack_sets", "Summaries[]", Status="ACTIVE"),
    get=Call("cloudformation", "describe_stack_set", _SET, StackSetName="{id}"),
    details=(
        Detail(
            Call("cloudformation", "describe_stack_set", _SET, StackSetName="{StackSetId}"),
            describes=True,
        ),
    ),
    get_details=(),
    id="StackSetId",
    label="StackSetName",
    arn="StackSetARN",
    relations=(
        Relation("AdministrationRoleARN", "aws_iam_role", by="arn", deleted_before=True),
        Relation("ExecutionRoleName", "aws_iam_role", by="name", deleted_before=True),
    ),
    ended="Status == 'DELETED'",
    volatile=("DriftStatus", "LastDriftCheckTimestamp"),
    fingerprint=("StackSetARN", "Status", "PermissionModel"),
    delete=Delete(
        Call("cloudformation", "delete_stack_set", StackSetName="{id}"),
        gone=("StackSetNotFoundException",),
        blocked=("StackSetNotEmptyException", "OperationInProgressException"),
        note=(
            "Only a stack set without stack instances is deleted. Those of its own account go first"
            " if a job names their kind; with one of another account, all of it stays."
        ),
    ),
)

_FAILED = '`["FAILED", "CANCELLED", "SKIPPED_SUSPENDED_ACCOUNT"]`'
_INSTANCE_DELETE = Delete(
    Call(
        "cloudformation",
        "delete_stack_instances",
        StackSetName="{StackSetId}",
        Accounts=["{Account}"],
        Regions=["{Region}"],
        RetainStacks=False,
    ),
    gone=("StackSetNotFoundException",),
    # A stack set carries out one operation at a time.
    blocked=(
        "OperationInProgressException",
        "OperationIdAlreadyExistsException",
        "StaleRequestException",
    ),
    refused=("InvalidOperationException",),
    one_at_a_time=True,
    # Once accepted, the deletion is the last operation on the instance, which these are about.
    failed=f"Status == 'INOPERABLE' || contains({_FAILED}, StackInstanceStatus.DetailedStatus)",
    why="StatusReason",
    usual=600,
    note="Its stack goes with it.",
)

_INSTANCE_RELATIONS = (
    Relation(
        "StackSetId",
        "aws_cloudformation_stack_set",
        reverse=True,
        deleted_before=True,
        part="data",
    ),
    Relation(
        "StackId",
        "aws_cloudformation_stack",
        strength="watches",
        why="the stack stays anyway: its name says that a stack set made it",
    ),
)

STACK_INSTANCE = Kind(
    name="aws_cloud_formation_stack_instance_summary",
    each="aws_cloudformation_stack_set",
    list=Call("cloudformation", "list_stack_instances", "Summaries[]", StackSetName="{id}"),
    get=Call("cloudformation", "list_stack_instances", "Summaries[]", StackSetName="{set}"),
    inherit={"set": "StackSetId"},
    id_parts=r"(?P<set>.+)/\d+/[^/]+",
    id="join('/', [StackSetId, Account, Region])",
    unique=("StackId",),
    label="StackSetId",
    label_pattern=r"^([^:]+)",
    tags=None,
    relations=_INSTANCE_RELATIONS,
    volatile=("DriftStatus", "LastDriftCheckTimestamp"),
    opt_in="Its stack goes with it, with all that is in it, which the plan does not look into.",
    never_delete=(
        NeverDelete(
            "Account != account",
            "its stack is in another account, which this one does not look into",
            "ours",
        ),
        NeverDelete(
            "OrganizationalUnitId",
            "its stack set makes it for all accounts of an organizational unit",
            "cloudformation:StackInstanceSummary",
        ),
    ),
    fingerprint=("StackSetId", "StackId", "Status"),
    sources={
        "fingerprint": "cloudformation:StackInstanceSummary",
        "usual": "ours",
        "unique": "cloudformation:StackInstanceSummary",
    },
    delete=_INSTANCE_DELETE,
)
