"""Chooses what of a plan begins today, if `cleanup.calendar.per_day` spreads it over days; pure.

What belongs together begins together: a whole with its parts, an owner with what goes along. What
must go first, or would break otherwise, is in the same or an earlier batch. What saves most is
chosen first. The rest stays planned and is named with the reason; nothing is left out in silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ebbtide.graph.ordering import tied
from ebbtide.plan.model import Planned


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more resources of an account may begin on a day.

    Those in `begun`, by graph id, have begun on it and are still there: they cost nothing more.
    `tried` counts in how many runs of the last days something was to go and stayed after all, so
    that it keeps nothing else from its turn.
    """

    per_day: int
    left: int
    begun: frozenset[str] = frozenset()
    tried: Mapping[str, int] = field(default_factory=dict)


def batch_of(
    entries: Sequence[Planned], allowance: Allowance, why_closed: Callable[[Planned], str]
) -> tuple[str, ...]:
    """Return the graph ids of what begins today; `why_closed` says why one may not, or "".

    The same arguments always give the same batch. It begins at most `allowance.left` resources.
    """
    taken = _taken(_Groups.of(entries), allowance, why_closed)
    return tuple(one.subject.graph_id for one in entries if one.subject.graph_id in taken)


def too_large(entries: Sequence[Planned], per_day: int) -> dict[str, int]:
    """Return what never fits into a day: by graph id, how many resources go together with it."""
    return {
        one.subject.graph_id: len(members)
        for members in _Groups.of(entries).members.values()
        if len(members) > per_day
        for one in members
    }


@dataclass(frozen=True, slots=True)
class _Groups:
    """What can only begin together; each group has the name of one of its members.

    `needs`: which groups must begin with one, or have begun before.
    """

    members: Mapping[str, list[Planned]]
    of_name: Mapping[str, str]
    needs: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, entries: Sequence[Planned]) -> _Groups:
        by_name = {entry.subject.graph_id: entry for entry in entries}
        needs = _needs(by_name)
        of_name = tied(needs)
        members: dict[str, list[Planned]] = defaultdict(list)
        for name, entry in by_name.items():
            members[of_name[name]].append(entry)
        between: dict[str, set[str]] = {name: set() for name in members}
        for name, needed in needs.items():
            own = of_name[name]
            between[own] |= {of_name[one] for one in needed} - {own}
        return cls(members, of_name, {name: frozenset(one) for name, one in between.items()})

    def in_order(self, tried: Mapping[str, int]) -> list[str]:
        """Return the groups by what they save, an unknown price last; then as the plan has them.

        What was tried in vain comes after what was tried less often.
        """

        def key(name: str) -> tuple[int, float, int, str]:
            ones = self.members[name]
            often = max(tried.get(one.subject.graph_id, 0) for one in ones)
            saves = sum(one.monthly or 0.0 for one in ones)
            return often, -saves, min(one.wave for one in ones), name

        return sorted(self.members, key=key)


def _needs(by_name: Mapping[str, Planned]) -> dict[str, set[str]]:
    """Return, for each resource, those that begin at the latest together with it."""
    needs: dict[str, set[str]] = {name: set() for name in by_name}
    for name, entry in by_name.items():
        needed = {*entry.after, *entry.prepared_after, *entry.needed_by}
        for other in (entry.goes_with, entry.part_of):
            # Each of the two needs the other: they begin together.
            if other is not None and other in by_name:
                needed.add(other)
                needs[other].add(name)
        needs[name] |= needed & by_name.keys()
    _tie_parts(by_name.values(), needs)
    return needs


def _tie_parts(entries: Iterable[Planned], needs: dict[str, set[str]]) -> None:
    """Tie the parts of a whole that is not planned itself: one that fails stops the others."""
    first: dict[str, str] = {}
    for entry in entries:
        if entry.part_of is not None and entry.part_of not in needs:
            name = entry.subject.graph_id
            other = first.setdefault(entry.part_of, name)
            if other != name:
                needs[name].add(other)
                needs[other].add(name)


def _taken(
    groups: _Groups, allowance: Allowance, why_closed: Callable[[Planned], str]
) -> frozenset[str]:
    cost = {
        name: sum(one.subject.graph_id not in allowance.begun for one in ones)
        for name, ones in groups.members.items()
    }
    shut = {name for name, ones in groups.members.items() if any(map(why_closed, ones))}
    taken: set[str] = set()
    # What does not fit never fits later: whatever is taken lowers what is left at least as much.
    without: set[str] = set(shut)
    left = allowance.left
    for name in groups.in_order(allowance.tried):
        found = _with_needs(groups, name, cost, left, taken, without)
        if found is None:
            without.add(name)
        else:
            taken |= found
            left -= sum(cost[one] for one in found)
    return frozenset(one.subject.graph_id for name in taken for one in groups.members[name])


def _with_needs(
    groups: _Groups,
    name: str,
    cost: Mapping[str, int],
    left: int,
    taken: set[str],
    without: set[str],
) -> set[str] | None:
    """Return a group with all that it needs and that is not taken; None if that does not fit."""
    found: set[str] = set()
    open_ = [name]
    while open_:
        one = open_.pop()
        if one in taken or one in found:
            continue
        left -= cost[one]
        if one in without or left < 0:
            return None
        found.add(one)
        open_ += groups.needs[one]
    return found
