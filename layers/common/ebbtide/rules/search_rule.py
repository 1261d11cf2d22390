"""Rules that are searches: what to find, what to say about it, and the options that all share.

Such a rule is data. It is declared once, by `declare(...)` in a module of this folder or under
`rules.own` in the configuration. Its search says what is waste; the options say how old it must be
and where. The plan runs the search (ebbtide.plan.searched).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, create_model

from ebbtide.base.durations import describe
from ebbtide.model.resource import Resource
from ebbtide.options.names import AccountId, KindName
from ebbtide.options.section import Duration
from ebbtide.rules.finding import ENDED, Finding
from ebbtide.rules.rule import Advises, Instead, Rule, Search, WholeOptions
from ebbtide.rules.situation import Situation

IDLE = (
    "what was used within this time stays, for rules that look at the last use; what AWS could not "
    "say is undecided; collect.last_use.period must be at least as long"
)
_OPTION = re.compile(r"\{\{(\w+)\}\}")

RegionName = Annotated[str, StringConstraints(pattern=r"^(global|[a-z]{2,}(-[a-z]+)+-\d+)$")]


class SearchOptions(WholeOptions):
    """The options of every rule that is a search."""

    min_age: Duration = Field(
        default=timedelta(days=14), description="what the rule selects must be older"
    )
    unchanged_for: Duration = Field(
        default=timedelta(),
        description="complete readings must have seen no change of it for longer than this; it is "
        "undecided until it was watched for that time",
    )
    idle_for: Duration | None = Field(default=None, description=IDLE)
    accounts: tuple[AccountId, ...] = Field(default=(), description="empty: all accounts")
    regions: tuple[RegionName, ...] = Field(
        default=(), description="region names, and `global`; empty: all regions"
    )
    kinds: tuple[KindName, ...] = Field(
        default=(), description="only these kinds of those that the rule finds; empty: all"
    )
    tags: dict[str, str | None] = Field(
        default_factory=dict,
        description="only what has each of these tags with its value, or null for any value",
    )
    except_tags: dict[str, str | None] = Field(
        default_factory=dict,
        description="nothing that has one of these tags with its value, or null for any value",
    )

    @property
    def newest(self) -> int:
        """Return how many of the newest stay, for rules that keep some."""
        return 0


class KeepingOptions(SearchOptions):
    """The options of a rule that keeps the newest of each source."""

    keep_newest: int = Field(
        default=3, ge=0, le=10_000, description="how many of the newest of each source stay"
    )

    @property
    def newest(self) -> int:
        return self.keep_newest


def rendered(search: Search, options: SearchOptions) -> str:
    """Return the text of a search with each {{option}} replaced by the value of the option.

    A duration becomes one of seconds, such as `86400s`, and a list a list of the language. Raises
    ValueError for a name that is no option.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in type(options).model_fields:
            raise ValueError(f"{{{{{match[1]}}}}} is not an option of the rule")
        found = getattr(options, match[1])
        if isinstance(found, timedelta):
            return f"{int(found.total_seconds())}s"
        return json.dumps(list(found) if isinstance(found, tuple) else found)

    return _OPTION.sub(value, search.text)


def left_out(situation: Situation, options: SearchOptions, resource: Resource) -> str:
    """Return which option leaves a resource out that the search finds; "" if none does."""
    if resource.ended:
        return ENDED
    if options.accounts and resource.account not in options.accounts:
        return f"accounts does not list account {resource.account}"
    if options.regions and resource.region not in options.regions:
        return f"regions does not list {resource.region}"
    if options.kinds and frozenset(options.kinds).isdisjoint(resource.kinds):
        return f"kinds does not list {resource.kind}"
    if (reason := _of_tags(options, resource)) is not None:
        return reason
    if young := situation.too_young(resource, options.min_age):
        return young
    unchanged = situation.since_change(resource)
    if options.unchanged_for and unchanged is not None and unchanged <= options.unchanged_for:
        limit = describe(options.unchanged_for)
        return f"it changed {describe(unchanged)} ago, not longer than unchanged_for ({limit})"
    return ""


def _of_tags(options: SearchOptions, resource: Resource) -> str | None:
    """Return which tag leaves a resource out; None if none does, or if its tags are unknown."""
    if resource.tags is None:
        return None
    for key, value in options.tags.items():
        if not _has(resource.tags, key, value):
            return f"it lacks the tag {_shown(key, value)}"
    for key, value in options.except_tags.items():
        if _has(resource.tags, key, value):
            return f"it has the tag {_shown(key, value)}"
    return None


def _has(tags: Mapping[str, str], key: str, value: str | None) -> bool:
    return key in tags and value in (None, tags[key])


def _shown(key: str, value: str | None) -> str:
    return key if value is None else f"{key}={value}"


