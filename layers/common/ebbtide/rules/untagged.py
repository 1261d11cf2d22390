"""Resources that lack a required tag after their grace period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field, field_validator

from ebbtide.base.durations import describe
from ebbtide.kinds import registry as kinds
from ebbtide.model.expiry import plain_key
from ebbtide.model.resource import Resource
from ebbtide.options.names import AccountId, KindName
from ebbtide.options.section import Duration
from ebbtide.rules.finding import ENDED, Finding
from ebbtide.rules.rule import Rule, WholeOptions
from ebbtide.rules.situation import Situation

NAME = "untagged"


class UntaggedOptions(WholeOptions):
    """Resources that lack one of the required tags after a grace period."""

    tags: tuple[str, ...] = Field(
        default=("owner", "expiration"),
        min_length=1,
        description="tag keys that a resource must have, with any value",
    )
    kinds: tuple[KindName, ...] = Field(
        default=(
            "aws_ec2_instance",
            "aws_ec2_volume",
            "aws_vpc",
            "aws_cloudformation_stack",
            "aws_elb",
            "aws_alb",
            "aws_alb_target_group",
        ),
        description="kinds that must have them",
    )
    min_age: Duration = Field(
        default=timedelta(hours=2), description="grace period since the resource was created"
    )
    accounts: dict[AccountId, Duration | None] = Field(
        default_factory=dict,
        description="only these accounts, each with its own min_age or null; empty: all accounts",
    )

    @field_validator("kinds")
    @classmethod
    def _taggable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            kind = kinds().get(name)
            if kind is not None and kind.tags is None:
                raise ValueError(f"{name} cannot carry tags in AWS")
        return value


def untagged(situation: Situation, options: UntaggedOptions) -> Iterator[Finding]:
    """Select resources without all required tags; doubt those whose tags were not read."""
    min_age = _min_age(situation, options)
    if min_age is None:
        return
    for resource in situation.inventory.of_kind(*options.kinds):
        age = situation.age(resource)
        if age is not None and not why_not(situation, options, resource):
            yield _finding(resource, options, age, min_age)


def why_not(situation: Situation, options: UntaggedOptions, resource: Resource) -> str:
    """Return why a resource lacks no required tag, or may still lack it; "" otherwise."""
    if frozenset(options.kinds).isdisjoint(resource.kinds):
        return f"rules.untagged.kinds does not list {resource.kind}"
    min_age = _min_age(situation, options)
    if min_age is None:
        return f"rules.untagged.accounts does not list account {situation.inventory.account}"
    if resource.ended:
        return ENDED
    if resource.tags is not None and all(tag in resource.tags for tag in options.tags):
        return f"it has all of the tags {', '.join(options.tags)}"
    return situation.too_young(resource, min_age)


def _min_age(situation: Situation, options: UntaggedOptions) -> timedelta | None:
    """Return the grace period in this account; None if the rule does not apply to it."""
    account = situation.inventory.account
    if options.accounts and account not in options.accounts:
        return None
    own = options.accounts.get(account)
    return options.min_age if own is None else own


def _finding(
    resource: Resource, options: UntaggedOptions, age: timedelta, min_age: timedelta
) -> Finding:
    if resource.tags is None:
        return Finding(resource.graph_id, NAME, "doubt", "its tags could not be read")
    missing = [tag for tag in options.tags if tag not in resource.tags]
    similar = {plain_key(key): key for key in resource.tags}
    if all(plain_key(tag) in similar for tag in missing):
        # Whoever wrote `Owner` for `owner` meant to tag it.
        keys = ", ".join(f"{similar[plain_key(tag)]!r} for {tag!r}" for tag in missing)
        why = f"its tags are spelled differently: {keys}"
        return Finding(resource.graph_id, NAME, "doubt", why)
    word = "tag" if len(missing) == 1 else "tags"
    return Finding(
        resource.graph_id,
        NAME,
        "select",
        f"missing the required {word} {', '.join(missing)} after {describe(age)}",
        {"missing": missing, "age": describe(age), "min_age": describe(min_age)},
    )


UNTAGGED = Rule(NAME, UntaggedOptions, untagged, why_not, reads_tags=True)
