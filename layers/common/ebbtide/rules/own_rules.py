"""Rules of users: the section `rules.own` of the configuration."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ebbtide.kinds import registry
from ebbtide.rules.rule import Advises, Rule, Search
from ebbtide.rules.search_rule import SearchOptions, rendered, search_rule

# Most rules of the configuration's own. Each one is evaluated in every account.
MOST_OWN = 50


def _one_line(value: str) -> str:
    if "\n" in value.strip():
        raise ValueError("give one line")
    return value.strip()


PropertyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
# The kinds that a search names: those in `is(...)`.
_IS = re.compile(r"\bis\(([^)]*)\)")
_NAME = re.compile(r"\w+")
OwnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,47}$")]
Sentence = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)
]


class OwnRule(SearchOptions):
    """A rule of your own: a search, and the options that all such rules have."""

    search: str = Field(description="what is waste (docs/search.md); it must name its kinds")
    reason: Sentence = Field(description="why it is waste, as the plan gives it")
    advises: Sentence | None = Field(
        default=None,
        description="what you could do about it; the rule then only advises, and selects nothing",
    )
    facts: tuple[str, ...] = Field(
        default=(), description="properties of what it selects that the plan keeps"
    )
    keep_newest: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="how many of the newest stay, of those with the same `newest_per`",
    )
    newest_per: PropertyName | None = Field(
        default=None,
        description="the property that says what a copy is of, such as `volume_id`",
    )

    @model_validator(mode="after")
    def _keeps_of_something(self) -> Self:
        if self.newest_per is not None and self.keep_newest == 0:
            raise ValueError("newest_per needs keep_newest: give the number that stays, at least 1")
        if self.keep_newest and self.newest_per is None:
            raise ValueError(
                "keep_newest needs newest_per, the property that says what a copy is of, such as "
                "volume_id"
            )
        return self

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Self:
        if "{{" in self.reason:
            raise ValueError("the reason is taken as it is; options in braces belong in the search")
        if self.idle_for is None:
            return self
        if "{{idle_for}}" not in self.search:
            raise ValueError(
                "idle_for has no effect, because the search does not use it; add "
                "`and last_access > {{idle_for}}` to the search, or remove idle_for"
            )
        if not kinds_in_use(self) and "expand(" not in self.search:
            raise ValueError(
                "idle_for: AWS does not say when what the search names was last used; "
                "docs/kinds.md says of which kinds it does"
            )
        return self

    @property
    def newest(self) -> int:
        return self.keep_newest

    @property
    def declared(self) -> Search:
        advice = None if self.advises is None else Advises(self.advises)
        newest = self.newest_per or ""
        return Search(self.search, self.reason, facts=self.facts, newest_per=newest, advises=advice)

    @property
    def text(self) -> str:
        """Return the search with its options filled in. Raises ValueError for an unknown one."""
        return rendered(self.declared, self)


def kinds_in_use(options: OwnRule) -> tuple[str, ...]:
    """Return the kinds that the search names, and whose last use its idle_for asks for."""
    if options.idle_for is None:
        return ()
    named = {name for names in _IS.findall(options.search) for name in _NAME.findall(names)}
    return tuple(
        kind.name
        for kind in registry().values()
        if kind.last_use is not None and not named.isdisjoint(kind.kinds)
    )


def own_rule(name: str, options: OwnRule) -> Rule[OwnRule]:
    """Return the rule of a section of `rules.own`."""
    rule = search_rule(name, OwnRule, options.declared)
    return replace(rule, last_use=kinds_in_use, looks_back=lambda chosen: chosen.idle_for)
