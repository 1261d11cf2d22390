"""Rules of users: the section `rules.own` of the configuration."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ebbtide.rules.rule import Advises, Rule, Search
from ebbtide.rules.search_rule import SearchOptions, rendered, search_rule

# Most rules of the configuration's own. Each one is evaluated in every account.
MOST_OWN = 50


def _one_line(value: str) -> str:
    if "\n" in value.strip():
        raise ValueError("give one line")
    return value.strip()


PropertyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
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
        if (self.keep_newest > 0) != (self.newest_per is not None):
            raise ValueError("keep_newest and newest_per belong together: give both, or neither")
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


def own_rule(name: str, options: OwnRule) -> Rule[OwnRule]:
    """Return the rule of a section of `rules.own`."""
    return search_rule(name, OwnRule, options.declared)
