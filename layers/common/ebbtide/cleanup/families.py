"""The kinds that are listed again before a deletion, as families, and the details that they need.

A kind is listed with the kinds that it is listed below, and with those that share its list call.
Only what its references to planned resources rest on is read: the rest would be most of the calls.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from ebbtide.collect.slice_reader import call_key
from ebbtide.kinds import registry
from ebbtide.model.call import Detail
from ebbtide.model.kind import Kind, Relation

type Family = tuple[Kind, ...]


def keeps(relation: Relation) -> bool:
    """Return whether a relation's resource keeps the one that it names from being deleted."""
    return relation.deleted_before or relation.strength == "needed"


@cache
def ordering_kinds(name: str) -> frozenset[str]:
    """Return the kinds whose resources name one of this kind, and must be deleted before it."""
    return frozenset(
        kind.name
        for kind in registry().values()
        if any(relation.kind == name and relation.deleted_before for relation in kind.relations)
    )


@dataclass(frozen=True, slots=True)
class Families:
    """The kinds to list again, by name and as families.

    They could use resources of the kinds in `targets`, or are in `kept`: then their resources are
    wanted themselves, and those of the kinds in `tagged` with their tags.
    """

    targets: frozenset[str]
    kept: frozenset[str]
    tagged: frozenset[str]
    by_kind: Mapping[str, Family]

    def is_user(self, name: str) -> bool:
        """Return whether resources of a kind could use one of the targets."""
        return any(_relevant(registry()[name], self.targets))

    @classmethod
    def of(
        cls, targets: Collection[str], kept: Collection[str] = (), tagged: Collection[str] = ()
    ) -> Families:
        """Return the families for targets; those for the same targets are made once."""
        return _families_of(frozenset(targets), frozenset(kept), frozenset(tagged))


@lru_cache(maxsize=128)
def _families_of(targets: frozenset[str], kept: frozenset[str], tagged: frozenset[str]) -> Families:
    wanted = [
        kind for kind in registry().values() if kind.name in kept or any(_relevant(kind, targets))
    ]
    lines = {kind.name: _lineage(kind) for kind in wanted}
    members: dict[str, dict[str, Kind]] = {}
    for line in lines.values():
        if line[0].list is not None:
            # The eldest come first, as the reader needs them.
            members.setdefault(call_key(line[0]), {}).update({kind.name: kind for kind in line})
    families = {
        key: tuple(
            _whole(kind, kind.name in tagged)
            if kind.name in kept
            else _reduced(kind, found.values(), targets)
            for kind in found.values()
        )
        for key, found in members.items()
    }
    by_kind = {
        name: families[call_key(line[0])]
        for name, line in lines.items()
        if line[0].list is not None
    }
    return Families(targets, kept, tagged, by_kind)


def reads_tags(kind: Kind) -> bool:
    """Return whether the tags of a kind need calls of their own."""
    return any(detail.into == kind.tags for detail in kind.details)


def _whole(kind: Kind, tagged: bool) -> Kind:
    """Return a kind with all relations, and without the calls for its tags unless they matter.

    These would be most of the calls.
    """
    details = tuple(one for one in kind.details if tagged or one.into != kind.tags)
    return replace(kind, details=details)


def _relevant(kind: Kind, targets: Collection[str]) -> Iterator[Relation]:
    return (relation for relation in kind.relations if relation.kind in targets and keeps(relation))


def _lineage(kind: Kind) -> list[Kind]:
    """Return the kinds that a kind is listed below, the eldest first, and the kind itself."""
    line = [kind]
    while line[0].each is not None:
        line.insert(0, registry()[line[0].each])
    return line


def _reduced(kind: Kind, family: Iterable[Kind], targets: Collection[str]) -> Kind:
    """Return a kind with only the relations that matter, and the details that these rest on."""
    # What only joins resources keeps one because of the others, whatever kind they are.
    everything = tuple(relation for relation in kind.relations if keeps(relation))
    relations = everything if kind.joins else tuple(_relevant(kind, targets))
    texts = [kind.id, kind.arn, kind.label, kind.ended, *(relation.path for relation in relations)]
    for child in family:
        if child.each == kind.name:
            texts += [child.inside, child.each_when, *child.inherit.values(), repr(child.list)]
    return replace(kind, relations=relations, details=_details(kind.details, texts))


def _details(details: tuple[Detail, ...], texts: Iterable[str | None]) -> tuple[Detail, ...]:
    """Return the details that some of the texts mention, and those that such a detail mentions."""
    words = _words(texts)
    kept: list[Detail] = []
    for detail in reversed(details):
        # Without a key of its own, an answer may bring anything.
        if detail.into is None or not words.isdisjoint(_words([detail.into])):
            kept.insert(0, detail)
            words |= _words([detail.when, detail.match[1], repr(detail.call)])
    return tuple(kept)


def _words(texts: Iterable[str | None]) -> set[str]:
    return {word for text in texts if text for word in re.findall(r"\w+", text)}
