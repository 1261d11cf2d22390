"""What jobs ask for in words, beyond the deletion of what they select."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ebbtide.config import Config
from ebbtide.kinds import registry
from ebbtide.verdict.marks import RULE_PREFIX


def removed_with(kind: str, asked: Collection[str]) -> frozenset[str]:
    """Return the kinds of what is removed from a resource of this kind before it goes."""
    delete = registry()[kind].delete
    steps = delete.prepare if delete else ()
    return frozenset(step.removes for step in steps if step.removes and step.asks in asked)


def asked_for(kind: str, rules: Iterable[str], config: Config) -> tuple[str, ...]:
    """Return the words of preparations of a kind for which a job among `rules` asks."""
    delete = registry()[kind].delete
    words = {step.asks for step in delete.prepare if step.asks} if delete else set()
    if not words:
        return ()
    selecting = set(rules)
    asked = {
        word
        for job in config.jobs
        if job.action.clean is not None and f"{RULE_PREFIX}{job.name}" in selecting
        for word in job.action.clean.asks
    }
    return tuple(sorted(words & asked))
