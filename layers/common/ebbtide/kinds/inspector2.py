"""Inspector findings that are still active."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.kind import Decision, Kind, Relation

_OBSERVED: Decision = {"strength": "history", "why": "it is an observation about the resource"}

_RELATIONS = (
    Relation("resources[].id", "aws_ec2_instance", reverse=True, pattern=r"^(i-\w+)$", **_OBSERVED),
    Relation(
        "resources[].id",
        "aws_ecr_repository",
        by="arn",
        reverse=True,
        pattern=r"^(arn:[^:]+:ecr:[^:]+:\d+:repository/.+?)(?:/sha256:.+)?$",
        **_OBSERVED,
    ),
    Relation(
        "resources[].id",
        "aws_lambda_function",
        by="arn",
        reverse=True,
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
        **_OBSERVED,
    ),
)

FINDING = Kind(
    name="aws_inspector_finding",
    bases=("phantom_resource",),
    list=Call(
        "inspector2",
        "list_findings",
        "findings[]",
        filterCriteria={
            "findingStatus": [{"comparison": "EQUALS", "value": "ACTIVE"}],
            # An Inspector administrator also sees the findings of other accounts.
            "awsAccountId": [{"comparison": "EQUALS", "value": "{account}"}],
        },
    ),
    id="findingArn",
    label="title",
    arn="findingArn",
    tags=None,
    created="firstObservedAt",
    relations=_RELATIONS,
    volatile=("lastObservedAt", "updatedAt", "epss", "inspectorScore", "inspectorScoreDetails"),
    undeletable="It is an observation, not a resource.",
)
