"""Within a whole, such as a VPC with its parts, what cannot be undone goes last.

AWS takes back a released address for good (`Kind.gives_back`). If anything else of its whole turns
out to stay, the address must still be there. So it waits for the rest of its whole, except for what
itself waits for it; and the whole waits for it, because what is selected as a part of a whole is
selected only while the whole exists.

The order comes from levels. What waits for nothing that goes last has level 0, what waits for such
a resource has a level above it. A resource that goes last waits for the rest of its level, and of
those below. No edge leads downwards then, so that no cycle can arise, and each level is found once
for the whole plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

# Maps each resource to those that must be gone, or prepared, before it.
type Order = Mapping[str, Collection[str]]


def put_last(
    after: Order,
    prepared_after: Order,
    wholes: Mapping[str, Collection[str]],
    last: Collection[str],
) -> dict[str, set[str]]:
    """Return the order in which the members in `last` of each whole wait for the other members.

    `wholes` maps what was selected to all that goes because of it. An order in which something
    waits for itself is returned as it is.
    """
    found = {name: set(earlier) for name, earlier in after.items()}
    groups = {
        whole: _Group(whole, [name for name in members if name in found and name != whole])
        for whole, members in wholes.items()
        if whole in found
    }
    # What others need to be prepared first must not wait for them.
    cut = {name for earlier in prepared_after.values() for name in earlier}
    late = frozenset(
        name
        for group in groups.values()
        for name in group.members
        if name in last and name not in cut
    )
    if not late or not _Levels.of(found, prepared_after, late).are_complete:
        return found
    _let_wholes_wait(found, prepared_after, groups.values(), late)
    levels = _Levels.of(found, prepared_after, late)
    for group in groups.values():
        group.add(found, levels, late)
    return found


def _let_wholes_wait(
    found: dict[str, set[str]],
    prepared_after: Order,
    groups: Iterable[_Group],
    late: frozenset[str],
) -> None:
    """Let each whole wait for those of its members that go last, unless they wait for it."""
    added: list[tuple[str, set[str]]] = []
    waiting = _waiting(found, prepared_after)
    for group in groups:
        ends = late.intersection(group.members)
        new = ends - _that_wait_for(group.whole, waiting) - found[group.whole] if ends else set()
        if new:
            found[group.whole] |= new
            added.append((group.whole, set(new)))
    # Wholes that wait for parts of each other, each without harm alone, could wait in a circle.
    if added and not _Levels.of(found, prepared_after, late).are_complete:
        for whole, new in added:
            found[whole] -= new


def _waiting(*orders: Order) -> dict[str, list[str]]:
    """Return, for each resource, those that wait for it."""
    found: dict[str, list[str]] = defaultdict(list)
    for later, earlier in chain.from_iterable(order.items() for order in orders):
        for name in earlier:
            found[name].append(later)
    return found


def _that_wait_for(name: str, waiting: Mapping[str, list[str]]) -> set[str]:
    """Return all that waits for a resource, through others as well."""
    found: set[str] = set()
    left = [name]
    while left:
        for later in waiting.get(left.pop(), ()):
            if later not in found:
                found.add(later)
                left.append(later)
    return found


@dataclass(slots=True)
class _Levels:
    """The level of each resource, and of its preparation, which comes first.

    Those that wait for themselves have none, and then the levels are not complete.
    """

    count: int
    of_name: dict[str, int] = field(default_factory=dict)
    of_preparation: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, after: Order, prepared_after: Order, late: frozenset[str]) -> _Levels:
        found = cls(len(after))
        order = found._walk(after, prepared_after, late)
        if found.are_complete:
            found._raise(order, after, late)
        return found

    @property
    def are_complete(self) -> bool:
        return len(self.of_name) == self.count

    def _walk(self, after: Order, prepared_after: Order, late: frozenset[str]) -> list[str]:
        """Set the lowest levels; return the names in the order in which they can be deleted."""
        needs = {name: {one for one in after[name] if one in after} for name in after}
        cuts = {
            name: {one for one in prepared_after.get(name, ()) if one in after and one != name}
            for name in after
        }
        waiting, cutting = _waiting(needs), _waiting(cuts)
        open_needs = {name: len(ones) for name, ones in needs.items()}
        # Its own preparation comes before each deletion as well.
        open_cuts = {name: len(ones) + 1 for name, ones in cuts.items()}
        # What a deletion waits for besides must not raise the level of its preparation.
        level, needed = dict.fromkeys(after, 0), dict.fromkeys(after, 0)
        ready = [name for name, count in open_needs.items() if not count]
        order: list[str] = []
        while ready:
            prepared = ready.pop()
            self.of_preparation[prepared] = needed[prepared]
            for name in (prepared, *cutting.get(prepared, ())):
                level[name] = max(level[name], self.of_preparation[prepared])
                open_cuts[name] -= 1
                if open_cuts[name]:
                    continue
                self.of_name[name] = level[name]
                order.append(name)
                above = level[name] + (name in late)
                for later in waiting.get(name, ()):
                    needed[later] = max(needed[later], above)
                    open_needs[later] -= 1
                    if not open_needs[later]:
                        ready.append(later)
        return order

    def _raise(self, order: list[str], after: Order, late: frozenset[str]) -> None:
        """Give what goes last the highest level that what waits for it allows."""
        highest = dict.fromkeys(late, max(self.of_name.values(), default=0))
        for name in reversed(order):
            if name in late:
                self.of_name[name] = self.of_preparation[name] = highest[name]
            for earlier in after[name]:
                if earlier in highest:
                    allowed = self.of_preparation[name] - 1
                    highest[earlier] = min(highest[earlier], allowed)


@dataclass(slots=True)
class _Group:
    """A whole and its members."""

    whole: str
    members: list[str]

    def add(self, found: dict[str, set[str]], levels: _Levels, late: frozenset[str]) -> None:
        """Let the members that go last wait for the others."""
        ends = [name for name in self.members if name in late]
        if not ends:
            return
        others = {name: (levels.of_name[name], name in late) for name in self.members}
        # Nobody needs to wait for what one of the others waits for.
        covered: dict[str, tuple[int, bool]] = {}
        for name, level in others.items():
            for earlier in found[name]:
                if earlier in others:
                    covered[earlier] = min(level, covered.get(earlier, level))
        for level in sorted({others[name] for name in ends}):
            waited = {
                name
                for name, own in others.items()
                if own < level and not (name in covered and covered[name] < level)
            }
            for name in ends:
                if others[name] == level:
                    found[name] |= waited
