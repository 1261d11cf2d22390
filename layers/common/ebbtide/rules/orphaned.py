"""Resources whose owner was deleted and left them behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from ebbtide.base.clock import to_text
from ebbtide.base.durations import describe
from ebbtide.model.resource import Resource
from ebbtide.options.names import KindName
from ebbtide.options.section import Duration
from ebbtide.owners.claims import claims_of
from ebbtide.rules.finding import Finding
from ebbtide.rules.rule import Rule, WholeOptions
from ebbtide.rules.situation import Situation

NAME = "orphaned"


class OrphanedOptions(WholeOptions):
    """Resources that a deleted stack, group, cluster or service left behind."""

    min_age: Duration = Field(
        default=timedelta(days=14),
        description="each run of this time must have proved that the owner is gone, and the "
        "resource must be older, too",
    )
    kinds: tuple[KindName, ...] = Field(default=(), description="only these kinds; empty: all")
    exclude: tuple[KindName, ...] = Field(
        default=(
            "bucket",
            "database",
            "snapshot",
            "aws_cognito_user_pool",
            "aws_dynamodb_table",
            "aws_efs_file_system",
            "aws_fsx_file_system",
            "aws_kms_key",
            "aws_secretsmanager_secret",
        ),
        description="kinds to leave alone: owners often keep data on purpose",
    )


def left_behind(situation: Situation, options: OrphanedOptions) -> Iterator[Finding]:
    """Select resources whose owners have all been gone for the minimum age."""
    excluded = frozenset(options.exclude)
    for resource in situation.inventory.of_kind(*(options.kinds or ("resource",))):
        if resource.ended or not excluded.isdisjoint(resource.kinds):
            continue
        gone_for, age = situation.gone_for(resource), situation.age(resource)
        if gone_for is None or age is None:
            continue
        if min(gone_for, age) > options.min_age:
            yield _finding(situation, resource, options)


def _finding(situation: Situation, resource: Resource, options: OrphanedOptions) -> Finding:
    since, gone_for = resource.orphaned_since or situation.now, situation.gone_for(resource)
    owners = list(dict.fromkeys(claim.words for claim in claims_of(resource)))
    return Finding(
        resource.graph_id,
        NAME,
        "select",
        f"{', '.join(owners)} has been gone for {describe(gone_for or timedelta())} or longer",
        {
            "owners": owners,
            "orphaned_since": to_text(since),
            "min_age": describe(options.min_age),
        },
    )


ORPHANED = Rule(NAME, OrphanedOptions, left_behind)
