"""Mistakes of the rules in `rules.own`: in their searches, and in names of what these find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ebbtide.config.jobs import problem_of
from ebbtide.options.mistakes import Mistake
from ebbtide.rules.own_rules import OwnRule

# What searches know of every resource, and what no copy is of.
_NO_PROPERTIES = frozenset(
    ("account", "age", "arn", "cloud", "id", "kind", "kinds", "name", "region", "tags")
)


def mistakes_of(own: Mapping[str, OwnRule], searches: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield the mistakes by name of the rule and option; `searches` are the snippets."""
    for name, rule in own.items():
        if problem := _of_search(rule, searches):
            yield Mistake((name, "search"), problem)
        elif problem := _of_newest(rule, searches):
            yield Mistake((name, "newest_per"), problem)


def _of_search(rule: OwnRule, searches: Mapping[str, str]) -> str:
    try:
        return problem_of(rule.text, searches, cleans=True)
    except ValueError as error:
        return str(error)


def _of_newest(rule: OwnRule, searches: Mapping[str, str]) -> str:
    """Return why no resource that the search finds has the property `newest_per`."""
    if rule.newest_per is None:
        return ""
    if rule.newest_per in _NO_PROPERTIES:
        return f"{rule.newest_per} is no property that says what a copy is of, such as volume_id"
    # Local for the reason that ebbtide.config.jobs gives.
    from ebbtide.language import parse_search
    from ebbtide.language.restricting import kinds_of

    found = kinds_of(parse_search(rule.text, dict(searches)).parts[-1].term)
    return next(filter(None, (_asked(kind, rule.newest_per) for kind in sorted(found or ()))), "")


def _asked(kind: str, name: str) -> str:
    """Return what is wrong with a search for a property of a kind."""
    problem = problem_of(f"is({kind}) and {name} != null", cleans=True)
    # The place in a search that nobody has written helps nobody.
    return problem.partition(": ")[2] or problem
