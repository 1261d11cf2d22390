"""Read the owner marks of one resource: which owners it names, and which tags are unknown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

from ebbtide.base.paths import getter
from ebbtide.owners import registry
from ebbtide.owners.harmless import HARMLESS_TAGS
from ebbtide.owners.mark import Mark

RESERVED = "aws:"


class Marked(Protocol):
    """What carries marks: a resource."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def tags(self) -> Mapping[str, str] | None: ...
    @property
    def properties(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """One owner that a resource names: by a `mark` with this `value`.

    `identity` is what the owner's kind can be searched for; None if the owner cannot be looked for.
    """

    mark: Mark
    value: str
    identity: str | None = None

    @property
    def words(self) -> str:
        """Return the owner in words: "the EKS cluster prod"."""
        if self.mark.attribute and self.identity is None:
            return self.mark.words
        shown = self.value if self.identity is None else self.identity
        return f"{self.mark.words} {_short(shown)}".strip()

    @property
    def precision(self) -> int:
        """Return how exactly the mark identifies the owner: 2 by ARN, 1 by name or id, else 0."""
        if self.identity is None:
            return 0
        return 2 if self.mark.by == "arn" else 1


def _short(value: str) -> str:
    """Return the name in the ARN of a stack, because the name is what people know."""
    found = re.search(r":stack/([^/]+)/", value)
    return found[1] if found else value


def claims_of(resource: Marked) -> list[Claim]:
    """Return the owners that a resource names, in the order of its tags, then its attributes.

    Of the marks of one family only those count that identify the owner best.
    """
    found = [*_by_tag(resource.tags or {}), *_by_attribute(resource)]
    best: dict[str, int] = {}
    for claim in found:
        family = claim.mark.family
        best[family] = max(best.get(family, 0), claim.precision)
    return [
        claim
        for claim in found
        if not claim.mark.family or claim.precision == best[claim.mark.family]
    ]


def unknown_tags(tags: Mapping[str, str] | None, harmless: Collection[str] = ()) -> list[str]:
    """Return the keys in AWS's reserved namespace that no mark and no harmless tag explains.

    Only AWS can set such a tag, so it may name an owner. `harmless` are keys that the
    configuration declares; one that ends in ":" or "/" is a prefix.
    """
    return [
        key for key in tags or {} if key.lower().startswith(RESERVED) and not _known(key, harmless)
    ]


def _known(key: str, harmless: Collection[str]) -> bool:
    exact, prefixes = _tag_marks()
    if key in exact or any(key.startswith(prefix) for prefix in prefixes):
        return True
    names = (*(tag.key for tag in HARMLESS_TAGS), *harmless)
    return any(
        key == name or (name.endswith((":", "/")) and key.startswith(name)) for name in names
    )


def carriers(kinds: Collection[str], tags: Mapping[str, str] | None) -> Iterator[Claim]:
    """Yield the owners that take a resource of these kinds along when AWS deletes them."""
    for claim in _by_tag(tags or {}):
        if claim.identity is not None and not set(kinds).isdisjoint(claim.mark.carries):
            yield claim


def _by_tag(tags: Mapping[str, str]) -> Iterator[Claim]:
    exact, prefixes = _tag_marks()
    for key, value in tags.items():
        if key in exact:
            for mark in exact[key]:
                yield from _claim(mark, value, value)
            continue
        if not key.startswith(tuple(prefixes)):
            continue
        for prefix, marks in prefixes.items():
            if key.startswith(prefix):
                for mark in marks:
                    yield from _claim(mark, value, key.removeprefix(prefix))


def _by_attribute(resource: Marked) -> Iterator[Claim]:
    marks = _attribute_marks()
    for mark in (*marks.get(resource.kind, ()), *marks.get("", ())):
        held = (
            resource.name
            if mark.attribute == "name"
            else getter(mark.attribute)(resource.properties)
        )
        if isinstance(held, str):
            yield from _claim(mark, held, held)


def _claim(mark: Mark, value: str, named: str) -> Iterator[Claim]:
    """Yield the claim of a mark, if its value matches; `named` is what names the owner."""
    match = _compiled(mark.matches).fullmatch(value) if mark.matches else None
    if mark.matches and match is None:
        return
    identity: str | None = None
    if mark.kind:
        grouped = match is not None and "owner" in match.re.groupindex
        identity = match["owner"] if match is not None and grouped else named
    shown = f"{named}={value}" if mark.is_prefix and not mark.kind and value else named
    yield Claim(mark, shown, identity)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@cache
def _tag_marks() -> tuple[Mapping[str, tuple[Mark, ...]], Mapping[str, tuple[Mark, ...]]]:
    """Return the marks by exact tag key, and by prefix."""
    marks = [mark for mark in registry().values() if mark.tag]
    return (
        _grouped((mark.tag, mark) for mark in marks if not mark.is_prefix),
        _grouped((mark.tag, mark) for mark in marks if mark.is_prefix),
    )


@cache
def _attribute_marks() -> Mapping[str, tuple[Mark, ...]]:
    """Return the attribute marks by kind; "" holds those of all kinds."""
    marks = [mark for mark in registry().values() if mark.attribute]
    return _grouped((kind, mark) for mark in marks for kind in (mark.of or ("",)))


def _grouped(pairs: Iterable[tuple[str, Mark]]) -> Mapping[str, tuple[Mark, ...]]:
    found: defaultdict[str, list[Mark]] = defaultdict(list)
    for key, mark in pairs:
        found[key].append(mark)
    return {key: tuple(marks) for key, marks in found.items()}
