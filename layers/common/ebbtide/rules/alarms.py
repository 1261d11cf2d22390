"""Alarms on instances that no longer exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from ebbtide.model.resource import Resource, graph_id
from ebbtide.options.names import AccountId
from ebbtide.rules.finding import Absent, Finding
from ebbtide.rules.rule import Neighbour, Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "alarms"
INSTANCE = "aws_ec2_instance"
ALARM = "aws_cloudwatch_alarm"
# Other services have instances, too, and the dimension has the same name: those of Amazon Connect
# have UUIDs, nodes of Systems Manager ids with `mi-` (EC2 user guide, "Resource IDs").
_EC2_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")


class AlarmsOptions(RuleOptions):
    """Alarms that watch only instances that no longer exist."""

    accounts: tuple[AccountId, ...] = Field(default=(), description="empty: all accounts")


def orphaned_alarms(situation: Situation, options: AlarmsOptions) -> Iterator[Finding]:
    """Select alarms whose instances are all gone; one live instance keeps an alarm."""
    for alarm in situation.inventory.of_kind(ALARM):
        if why_not(situation, options, alarm):
            continue
        watched = _watched(alarm)
        yield Finding(
            alarm.graph_id,
            NAME,
            "select",
            f"all instances it watches are gone: {', '.join(watched)}",
            {"instances": watched},
            negates=(INSTANCE,),
            absent=tuple(Absent(alarm.graph_id, INSTANCE, name) for name in watched),
        )


def why_not(situation: Situation, options: AlarmsOptions, resource: Resource) -> str:
    """Return why a resource is no alarm without a live instance; "" if it is one."""
    inventory = situation.inventory
    if resource.kind != ALARM:
        return f"it is not an {ALARM}"
    if options.accounts and inventory.account not in options.accounts:
        return f"rules.alarms.accounts does not list account {inventory.account}"
    watched = _watched(resource)
    if not watched:
        return "it watches no instance"
    for name in watched:
        known = graph_id(inventory.account, resource.region, INSTANCE, name)
        if known in inventory and not inventory[known].ended:
            return f"it watches {name}, which exists"
    others = [name for name in watched if not _EC2_ID.fullmatch(name)]
    return f"it watches {others[0]}, which is not an instance of EC2" if others else ""


def _watched(alarm: Resource) -> list[str]:
    dimensions = alarm.get("dimensions") or []
    return [entry["value"] for entry in dimensions if entry.get("name") == "InstanceId"]


ALARMS = Rule(
    NAME,
    AlarmsOptions,
    orphaned_alarms,
    why_not,
    looks_at=lambda _: (Neighbour(INSTANCE, ids="dimensions[?name=='InstanceId'].value"),),
)
