"""Asks, before anything is touched and before each deletion, whether the reason still holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.errors import EbbtideError, IncompleteError
from ebbtide.base.forms import snake
from ebbtide.base.paths import values
from ebbtide.cleanup.known import Known
from ebbtide.cleanup.listings import Listed, Listings
from ebbtide.cleanup.parts_now import asked_by, is_part_by, is_part_of_vpc, is_still_part
from ebbtide.cleanup.read_again import Description, Reader
from ebbtide.cleanup.scene import Scene, remembered
from ebbtide.cleanup.selections import Answer, Selection
from ebbtide.cleanup.users import Seen
from ebbtide.collect.to_resource import build_references
from ebbtide.kinds import registry, using_from_afar
from ebbtide.model.kind import Kind
from ebbtide.model.lines import EdgeLine, ResourceLine
from ebbtide.model.resource import Reference, Resource, Subject, graph_id
from ebbtide.plan.model import Planned
from ebbtide.rules.finding import PART_OF
from ebbtide.rules.rule import Neighbour
from ebbtide.verdict.evidence import regions_of_users

GONE = "the reason no longer holds"
UNCONFIRMED = "the reason could not be confirmed"

# With more ids than this, listing a kind takes fewer calls than asking for each resource.
MOST_IDS = 20

type _Slice = tuple[str, str]  # kind and region


@dataclass(slots=True)
class _Shared:
    """A scene of whole lists, and what the selections say about it."""

    lists: tuple[Listed, ...]
    scene: Scene
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass(slots=True)
class Reasons:
    """Evaluates rules and searches again, on fresh descriptions and fresh lists.

    `selections` are those of the plan by name, and `at` says what time it is as text. What the plan
    itself has deleted meanwhile still counts as it was: otherwise each deletion would take the
    reason of the next.
    """

    listing: Listings
    reader: Reader
    known: Known
    selections: Mapping[str, Selection]
    at: Callable[[], str]
    going: frozenset[str] = frozenset()
    _shared: dict[tuple[_Slice, ...], _Shared] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start_round(self, going: frozenset[str]) -> None:
        """Note what the plan still deletes."""
        with self._lock:
            self.going = going
            self._shared.clear()

    def asks_use(self, entry: Planned) -> bool:
        """Return whether the last use of a planned resource is part of its reason."""
        kind, found = entry.subject.kind, map(self.selections.get, entry.rules)
        return any(one is not None and one.asks_use(kind) for one in found)

    def objection(self, entry: Planned, description: Description, *, released: bool) -> str:
        """Return why a resource stays; "" if each reason still holds.

        `released`: what had to go first is gone, which may have changed it as intended.
        """
        try:
            with self._lock:
                self.known.read()
            for name in entry.rules:
                said = self._objection(name, entry, description, released)
                if said:
                    return said
        except EbbtideError as error:
            return f"{UNCONFIRMED}: {error}"
        return ""

    def _objection(
        self, name: str, entry: Planned, description: Description, released: bool
    ) -> str:
        if is_part_by(entry, name) and not is_part_of_vpc(entry, name):
            return self._objection_to_part(entry, entry.facts[name][PART_OF], description)
        selection = self.selections.get(asked_by(entry, name))
        if selection is None:
            return f"{UNCONFIRMED}: {name} is not in the configuration of this run"
        impossible = selection.impossible()
        if impossible:
            return f"{UNCONFIRMED}: {selection.words} cannot be asked again: {impossible}"
        answer = self._answer(selection, asked_by(entry, name), entry, description, released)
        own = entry.subject.graph_id
        parts = answer.selected.get(own)
        if parts is not None and (len(entry.rules) > 1 or entry.part_of in parts):
            return ""
        said = answer.others.get(own) or f"{selection.words} does not select it now"
        return f"{GONE}: {said}"

    def _objection_to_part(self, entry: Planned, whole: str, description: Description) -> str:
        """Return why a part of a whole stays; whether the whole goes is asked for that one."""
        if entry.part_of is None:  # something selected it for itself, and is asked, too
            return ""
        line = self.known.planned.get(whole)
        if line is None or whole not in self.going:
            return f"{GONE}: {whole}, of which it is a part, stays"
        if not is_still_part(description, line):
            return f"{GONE}: it is no longer a part of {whole}"
        return ""

    def _answer(
        self,
        selection: Selection,
        name: str,
        entry: Planned,
        description: Description,
        released: bool,
    ) -> Answer:
        line = description.resource.to_line()
        listed, by_id = self._neighbours(selection, line)
        if selection.lacks(line):
            listed = tuple(sorted({*listed, (entry.subject.kind, entry.subject.region)}))
        shared = self._scene(listed, selection.tagged(entry.subject.kind))
        line = self._own_line(line, shared.scene, released)
        lines = [line]
        references: list[Reference] = list(
            build_references(registry()[line["kind"]], description.item, description.resource)
        )
        for neighbour in by_id:
            for other in self._with_ids(neighbour, description.resource):
                lines.append(self._line(other.resource))
                references += other.references
        with self._lock:
            if len(lines) == 1 and not released and shared.scene.has(line):
                if name not in shared.answers:
                    shared.answers[name] = selection.answer(shared.scene, self.going)
                return shared.answers[name]
            edges = self._edges_of(line["graph_id"]) if released and listed else []
        return selection.answer(shared.scene.replacing(lines, references, edges), self.going)

    def _edges_of(self, name: str) -> list[EdgeLine]:
        """Return the edges that the plan's own preparations may have cut."""
        return [
            edge
            for edge in self.known.edges
            if name in (edge["source"], edge["target"])
            and {edge["source"], edge["target"]} <= self.going
        ]

    def _neighbours(
        self, selection: Selection, line: ResourceLine
    ) -> tuple[tuple[_Slice, ...], list[Neighbour]]:
        """Return the slices to list, and the neighbours to ask for by id."""
        slices: set[_Slice] = set()
        by_id: list[Neighbour] = []
        own = Resource.from_line(line)
        afar = using_from_afar(own.kind)
        for one in selection.neighbours(own.kind):
            if one.ids is not None and len(_ids(one, own)) <= MOST_IDS:
                by_id.append(one)
                continue
            for region in regions_of_users(
                one.kind, own, self.listing.regions, afar=one.kind in afar
            ):
                slices.add((one.kind, region))
        return tuple(sorted(slices)), by_id

    def _scene(self, slices: tuple[_Slice, ...], tagged: frozenset[str]) -> _Shared:
        """Return what lists of these slices show, built once for the same lists."""
        # All begin before the first is waited for.
        begun = [(kind, region, self.listing.begin(kind, region)) for kind, region in slices]
        lists = tuple(listed.result() for _, _, listed in begun)
        with self._lock:
            shared = self._shared.get(slices)
            if shared is None or any(
                one is not other for one, other in zip(shared.lists, lists, strict=True)
            ):
                scene = self._build(slices, lists, tagged)
                shared = self._shared[slices] = _Shared(lists, scene)
            return shared

    def _build(
        self, slices: Iterable[_Slice], lists: Iterable[Listed], tagged: frozenset[str]
    ) -> Scene:
        lines: dict[str, ResourceLine] = {}
        references: list[Reference] = []
        places = tuple(slices)
        for (kind, region), listed in zip(places, lists, strict=True):
            self._require_known(listed, kind, region, tagged)
            for one in listed.resources.get(kind, ()):
                if one.resource.region == region:
                    lines[one.resource.graph_id] = self._line(one.resource)
                    references += one.references
        restored = self._restored(lines, set(places))
        lines |= restored
        known = {**lines, **self.known.planned}
        edges = [
            edge
            for edge in (self.known.edges if restored else ())
            if not {edge["source"], edge["target"]}.isdisjoint(restored)
            and {edge["source"], edge["target"]} <= known.keys()
        ]
        account = self.listing.session.account
        return Scene(account, {**self.known.containers, **lines}, tuple(references), tuple(edges))

    def _require_known(
        self, listed: Listed, kind: str, region: str, tagged: frozenset[str]
    ) -> None:
        """Raise IncompleteError unless a list says all about a kind that a selection may ask."""
        why = self.listing.why_incomplete(listed, kind, region)
        if why:
            raise IncompleteError(why)
        for one in listed.unread:
            if one.kind == kind and one.graph_id not in self.going:
                call, error = next(iter(one.calls.items()))
                raise IncompleteError(
                    f"{one.graph_id} could not be read completely ({call}: {error})"
                )
        if kind in tagged and listed.untagged.get(kind):
            raise IncompleteError(f"tags of {kind} could not be read in {region}")

    def _restored(
        self, lines: Mapping[str, ResourceLine], places: set[_Slice]
    ) -> dict[str, ResourceLine]:
        """Return, as the snapshot knows them, the resources that the plan has deleted meanwhile."""
        return {
            name: line
            for name, line in self.known.planned.items()
            if name in self.going
            and (line["kind"], line["region"]) in places
            and (name not in lines or lines[name]["ended"])
        }

    def _line(self, resource: Resource) -> ResourceLine:
        line = resource.to_line()
        if not self.listing.has_tags(resource.kind):
            line["tags"] = None
        return remembered(line, self.known.past.get(resource.graph_id), self.at())

    def _own_line(self, line: ResourceLine, scene: Scene, released: bool) -> ResourceLine:
        """Return the fresh line of the resource itself, with its history.

        What only the list tells is taken from there. What the plan's own deletions change counts as
        it was.
        """
        kind = registry()[line["kind"]]
        listed = scene.lines.get(line["graph_id"])
        before = self.known.planned.get(line["graph_id"])
        properties = dict(line["properties"])
        if listed is not None:
            properties = {**listed["properties"], **properties}
        if released and before is not None:
            for name in _settling(kind) & before["properties"].keys():
                properties[name] = before["properties"][name]
        found: ResourceLine = {**line, "properties": properties}
        alike = listed is not None or _is_described_as_listed(kind)
        past = self.known.past.get(line["graph_id"])
        return remembered(found, past, self.at(), comparable=alike and not released)

    def _with_ids(self, neighbour: Neighbour, own: Resource) -> Iterable[Seen]:
        """Yield those neighbours of a resource that still exist, each asked for by its id."""
        kind = registry()[neighbour.kind]
        for id in _ids(neighbour, own):
            name = graph_id(own.account, own.region, kind.name, id)
            subject = Subject(name, kind.name, id, id, own.account, own.region, None)
            found = self.reader.read(subject)
            if found is not None:
                references = build_references(kind, found.item, found.resource)
                yield Seen(found.resource, tuple(references))


def _ids(neighbour: Neighbour, own: Resource) -> list[str]:
    found: Any = values(neighbour.ids or "", own.properties)
    return list(dict.fromkeys(str(one) for one in found))


def _settling(kind: Kind) -> set[str]:
    """Return the properties that change when what a resource waits for is gone."""
    names = {snake(name) for name in kind.settles}
    names |= {
        name
        for name, path in kind.fields.items()
        if path.split(".")[0].split("[")[0] in kind.settles
    }
    return names | (set(kind.computed) if names else set())


def _is_described_as_listed(kind: Kind) -> bool:
    """Return whether reading a resource again brings the same names as listing it.

    It does if both make the same calls; the list may bring no more than what identifies it to the
    call that describes it.
    """
    if kind.get is None or kind.list is None:
        return False
    if kind.get_details is None:
        return kind.get.operation == kind.list.operation
    describing = [one for one in kind.details if one.call == kind.get and one.describes]
    return len(describing) == 1 and kind.details == (*describing, *kind.get_details)
