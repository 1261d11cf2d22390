"""The digest of the whole plan, for the team that runs Ebbtide; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from ebbtide.base.printable import plain
from ebbtide.digest.amount import Amount
from ebbtide.digest.changes import Last
from ebbtide.digest.document import Document, Part, Row
from ebbtide.digest.facts import Facts, day
from ebbtide.digest.item import STATES, Deleted, Item
from ebbtide.digest.listing import TITLES, decision, deletions, left, rows

# Entries of each ranking, and characters that are left of a longer name.
_TOP, _NAME = 5, 100
NOBODY = "without an owner"
WITHOUT_RULE = "goes along with another"


def team_digest(facts: Facts, last: Last | None, shown: int) -> Document:
    """Return what the team is told; `last` is what was told before."""
    since = facts.period(last)
    deleted = facts.deleted_after(since)
    parts = [
        _totals(facts.items),
        _holds(facts),
        *_rankings(facts),
        _failed(facts, shown),
        _incomplete(facts, shown),
        _without_owner(facts, shown),
        deletions(deleted, facts, shown, since),
    ]
    going = [one for one in facts.items if one.state not in ("undecided", "failed")]
    return Document(
        f"Ebbtide: {len(going)} resources planned for deletion",
        tuple(_lead(facts, deleted, since)),
        tuple(part for part in parts if part is not None),
    )


def _lead(facts: Facts, deleted: list[Deleted], since: datetime) -> Iterator[str]:
    amount = Amount.of(one.monthly for one in facts.items)
    about = f"Run {facts.run_id} of {day(facts.started)}"
    yield f"{about} lists {len(facts.items)} resources: {amount.words}."
    if deleted:
        saved = Amount.of(one.monthly for one in deleted)
        yield f"{len(deleted)} resources deleted since {day(since)}: {saved.saving}."
    yield from (f"Held: {plain(hold, 300)}." for hold in facts.holds)
    failed = sum(one.state == "failed" for one in facts.items)
    if failed:
        yield f"{failed} resources could not be deleted."
    if facts.incomplete:
        yield f"{len(facts.incomplete)} accounts are incomplete."


def _totals(items: Iterable[Item]) -> Part | None:
    found = tuple(
        Row(TITLES[state], facts=_facts(prices))
        for state in STATES
        if (prices := [one.monthly for one in items if one.state == state])
    )
    return Part("In total", rows=found) if found else None


def _facts(prices: list[float | None]) -> tuple[str, str]:
    return f"{len(prices)} resource{'' if len(prices) == 1 else 's'}", Amount.of(prices).words


def _holds(facts: Facts) -> Part | None:
    if not facts.holds:
        return None
    text = tuple(f"{plain(hold, 300)}." for hold in facts.holds)
    if not facts.can_approve:
        more = (
            "cleanup.approval is never, so no approval releases it: change the limit or the rule."
        )
        return Part("Held", (*text, more))
    more = "To approve all of it for the next run, as somebody who may approve plans:"
    return Part("Held", (*text, more), commands=(decision("approve", facts),))


def _rankings(facts: Facts) -> Iterator[Part]:
    names = facts.names
    ways: tuple[tuple[str, Callable[[Item], str]], ...] = (
        ("rules", lambda one: one.rule or WITHOUT_RULE),
        ("accounts", lambda one: names.get(one.subject.account) or one.subject.account),
        ("owners", lambda one: NOBODY if one.owner is None else one.owner),
    )
    for title, key in ways:
        ranked = ranking(facts.items, key)
        if ranked:
            found = tuple(Row(plain(name, _NAME), facts=_facts(p)) for name, p in ranked[:_TOP])
            yield Part(f"By money: {title}", rows=found, left=left(ranked, _TOP))


def ranking(
    items: Iterable[Item], key: Callable[[Item], str]
) -> list[tuple[str, list[float | None]]]:
    """Return the prices of items by a name, the largest known sum first."""
    groups: dict[str, list[float | None]] = {}
    for one in items:
        groups.setdefault(key(one), []).append(one.monthly)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return sorted(ordered, key=lambda group: -Amount.of(group[1]).monthly)


def _failed(facts: Facts, shown: int) -> Part | None:
    found = [one for one in facts.items if one.state == "failed"]
    if not found:
        return None
    return Part(
        f"Could not be deleted: {len(found)}",
        rows=rows(found, facts, shown),
        left=left(found, shown),
    )


def _incomplete(facts: Facts, shown: int) -> Part | None:
    if not facts.incomplete:
        return None
    found = tuple(
        Row(plain(facts.names.get(one.account) or one.account, _NAME), plain(one.why, 300))
        for one in facts.incomplete[:shown]
    )
    return Part(
        f"Incomplete accounts: {len(facts.incomplete)}",
        rows=found,
        left=left(facts.incomplete, shown),
    )


def _without_owner(facts: Facts, shown: int) -> Part | None:
    found = [one for one in facts.items if one.owner is None]
    if not found:
        return None
    amount = Amount.of(one.monthly for one in found)
    return Part(
        f"Without the tag {plain(facts.tag, _NAME)}: {len(found)} ({amount.words})",
        rows=rows(found, facts, shown),
        left=left(found, shown),
    )
