"""GuardDuty detectors and their findings that are not archived."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail
from ebbtide.model.kind import Decision, Kind, Relation

_OBSERVED: Decision = {"strength": "history", "why": "it is an observation about the resource"}

DETECTOR = Kind(
    name="aws_guardduty_detector",
    list=Call("guardduty", "list_detectors", "DetectorIds[].{DetectorId: @}"),
    details=(Detail(Call("guardduty", "get_detector", DetectorId="{DetectorId}"), describes=True),),
    id="DetectorId",
    arn="arn:{partition}:guardduty:{region}:{account}:detector/{id}",
    created="CreatedAt",
    relations=(Relation("ServiceRole", "aws_iam_role", by="arn", deleted_before=True),),
    get=Call("guardduty", "list_detectors", "DetectorIds[].{DetectorId: @}"),
    guardrail=Guardrail("it detects threats"),
    opt_in="Deleting it stops the monitoring of the region and discards all findings.",
    fingerprint=("CreatedAt", "Status"),
    sources={"fingerprint": "guardduty:GetDetector"},
    delete=Delete(
        Call("guardduty", "delete_detector", DetectorId="{id}"),
        blocked=(),
        # It belongs to a member account, or has members.
        refused=("BadRequestException",),
        note="Its findings are lost.",
    ),
)

# A GuardDuty administrator also sees the findings of other accounts.
_CRITERION = (
    "{[{Equals: ['false']}, {Equals: [account]}] | {\"service.archived\": [0], accountId: [1]}}"
)

_FINDING_RELATIONS = (
    Relation("DetectorId", "aws_guardduty_detector", reverse=True, owned_by=True),
    Relation("Resource.InstanceDetails.InstanceId", "aws_ec2_instance", reverse=True, **_OBSERVED),
    Relation("Resource.S3BucketDetails[].Name", "aws_s3_bucket", reverse=True, **_OBSERVED),
    Relation(
        "Resource.LambdaDetails.FunctionName", "aws_lambda_function", reverse=True, **_OBSERVED
    ),
    Relation("Resource.EksClusterDetails.Name", "aws_eks_cluster", reverse=True, **_OBSERVED),
    Relation("Resource.EcsClusterDetails.Arn", "aws_ecs_cluster", reverse=True, **_OBSERVED),
    Relation(
        "Resource.RdsDbInstanceDetails.DbInstanceIdentifier",
        "aws_rds_instance",
        reverse=True,
        **_OBSERVED,
    ),
    Relation(
        "Resource.AccessKeyDetails.AccessKeyId", "aws_iam_access_key", reverse=True, **_OBSERVED
    ),
    # The name of a user or of a role.
    Relation(
        "Resource.AccessKeyDetails | [@][?UserType == 'IAMUser'].UserName",
        "aws_iam_user",
        by="name",
        reverse=True,
        **_OBSERVED,
    ),
    Relation(
        "Resource.AccessKeyDetails | [@][?UserType == 'AssumedRole'].UserName",
        "aws_iam_role",
        by="name",
        reverse=True,
        **_OBSERVED,
    ),
)

FINDING = Kind(
    name="aws_guard_duty_finding",
    bases=("phantom_resource",),
    each="aws_guardduty_detector",
    list=Call(
        "guardduty",
        "list_findings",
        "FindingIds[].{Id: @}",
        DetectorId="{id}",
        FindingCriteria={"Criterion": _CRITERION},
    ),
    inherit={"DetectorId": "DetectorId"},
    details=(
        Detail(
            Call(
                "guardduty",
                "get_findings",
                "Findings[]",
                DetectorId="{DetectorId}",
                FindingIds=["{Id}"],
            ),
            batch=50,
            match=("Id", "Id"),
            describes=True,
        ),
    ),
    id="Id",
    label="Title",
    arn="Arn",
    tags=None,
    created="CreatedAt",
    relations=_FINDING_RELATIONS,
    volatile=("Service", "UpdatedAt"),
    undeletable="It is an observation, not a resource.",
)
