"""How far IAM can limit what the cleaner does besides deleting; tools/generate_policies.py uses it.

Every action of the cleaner that neither deletes nor takes away is in one of the two tables. The
forms of ARNs and the condition keys are those of AWS's Service Authorization Reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

# What deletes or takes away needs no limit other than what the role must never touch.
REMOVING = re.compile(
    r"[^:]+:(AdminDelete|Cancel|Deactivate|Delete|DELETE|Deregister|Detach|Disassociate|Reject|Release|Remove|Revoke"
    r"|ScheduleKeyDeletion|Stop|Terminate|Unsubscribe)"
)

# The names that kinds/ gives to last snapshots.
_FINAL = "ebbtide-final-*"


@dataclass(frozen=True, slots=True)
class Limit:
    """A statement of its own: for which resources, and under which condition, actions are allowed.

    `resources` are ARNs without `arn:<partition>:`. `purpose` becomes a comment in the template.
    """

    actions: tuple[str, ...]
    purpose: str
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_CHANGES = "route53:ChangeResourceRecordSetsActions"

LIMITS = (
    Limit(
        ("route53:ChangeResourceRecordSets",),
        "Deletes record sets; it can neither create nor change one.",
        ("route53:::hostedzone/*",),
        {"ForAllValues:StringEquals": {_CHANGES: "DELETE"}, "Null": {_CHANGES: "false"}},
    ),
    Limit(
        ("rds:AddTagsToResource",),
        "Tags last snapshots, nothing else.",
        (f"rds:*:*:snapshot:{_FINAL}", f"rds:*:*:cluster-snapshot:{_FINAL}"),
    ),
    Limit(
        ("rds:CreateDBSnapshot", "rds:CreateDBClusterSnapshot"),
        "Makes last snapshots; all have this name.",
        (
            "rds:*:*:db:*",
            f"rds:*:*:snapshot:{_FINAL}",
            "rds:*:*:cluster:*",
            f"rds:*:*:cluster-snapshot:{_FINAL}",
        ),
    ),
    Limit(
        ("elasticache:CreateSnapshot", "elasticache:CreateServerlessCacheSnapshot"),
        "As above.",
        (
            "elasticache:*:*:cluster:*",
            "elasticache:*:*:replicationgroup:*",
            "elasticache:*:*:serverlesscache:*",
            f"elasticache:*:*:snapshot:{_FINAL}",
            f"elasticache:*:*:serverlesscachesnapshot:{_FINAL}",
        ),
    ),
    Limit(("fsx:TagResource",), "Tags last backups.", ("fsx:*:*:backup/*",)),
    Limit(
        ("redshift:CreateClusterSnapshot",),
        "As above.",
        (f"redshift:*:*:snapshot:*/{_FINAL}",),
    ),
)

# Action -> why IAM cannot limit it further; docs/safety.md repeats it.
UNLIMITED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "batch:UpdateComputeEnvironment",
                "batch:UpdateJobQueue",
                "cloudfront:UpdateDistribution",
                "globalaccelerator:UpdateAccelerator",
            ),
            "it disables what is deleted next, and IAM does not see what a call changes",
        ),
        "ecs:PutClusterCapacityProviders": (
            "it takes off a cluster's list what is deleted next, and IAM does not see what a call"
            " changes"
        ),
        "fsx:CreateBackup": "the id of a backup is not known before, and IAM knows no other name",
        "memorydb:CreateSnapshot": "IAM asks for the cluster only, not for the snapshot",
        "redshift-serverless:CreateSnapshot": "the ARN of a snapshot holds an id instead of a name",
    }
)


def removes(action: str) -> bool:
    """Return whether an action, by its name, only deletes or takes away."""
    return REMOVING.match(action) is not None


def limited() -> frozenset[str]:
    return frozenset(action for limit in LIMITS for action in limit.actions)


def statements(actions: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the statements that allow those of these actions that have a limit."""
    for limit in LIMITS:
        allowed = [action for action in limit.actions if action in actions]
        if allowed:
            yield f"# {limit.purpose}"
            yield "- Effect: Allow"
            yield f"  Action: [{', '.join(allowed)}]"
            yield "  Resource:"
            for arn in limit.resources:
                yield f"    - !Sub arn:${{AWS::Partition}}:{arn}"
            if limit.condition:
                yield "  Condition:"
            for operator, keys in limit.condition.items():
                # JSON is YAML, too; `Null` without quotes would be no text.
                yield f"    {json.dumps(operator)}: {json.dumps(keys)}"
