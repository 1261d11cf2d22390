"""Resources, the edges between them, and references that are not yet resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self, cast

from ebbtide.base.clock import from_text, optional_text, optional_time, to_text
from ebbtide.model.lines import EdgeLine, EdgeType, ResourceLine, UnknownReferenceLine
from ebbtide.model.price import NO_PRICE, PriceLine, price_of

GLOBAL = "global"

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType({})

_time = lru_cache(maxsize=10_000)(optional_time)


@lru_cache(maxsize=1_000)
def _shared(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same tuple for equal ones."""
    return kinds


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """One account and one region, or `global` for services without regions."""

    account: str
    region: str


def graph_id(account: str, region: str, kind: str, id: str) -> str:
    """Return the identity of a resource in the graph: stable, readable, unique in all accounts."""
    return f"{account}/{region}/{kind}/{id}"


def kind_of(graph_id: str) -> str:
    """Return the kind in a graph id; only the id of the resource itself may contain slashes."""
    return graph_id.split("/", 3)[2]


@dataclass(frozen=True, slots=True)
class Subject:
    """The identity of a resource, as plans, ledgers and notifications show it."""

    graph_id: str
    kind: str
    id: str
    name: str
    account: str
    region: str
    arn: str | None

    @classmethod
    def of_line(cls, line: ResourceLine) -> Self:
        return cls(
            line["graph_id"],
            line["kind"],
            line["id"],
            line["name"],
            line["account"],
            line["region"],
            line["arn"],
        )


