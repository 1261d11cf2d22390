"""Alarms on instances that no longer exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from ebbtide.model.resource import Resource
from ebbtide.options.names import AccountId
from ebbtide.rules.finding import Absent, Finding
from ebbtide.rules.rule import Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "alarms"
INSTANCE = "aws_ec2_instance"
# Other services have instances, too, and the dimension has the same name: those of Amazon Connect
# have UUIDs, nodes of Systems Manager ids with `mi-` (EC2 user guide, "Resource IDs").
_EC2_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")


class AlarmsOptions(RuleOptions):
    """Alarms that watch only instances that no longer exist."""

    accounts: tuple[AccountId, ...] = Field(default=(), description="empty: all accounts")


def orphaned_alarms(situation: Situation, options: AlarmsOptions) -> Iterator[Finding]:
    """Select alarms whose instances are all gone; one live instance keeps an alarm."""
    inventory = situation.inventory
    if options.accounts and inventory.account not in options.accounts:
        return
    living = {
        (instance.region, instance.id)
        for instance in inventory.of_kind(INSTANCE)
        if not instance.ended
    }
    for alarm in inventory.of_kind("aws_cloudwatch_alarm"):
        watched = _watched(alarm)
        if not watched or any((alarm.region, name) in living for name in watched):
            continue
        if not all(_EC2_ID.fullmatch(name) for name in watched):
            continue
        yield Finding(
            alarm.graph_id,
            NAME,
            "select",
            f"all instances it watches are gone: {', '.join(watched)}",
            {"instances": watched},
            negates=(INSTANCE,),
            absent=tuple(Absent(alarm.graph_id, INSTANCE, name) for name in watched),
        )


def _watched(alarm: Resource) -> list[str]:
    dimensions = alarm.get("dimensions") or []
    return [entry["value"] for entry in dimensions if entry.get("name") == "InstanceId"]


ALARMS = Rule(NAME, AlarmsOptions, orphaned_alarms)
