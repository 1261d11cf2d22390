"""AWS Backup frameworks, report plans, restore testing plans and legal holds."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation

_REPORT_TAGS = Detail(
    Call("backup", "list_tags", "Tags", ResourceArn="{ReportPlanArn}"), into="Tags"
)
_FRAMEWORK_TAGS = Detail(
    Call("backup", "list_tags", "Tags", ResourceArn="{FrameworkArn}"), into="Tags"
)
_TESTING_TAGS = Detail(
    Call("backup", "list_tags", "Tags", ResourceArn="{RestoreTestingPlanArn}"), into="Tags"
)
_HOLD_TAGS = Detail(Call("backup", "list_tags", "Tags", ResourceArn="{LegalHoldArn}"), into="Tags")

REPORT_PLAN = Kind(
    name="aws_backup_report_plan",
    list=Call("backup", "list_report_plans", "ReportPlans[]"),
    get=Call("backup", "describe_report_plan", "ReportPlan", ReportPlanName="{id}"),
    details=(_REPORT_TAGS,),
    id="ReportPlanName",
    label="ReportPlanName",
    arn="ReportPlanArn",
    created="CreationTime",
    relations=(
        Relation(
            "ReportSetting.FrameworkArns",
            "aws_backup_framework",
            by="arn",
            reverse=True,
            deleted_before=True,
        ),
        Relation(
            "ReportDeliveryChannel.S3BucketName",
            "aws_s3_bucket",
            strength="needed",
            why="the plan could not deliver its reports",
        ),
    ),
    volatile=("LastAttemptedExecutionTime", "LastSuccessfulExecutionTime"),
    last_use=LastUse(path="LastSuccessfulExecutionTime"),
    guardrail=Guardrail("it reports on backups"),
    fingerprint=("CreationTime", "ReportPlanArn", "DeploymentStatus"),
    delete=Delete(
        Call("backup", "delete_report_plan", ReportPlanName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        note="Reports that it wrote stay in their bucket.",
    ),
)

FRAMEWORK = Kind(
    name="aws_backup_framework",
    list=Call("backup", "list_frameworks", "Frameworks[]"),
    get=Call("backup", "describe_framework", FrameworkName="{id}"),
    details=(_FRAMEWORK_TAGS,),
    id="FrameworkName",
    label="FrameworkName",
    arn="FrameworkArn",
    created="CreationTime",
    guardrail=Guardrail("it watches over backups"),
    fingerprint=("CreationTime", "FrameworkArn", "DeploymentStatus"),
    sources={"failed": "backup:DescribeFramework", "usual": "ours"},
    delete=Delete(
        Call("backup", "delete_framework", FrameworkName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        failed="DeploymentStatus == 'FAILED'",
        usual=300,
        note="Its findings go with it.",
    ),
)

_TESTING_SELECTIONS = Detail(
    Call(
        "backup",
        "list_restore_testing_selections",
        "RestoreTestingSelections[]",
        RestoreTestingPlanName="{RestoreTestingPlanName}",
    ),
    into="RestoreTestingSelections",
)

_TESTING_DELETE = Delete(
    Call("backup", "delete_restore_testing_plan", RestoreTestingPlanName="{id}"),
    prepare=(
        Prepare(
            Call(
                "backup",
                "delete_restore_testing_selection",
                RestoreTestingPlanName="{id}",
                RestoreTestingSelectionName="{each.RestoreTestingSelectionName}",
            ),
            each="RestoreTestingSelections[]",
            absent=("ResourceNotFoundException",),
        ),
    ),
    gone=("ResourceNotFoundException",),
    # One of the plan's selections is still being deleted.
    blocked=("InvalidRequestException",),
    note="Its selections are deleted first; the restore description keeps them.",
)

RESTORE_TESTING_PLAN = Kind(
    name="aws_backup_restore_testing_plan",
    list=Call("backup", "list_restore_testing_plans", "RestoreTestingPlans[]"),
    get=Call(
        "backup", "get_restore_testing_plan", "RestoreTestingPlan", RestoreTestingPlanName="{id}"
    ),
    details=(_TESTING_TAGS,),
    get_details=(_TESTING_TAGS, _TESTING_SELECTIONS),
    id="RestoreTestingPlanName",
    label="RestoreTestingPlanName",
    arn="RestoreTestingPlanArn",
    created="CreationTime",
    volatile=("LastExecutionTime",),
    last_use=LastUse(path="LastExecutionTime"),
    guardrail=Guardrail("it tests backups"),
    fingerprint=("CreationTime", "RestoreTestingPlanArn", "ScheduleExpression"),
    delete=_TESTING_DELETE,
)

LEGAL_HOLD = Kind(
    name="aws_backup_legal_hold",
    list=Call("backup", "list_legal_holds", "LegalHolds[]"),
    details=(_HOLD_TAGS,),
    id="LegalHoldId",
    label="Title",
    arn="LegalHoldArn",
    created="CreationDate",
    ended="Status == 'CANCELED'",
    guardrail=Guardrail("it keeps backups"),
    undeletable="Its purpose is to prevent deletions; only people should lift it.",
)