@dataclass(frozen=True, slots=True)
class UnknownReference:
    """A reference of a resource that was read but not understood, or that leads nowhere.

    It could mean any resource of `kind` in `region`; None stands for every region. `holds` is the
    end that it could hold up: the target, which could be any of these, or the source itself.
    """

    kind: str
    region: str | None
    path: str
    text: str
    holds: Literal["source", "target"]

    def to_line(self) -> UnknownReferenceLine:
        return {
            "kind": self.kind,
            "region": self.region,
            "path": self.path,
            "text": self.text,
            "holds": self.holds,
        }

    @classmethod
    def from_line(cls, line: UnknownReferenceLine) -> Self:
        return cls(line["kind"], line["region"], line["path"], line["text"], line["holds"])


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as it was read; `tags` is None if they could not be read."""

    kind: str
    kinds: tuple[str, ...]
    id: str
    name: str
    account: str
    region: str
    arn: str | None
    tags: Mapping[str, str] | None
    created: datetime | None
    properties: Mapping[str, Any]
    # True if AWS still lists the resource although it is gone, such as a terminated instance.
    ended: bool = False
    # Why a resource of this kind and in this state is never deleted, such as "the default VPC".
    keep_reason: str | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    stale_since: datetime | None = None
    # Start of the first run, in a row up to now, that proved that all of its owners are gone.
    orphaned_since: datetime | None = None
    # From when on it was watched, and watched without a change, up to the last complete reading;
    # times in which nobody looked are left out. None if it was never read completely.
    watched_since: datetime | None = None
    watched_until: datetime | None = None
    unchanged_since: datetime | None = None
    # What it names and what is not there: kind -> value -> start of the first run that found so.
    dangling: Mapping[str, Mapping[str, str]] = NO_NAMES
    # Calls that failed for this resource, although they succeed for others of its kind, or although
    # it exists: operation -> error. What they tell is unknown.
    unread: Mapping[str, str] = NOTHING
    unknown_references: tuple[UnknownReference, ...] = ()
    price: PriceLine = field(default_factory=lambda: NO_PRICE)

    @property
    def graph_id(self) -> str:
        return graph_id(self.account, self.region, self.kind, self.id)

    @property
    def slice(self) -> Slice:
        return Slice(self.account, self.region)

    @property
    def subject(self) -> Subject:
        return Subject(
            self.graph_id, self.kind, self.id, self.name, self.account, self.region, self.arn
        )

    @property
    def born(self) -> datetime | None:
        """The time of creation, or since when it is watched if AWS does not report the creation."""
        return self.created or self.watched_since or self.last_seen

    @property
    def watched_for(self) -> timedelta:
        """How long complete readings have shown it."""
        return self._watched(self.watched_since)

    @property
    def unchanged_for(self) -> timedelta:
        """How long complete readings have shown it without a change."""
        return self._watched(self.unchanged_since)

    def _watched(self, since: datetime | None) -> timedelta:
        until = self.watched_until
        return timedelta() if since is None or until is None else until - since

    def names_absent(self, kind: str, value: str) -> bool:
        """Return whether two complete readings found that it names what is not there."""
        since, last = self.dangling.get(kind, NOTHING).get(value), self.last_seen
        return since is not None and last is not None and from_text(since) < last

    def names_newly(self, kinds: Iterable[str]) -> str | None:
        """Return a name of one of these kinds that only the last reading found to lead nowhere."""
        for kind in kinds:
            for value in self.dangling.get(kind, NOTHING):
                if not self.names_absent(kind, value):
                    return f"{kind} {value}"
        return None

    def get(self, name: str) -> Any:
        return self.properties.get(name)

    def to_line(self) -> ResourceLine:
        """Return the resource as one JSON line of the snapshot (docs/data.md)."""
        line: ResourceLine = {
            "graph_id": self.graph_id,
            "id": self.id,
            "kind": self.kind,
            "kinds": list(self.kinds),
            "name": self.name,
            "account": self.account,
            "region": self.region,
            "arn": self.arn,
            "tags": None if self.tags is None else dict(self.tags),
            "created": optional_text(self.created),
            "updated": optional_text(self.updated),
            "first_seen": optional_text(self.first_seen),
            "last_seen": optional_text(self.last_seen),
            "stale_since": optional_text(self.stale_since),
            "ended": self.ended,
            "keep_reason": self.keep_reason,
            "properties": dict(self.properties),
        }
        if self.orphaned_since is not None:
            line["orphaned_since"] = to_text(self.orphaned_since)
        if self.watched_since is not None:
            line["watched_since"] = to_text(self.watched_since)
        if self.watched_until is not None:
            line["watched_until"] = to_text(self.watched_until)
        if self.unchanged_since is not None:
            line["unchanged_since"] = to_text(self.unchanged_since)
        if self.dangling:
            line["dangling"] = {kind: dict(names) for kind, names in self.dangling.items()}
        if self.unread:
            line["unread"] = dict(self.unread)
        if self.unknown_references:
            line["unknown_references"] = [one.to_line() for one in self.unknown_references]
        if self.price is not NO_PRICE:
            line["price"] = self.price
        return line

    @classmethod
    def from_line(cls, line: ResourceLine) -> Self:
        # Texts and times that many lines repeat are kept once: an account may have a million lines.
        id, name = line["id"], line["name"]
        return cls(
            kind=intern(line["kind"]),
            kinds=_shared(tuple(line["kinds"])),
            id=id,
            name=id if name == id else name,
            account=intern(line["account"]),
            region=intern(line["region"]),
            arn=line["arn"],
            tags=line["tags"],
            created=_time(line["created"]),
            properties=line["properties"],
            ended=line["ended"],
            keep_reason=line["keep_reason"],
            updated=_time(line["updated"]),
            first_seen=_time(line["first_seen"]),
            last_seen=_time(line["last_seen"]),
            stale_since=_time(line["stale_since"]),
            orphaned_since=_time(line.get("orphaned_since")),
            watched_since=_time(line.get("watched_since")),
            watched_until=_time(line.get("watched_until")),
            unchanged_since=_time(line.get("unchanged_since")),
            dangling=line.get("dangling", NO_NAMES),
            unread=line.get("unread", NOTHING),
            unknown_references=tuple(
                map(UnknownReference.from_line, line.get("unknown_references", ()))
            ),
            price=price_of(line),
        )


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed edge; `declared_by` is the end whose description names the other.

    default: structure or relation. delete: the source can be deleted only after the target is
    gone. needed: AWS would delete the source, but the target would break without it. owns: AWS
    deletes the target together with the source. The target's own preparation removes a `severable`
    delete edge, so such an edge may be part of a cycle.
    """

    source: str
    target: str
    type: EdgeType
    declared_by: str
    severable: bool = False

    def to_line(self) -> EdgeLine:
        line: EdgeLine = {
            "source": self.source,
            "target": self.target,
            "type": self.type,
            "declared_by": self.declared_by,
        }
        if self.severable:
            line["severable"] = True
        return line

    @classmethod
    def from_line(cls, line: EdgeLine) -> Self:
        return cls(
            intern(line["source"]),
            intern(line["target"]),
            cast(EdgeType, intern(line["type"])),
            intern(line["declared_by"]),
            line.get("severable", False),
        )


class Reference(NamedTuple):
    """A reference from one resource to another; the merge resolves it to edges.

    `position` is the index of the relation in the declaration of the source's kind. A reference
    that the relation's pattern does not understand has the whole text as its value.
    """

    source: str
    position: int
    value: str
    understood: bool = True

    def to_line(self) -> list[Any]:
        return list(self[:3]) if self.understood else list(self)

    @classmethod
    def from_line(cls, line: list[Any]) -> Self:
        return cls(*line)
