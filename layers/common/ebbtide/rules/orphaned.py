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
from ebbtide.rules.finding import ENDED, Finding
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
    for resource in situation.inventory.of_kind(*(options.kinds or ("resource",))):
        # Few resources have lost their owner.
        if resource.orphaned_since is not None and not why_not(situation, options, resource):
            yield _finding(situation, resource, options)


def why_not(situation: Situation, options: OrphanedOptions, resource: Resource) -> str:
    """Return why a resource was not left behind long enough ago; "" if it was."""
    if resource.ended:
        return ENDED
    if options.kinds and frozenset(options.kinds).isdisjoint(resource.kinds):
        return f"rules.orphaned.kinds does not list {resource.kind}"
    for name in options.exclude:
        if name in resource.kinds:
            return f"rules.orphaned.exclude lists {name}"
    gone_for = situation.gone_for(resource)
    if gone_for is None:
        return "no owner of it is known to be gone"
    if gone_for <= options.min_age:
        proved, wanted = describe(gone_for), describe(options.min_age)
        return f"its owners are known to be gone for {proved}, not longer than min_age ({wanted})"
    return situation.too_young(resource, options.min_age)


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


ORPHANED = Rule(NAME, OrphanedOptions, left_behind, why_not)
