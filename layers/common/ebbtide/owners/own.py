"""What Ebbtide's own stacks contain and cannot be told by tags.

`template.yaml` gives these names; `<stack>` is the name that its user chose.
"""

from __future__ import annotations

from ebbtide.owners.mark import Mark

_WORDS = "Ebbtide itself"
# EventBridge Scheduler has no tags on schedules, so their target is all that tells.
SCHEDULE = Mark(
    attribute="target.arn",
    of=("aws_scheduler_schedule",),
    matches=r"arn:[^:]+:states:.+:stateMachine:.+-collect-and-cleanup",
    words=_WORDS,
    source="ours",
)
WORKFLOW = Mark(
    attribute="name",
    of=("aws_stepfunctions_state_machine",),
    matches=r".+-collect-and-cleanup",
    words=_WORDS,
    source="ours",
)
LOG_GROUPS = Mark(
    attribute="name",
    of=("aws_cloudwatch_log_group",),
    matches=r"/ebbtide/.+|/aws/vendedlogs/states/.+-collect-and-cleanup",
    words=_WORDS,
    source="ours",
)
