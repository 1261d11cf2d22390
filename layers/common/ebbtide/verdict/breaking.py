"""What may break: uses that a rule or the configuration gives up for named pairs of kinds."""

from __future__ import annotations

from collections.abc import Iterable

from ebbtide.config import Breakable
from ebbtide.kinds import concrete_kinds
from ebbtide.rules import registry


def may_break(kind: str, rules: Iterable[str], allowed: Iterable[Breakable]) -> frozenset[str]:
    """Return the kinds whose resources may break when one of `kind` goes.

    `rules` are those that select it, `allowed` is `cleanup.allow_breaking`. One rule that gives a
    use up is enough: it would have had the resource planned without the others.
    """
    pairs = [(one.needed, one.by) for one in allowed]
    for name in rules:
        rule = registry().get(name)
        pairs.extend(rule.may_break if rule is not None else ())
    return frozenset(
        user
        for needed, by in pairs
        if kind in concrete_kinds((needed,))
        for user in concrete_kinds((by,))
    )
