"""Rules of users: the section `rules.own` of the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from ebbtide.rules.rule import Rule, Search
from ebbtide.rules.search_rule import SearchOptions, rendered, search_rule

# Most rules of the configuration's own. Each one is evaluated in every account.
MOST_OWN = 50


def _one_line(value: str) -> str:
    if "\n" in value.strip():
        raise ValueError("give one line")
    return value.strip()


OwnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,47}$")]
Sentence = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)
]


class OwnRule(SearchOptions):
    """A rule of your own: a search, and the options that all such rules have."""

    search: str = Field(description="what is waste (docs/search.md); it must name its kinds")
    reason: Sentence = Field(description="why it is waste, as the plan gives it")
    facts: tuple[str, ...] = Field(
        default=(), description="properties of what it selects that the plan keeps"
    )

    @property
    def declared(self) -> Search:
        return Search(self.search, self.reason, facts=self.facts)

    @property
    def text(self) -> str:
        """Return the search with its options filled in. Raises ValueError for an unknown one."""
        return rendered(self.declared, self)


def own_rule(name: str, options: OwnRule) -> Rule[OwnRule]:
    """Return the rule of a section of `rules.own`."""
    return search_rule(name, OwnRule, options.declared)