def unsure(options: SearchOptions, resource: Resource) -> str:
    """Return why an option cannot be answered for a resource; "" if all can."""
    if resource.tags is None and (options.tags or options.except_tags):
        return "its tags could not be read"
    watched, wanted = resource.unchanged_for, options.unchanged_for
    if wanted and watched <= wanted:
        return (
            f"watched for only {describe(watched)} without a change (unchanged_for "
            f"{describe(wanted)}): it may have been in use before, or while it could not be read"
        )
    return ""


def finding(
    rule: Rule[Any],
    situation: Situation,
    resource: Resource,
    negates: tuple[str, ...],
    doubt: str = "",
) -> Finding:
    """Return the selection of a resource by a search; `doubt` says why it may be wrong.

    Raises ValueError for a rule that only advises.
    """
    assert rule.search is not None
    if rule.advises is not None:
        raise ValueError(f"{rule.name} only advises; it selects nothing")
    age = situation.age(resource)
    known = {"age": describe(age)} if age is not None else {}
    return Finding(
        resource.graph_id,
        rule.name,
        "select",
        rule.search.reason,
        {**facts_of(rule.search, resource), **known},
        negates=negates,
        unsure=doubt,
        searched=True,
    )


def facts_of(search: Search, resource: Resource) -> dict[str, Any]:
    """Return the properties of a resource that its rule keeps."""
    return {name: resource.get(name) for name in search.facts}


def declare(
    name: str,
    *,
    question: str,
    search: str,
    reason: str,
    cannot_see: Iterable[str] = (),
    facts: Iterable[str] = (),
    min_age: timedelta = timedelta(days=14),
    unchanged_for: timedelta = timedelta(),
    may_break: Iterable[tuple[str, str]] = (),
    last_use: Iterable[str] = (),
    idle_for: timedelta | None = None,
    newest_per: str = "",
    more: Mapping[str, tuple[Any, Any]] | None = None,
    advises: str = "",
    instead: Instead | None = None,
    saves_all: bool = False,
) -> Rule[Any]:
    """Declare a rule that is a search.

    `question` is what the rule answers, in one sentence; it heads the page about it. `search` says
    what is waste; in it, {{name}} stands for the option of that name. `reason` completes "selected,
    because it is ...". `cannot_see` lists uses that the search does not know of. `facts` are
    properties that the plan keeps. `last_use` are the kinds whose last use the search asks for, and
    `idle_for` the default of the option of that name, which the search compares with it, as in
    `last_access > {{idle_for}}`. With `newest_per`, the newest resources with the same value of
    that property stay, as many as the option `keep_newest` says. `more` are options besides those
    of SearchOptions, each a type and its Field. A rule with `advises` selects nothing: it says what
    you could do; for `instead` and `saves_all`, see ebbtide.rules.rule.Advises.
    """
    defaults = {"min_age": min_age, "unchanged_for": unchanged_for}
    if idle_for is not None:
        defaults["idle_for"] = idle_for
    options = KeepingOptions if newest_per else SearchOptions
    if more:
        title = "".join(word.capitalize() for word in name.split("_"))
        fields: dict[str, Any] = dict(more)
        options = create_model(f"{title}Options", __base__=options, **fields)
    advice = Advises(advises, instead or {}, saves_all) if advises else None
    declared = Search(search, reason, question, tuple(cannot_see), tuple(facts), newest_per, advice)
    rule = search_rule(name, options, declared, may_break)
    kinds = tuple(last_use)
    return replace(
        rule,
        last_use=lambda _: kinds,
        looks_back=lambda chosen: chosen.idle_for,
        defaults=MappingProxyType(defaults),
    )


def usual(rule: Rule[Any]) -> SearchOptions:
    """Return the options of a rule that is a search, as they are without a configuration."""
    found: SearchOptions = rule.options(**rule.defaults)
    return found


def field_of(rule: Rule[Any]) -> Any:
    """Return the type of the section of a rule that is a search, with its defaults filled in.

    A model for each of a hundred rules would take a function a tenth of a second at its start.
    """

    def filled(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        if value.get("idle_for") is not None and "idle_for" not in rule.defaults:
            raise ValueError(f"{rule.name} does not look at the last use; remove idle_for")
        if value.get("with_parts") and rule.advises is not None:
            raise ValueError(f"{rule.name} only advises, so nothing has parts; remove with_parts")
        return {**rule.defaults, **value}

    return Annotated[rule.options, BeforeValidator(filled)]


def search_rule[O: SearchOptions](
    name: str, options: type[O], search: Search, may_break: Iterable[tuple[str, str]] = ()
) -> Rule[O]:
    """Return the rule of a search. What it finds is not found by `Rule.find`, but by the plan."""
    return Rule(
        name,
        options,
        find=lambda _situation, _options: (),
        why_not=left_out,
        may_break=tuple(may_break),
        search=search,
    )
