"""Resources that lack a required tag after their time of grace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ebbtide.base.durations import describe
from ebbtide.config.model import UntaggedRule
from ebbtide.model.resource import Resource
from ebbtide.rules.situation import Situation
from ebbtide.verdict.finding import Finding

RULE = "untagged"


def untagged(situation: Situation, options: UntaggedRule) -> Iterator[Finding]:
    min_age = _min_age(situation, options)
    if min_age is None:
        return
    for resource in situation.inventory.of_kind(*options.kinds):
        age = situation.age(resource)
        if not resource.ended and age is not None and age > min_age:
            yield from _finding(resource, options, age, min_age)


def _min_age(situation: Situation, options: UntaggedRule) -> timedelta | None:
    """None when the account is not among those the rule is limited to."""
    account = situation.inventory.account
    if options.accounts and account not in options.accounts:
        return None
    own = options.accounts.get(account)
    return options.min_age if own is None else own


def _finding(
    resource: Resource, options: UntaggedRule, age: timedelta, min_age: timedelta
) -> Iterator[Finding]:
    if resource.tags is None:
        yield Finding(resource.graph_id, RULE, "doubt", "its tags could not be read")
        return
    missing = [tag for tag in options.tags if tag not in resource.tags]
    if missing:
        word = "tag" if len(missing) == 1 else "tags"
        yield Finding(
            resource.graph_id,
            RULE,
            "select",
            f"lacks the required {word} {', '.join(missing)} after {describe(age)}",
            {"missing": missing, "age": describe(age), "min_age": describe(min_age)},
        )
