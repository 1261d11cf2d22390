"""Runs a search in a snapshot, and separates sure matches from doubts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from ebbtide.language import Query, kinds_relied_on
from ebbtide.language.syntax import Part, Path
from ebbtide.language.tag_values import templates_in
from ebbtide.language.walking import paths_of
from ebbtide.model.expiry import PROTECTED_TAG, protecting_tag
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Subject
from ebbtide.search import Match, Snapshot, find
from ebbtide.search.filling import Filling, UnknownValueError, with_merges_for
from ebbtide.search.reasons import why_uncertain

# Names by which a search asks for last use -> the property that exists only if it was read.
_USE = {
    "usage": "usage",
    "last_used": "last_used",
    "last_access": "last_used",
    "atime": "last_used",
}


@dataclass(frozen=True, slots=True)
class Matched:
    """One resource that a search found, reduced to what actions need.

    `uncertain` says why it may have changed since it was read. `unread`: the search asks for its
    last use, which was not read. `place` is the region in which its tags are set. `protection` says
    why its own tags forbid that, or is None.
    """

    subject: Subject
    tag: str | None
    ended: bool
    uncertain: str = ""
    unread: bool = False
    place: str = ""
    protection: str | None = None
    # The tags whose values are filled in from the resource, or why one of them is not known.
    values: Mapping[str, str] = field(default_factory=dict)
    unfilled: str | None = None

    @classmethod
    def of(
        cls, line: ResourceLine, tag: str | None, use: Iterable[str] = (), uncertain: str = ""
    ) -> Self:
        unread = any(name not in line["properties"] for name in use)
        return cls(
            Subject.of_line(line),
            tag=tag,
            ended=line["ended"],
            uncertain=uncertain,
            unread=unread,
            place=line["properties"].get("bucket_location") or line["region"],
            protection=_protection(line["tags"]),
        )

    @property
    def doubt(self) -> str | None:
        """Why nothing may be done to the resource but to protect it, or None."""
        return self.uncertain or ("its last use was not read" if self.unread else None)

    def to_line(self) -> dict[str, Any]:
        """Return the resource as notifications and the list of matches show it (docs/data.md)."""
        line = asdict(self.subject)
        return line if self.tag is None else {**line, "tag": self.tag}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A resource of which it is unknown whether the search means it, and why.

    `seen`: it would match if all that is known were all there is. Otherwise, it may match only
    because of something that could not be read.
    """

    match: Matched
    why: str
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found in the snapshot whose key is `manifest`.

    `found` surely matches, `doubts` may match. `negates` are the kinds whose absence the search
    relies on.
    """

    manifest: str
    found: list[Matched]
    negates: tuple[str, ...]
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def undecided(self) -> int:
        """The number of resources to which no job may do anything but protect them."""
        return len(self.doubts) + sum(one.doubt is not None for one in self.found)

    @property
    def matched(self) -> int:
        """The number of resources that match or may match, except what nobody saw."""
        return len(self.found) + sum(one.seen for one in self.doubts)


def matches_of(
    query: Query, snapshot: Snapshot, now: datetime, key: str, values: Query | None = None
) -> Matches:
    """Return what a search finds in the snapshot whose manifest has this key.

    `values` is the same search with the templates of tags, which each match fills in.
    """
    use, context = asked_use(query.parts[-1]), snapshot.context(now)
    templates = {} if values is None else templates_in(values)
    filling = Filling(templates, context)
    paths = [one for each in templates.values() for one in each.parts if isinstance(one, Path)]
    plain, query = query, with_merges_for(query, paths)

    def reduced(match: Match) -> Matched:
        found = Matched.of(match.line, match.tag, use, why_uncertain(match.line, context))
        try:
            return replace(found, values=filling.of(match.line)) if templates else found
        except UnknownValueError as error:
            return replace(found, unfilled=str(error))

    answer = find(query, snapshot, now)
    found = [reduced(match) for match in answer]
    doubts = [Doubt(reduced(one.match), one.why, one.seen) for one in answer.unknown]
    return Matches(key, found, tuple(sorted(kinds_relied_on(plain))), doubts)


def _protection(tags: Mapping[str, str] | None) -> str | None:
    if tags is None:
        return "its tags could not be read, so it may be protected"
    tag = protecting_tag({key: tags[key] for key in tags if key == PROTECTED_TAG})
    return None if tag is None else f"protected by its tag {tag}"


def asked_use(part: Part) -> frozenset[str]:
    """Return the properties that must have been read because a part asks for the last use."""
    names = {_name_of(path) for path in (*paths_of(part.term), *(sort.path for sort in part.sort))}
    return frozenset(_USE[name] for name in names if name in _USE)


def _name_of(path: Path) -> str:
    """Return the name under `reported` that a path leads to, or else its section."""
    names = [step.name for step in path.steps]
    return names[1] if path.absolute and names[0] == "reported" and names[1:] else names[0]
