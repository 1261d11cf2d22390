"""Strategies for small estates of which one or two things are unknown, and for what these may be.

Values come from small pools, so that searches for them match often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ebbtide.config.scope import in_region
from ebbtide.graph.manifest import Manifest
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.expiry import PROTECTED_TAG
from ebbtide.model.resource import GLOBAL
from ebbtide.search import Snapshot
from ebbtide.verdict.gaps import SnapshotGaps
from tests.support.search_estate import HOME, PRODUCTION, SANDBOX, ago, edge, line, priced
from tests.support.search_worlds import World

VPC, SUBNET, INSTANCE, VOLUME = (
    "aws_vpc",
    "aws_ec2_subnet",
    "aws_ec2_instance",
    "aws_ec2_volume",
)
# Kinds of both ends -> the types of edges between them. An instance is deleted after its volume.
JOINED: Mapping[tuple[str, str], tuple[str, ...]] = {
    (VPC, SUBNET): ("default", "delete"),
    (VPC, INSTANCE): ("default",),
    (SUBNET, INSTANCE): ("default", "delete"),
    (INSTANCE, VOLUME): ("default", "owns"),
    (VOLUME, INSTANCE): ("delete",),
}
TAGS: Sequence[Mapping[str, str]] = (
    {},
    {"owner": "web"},
    {"owner": "x"},
    {"owner": "web", PROTECTED_TAG: "yes"},
    {"env": "build", "ebbtide:expires": "2026-12-01"},
)
NAMES = ("web", "main")
# Kind -> its properties, each with the values that they may have.
PROPERTIES: Mapping[str, Mapping[str, Sequence[Any]]] = {
    VPC: {"is_default": (None, True, False), "cidr_block": ("web", "x")},
    SUBNET: {
        "available_ip_address_count": (None, 2, 8),
        "availability_zone": (None, "us-east-1a", "us-east-1b"),
    },
    INSTANCE: {"instance_status": ("running", "stopped"), "instance_cores": (None, 2, 8)},
    VOLUME: {
        "volume_size": (None, 2, 8),
        "availability_zone": (None, "us-east-1a", "us-east-1b"),
    },
}
# Kind -> an array of objects, and a text in each of these.
ARRAYS: Mapping[str, tuple[str, str]] = {
    VPC: ("cidr_block_association_set", "cidr_block"),
    SUBNET: ("ipv6_cidr_block_association_set", "ipv6_cidr_block"),
    INSTANCE: ("network_interfaces", "mac_address"),
    VOLUME: ("attachments", "device"),
}
PRICES = (0, 2.0, 8.5)
SINCE = ago(days=1)

type Pick = Callable[[Sequence[Any]], Any]


def picking(draw: st.DrawFn) -> Pick:
    """Return a function that picks one of some choices.

    It picks at random from one seed: choices that are drawn one by one are too much alike from one
    example to the next.
    """
    return draw(st.randoms(use_true_random=True)).choice


@dataclass(frozen=True)
class Known:
    """What Ebbtide knows of an estate.

    `unread` are the slices, as account and kind, that it could not read; `partly` those of which it
    read a resource only partly; `older` the accounts of which only an older graph is known.
    """

    world: World
    unread: frozenset[tuple[str, str]] = frozenset()
    partly: frozenset[tuple[str, str]] = frozenset()
    older: frozenset[str] = frozenset()

    def snapshot(self, *, gaps: bool = True) -> Snapshot:
        """Return the snapshot; without `gaps`, what is missing in it counts as absent."""
        plain = self.world.snapshot()
        entries = tuple(
            replace(entry, stale_since=SINCE if entry.account in self.older else None)
            for entry in plain.manifest.accounts
        )
        manifest = Manifest("run", "", None, entries)
        covering = SnapshotGaps(manifest, lambda entry: self._coverage(entry.account))
        return replace(plain, manifest=manifest, gaps=covering if gaps else None)

    def _coverage(self, account: str) -> list[Coverage]:
        return [
            replace(
                one,
                state="denied" if (account, one.kind) in self.unread else "complete",
                unreadable=int((account, one.kind) in self.partly),
            )
            if one.region == HOME
            else one
            for one in _all_read(account)
        ]


@cache
def _all_read(account: str) -> list[Coverage]:
    return [
        Coverage(account, region, kind.name, "complete")
        for region in (HOME, GLOBAL)
        for kind in registry().values()
        if in_region(kind, region)
    ]


@dataclass(frozen=True)
class Situation:
    """What is known of an estate, and some of the estates that it may really be.

    `lesser` are such estates in which nothing is, or is joined, that is not seen. `focus` are the
    resources (graph ids) that are unknown or were joined with something unknown.
    """

    known: Known
    lesser: Sequence[World] = field(repr=False)
    others: Sequence[World] = field(repr=False)
    focus: Sequence[str] = field(default=())


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    pick = picking(draw)
    world = _estate(pick)
    number = pick((1, 1, 2))
    known = Known(world)
    changing: list[str] = []
    for _ in range(number):
        known = _with_gap(pick, known, changing)
    lesser = [_completed(pick, known, new=False) for _ in range(3)]
    others = [_completed(pick, known, new=True) for _ in range(3)]
    return Situation(known, lesser, others, [one for one in changing if one in known.world.kinds])


def _estate(pick: Pick) -> World:
    numbers = {VPC: pick((1, 1, 2)), SUBNET: pick((1, 2)), INSTANCE: pick((1, 2, 3))}
    own = [
        _resource(pick, kind, f"{kind[-3:]}{number}", SANDBOX)
        for kind, count in {**numbers, VOLUME: pick((1, 2))}.items()
        for number in range(count)
    ]
    far = [
        _resource(pick, kind, f"far-{kind[-3:]}", PRODUCTION)
        for kind in pick(((), (INSTANCE,), (SUBNET, INSTANCE), (INSTANCE, VOLUME)))
    ]
    lines = {SANDBOX: own, PRODUCTION: far}
    return World(lines, {account: _edges(pick, found) for account, found in lines.items()})


def _resource(pick: Pick, kind: str, id: str, account: str) -> dict[str, Any]:
    found = line(kind, id, account=account, created=pick((None, ago(days=3), ago(days=40))))
    return {**found, **_changing(pick, found)}


def _changing(pick: Pick, one: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what may change of a resource, and its time of creation if it is not known."""
    return {
        "tags": dict(pick(TAGS)),
        "name": pick(NAMES),
        "updated": pick((None, ago(days=2))),
        "created": one["created"] or pick((None, ago(days=3))),
        "properties": _properties(pick, one["kind"]),
        "price": priced(pick(PRICES)),
    }


def _properties(pick: Pick, kind: str) -> dict[str, Any]:
    array, inner = ARRAYS[kind]
    found = {name: pick(values) for name, values in PROPERTIES[kind].items()}
    found[array] = pick((None, [{inner: "web"}], [{inner: "x"}, {inner: "web"}]))
    return {name: value for name, value in found.items() if value is not None}


def _edges(pick: Pick, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in possible_edges(lines) if pick((True, False))]


def possible_edges(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all edges that the kinds of some resources allow."""
    return [
        edge(source, target, type)
        for source in lines
        for target in lines
        for type in JOINED.get((source["kind"], target["kind"]), ())
    ]


def _with_gap(pick: Pick, known: Known, changing: list[str]) -> Known:
    """Draw one more thing that is not known; add the resources that it is about to `changing`."""
    one_of = ("tags", "stale", "partly", "kind", "price")
    how = pick((*one_of, *one_of, "account"))
    lines = [one for found in known.world.lines.values() for one in found]
    if how == "kind":
        return _without_a_kind(pick, known, lines)
    if how == "account":
        account = pick((SANDBOX, PRODUCTION))
        changing += [one["graph_id"] for one in lines if one["account"] == account][:2]
        return replace(known, older=known.older | {account})
    one = pick(lines)
    changing.append(one["graph_id"])
    place = {(one["account"], one["kind"])}
    if how == "tags":
        # Without tags, a resource is called by its id.
        seen = {**one, "tags": None, "name": one["id"]}
        return replace(known, world=_replaced(known.world, seen))
    if how == "price":
        return replace(known, world=_replaced(known.world, _unpriced(pick, one)))
    if how == "partly":
        world = _replaced(known.world, {**one, "unread": {"describe": "AccessDenied"}})
        return replace(known, world=world, partly=known.partly | place)
    world = _replaced(known.world, {**one, "stale_since": SINCE})
    return replace(known, world=world, unread=known.unread | place)


def _unpriced(pick: Pick, one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource without a known price, or without any, as in older snapshots."""
    found = {**one, "price": priced(None)}
    if pick((True, False)):
        del found["price"]
    return found


def _without_a_kind(pick: Pick, known: Known, lines: Sequence[dict[str, Any]]) -> Known:
    place = pick((SANDBOX, SANDBOX, PRODUCTION)), pick((VPC, SUBNET, INSTANCE, VOLUME))
    hidden = {one["graph_id"] for one in lines if (one["account"], one["kind"]) == place}
    if len(hidden) == len(lines):
        return known
    return replace(known, world=known.world.without(hidden), unread=known.unread | {place})


def _replaced(world: World, line: dict[str, Any]) -> World:
    return World(
        {
            account: [line if one["graph_id"] == line["graph_id"] else one for one in lines]
            for account, lines in world.lines.items()
        },
        world.edges,
    )


def _completed(pick: Pick, known: Known, *, new: bool) -> World:
    """Draw an estate that may be what is known in part.

    With `new`, it may have resources and edges that are not seen.
    """
    seen = known.world
    loose, gone = set[str](), set[str]()
    for one in (one for found in seen.lines.values() for one in found):
        if _is_uncertain(one, known):
            loose.add(one["graph_id"])
            # What was read only partly is there.
            if "unread" not in one and pick((True, False, False)):
                gone.add(one["graph_id"])
    lines = {
        account: [_as_read(pick, one, known) for one in found]
        for account, found in seen.lines.items()
    }
    for one in _hidden(pick, known) if new else ():
        lines[one["account"]].append(one)
        loose.add(one["graph_id"])
    edges = {
        account: [
            *(one for one in seen.edges[account] if not _ends(one) & loose or pick((True, False))),
            *(_new_edges(pick, found, seen.edges[account], loose) if new else ()),
        ]
        for account, found in lines.items()
    }
    return World(lines, edges).without(gone)


def _is_uncertain(one: Mapping[str, Any], known: Known) -> bool:
    return bool(one["stale_since"]) or "unread" in one or one["account"] in known.older


def _hidden(pick: Pick, known: Known) -> list[dict[str, Any]]:
    """Draw resources of kinds that were not read."""
    older = ((account, pick((VPC, SUBNET, INSTANCE, VOLUME))) for account in known.older)
    return [
        _resource(pick, kind, f"new-{kind[-3:]}{number}", account)
        for account, kind in sorted({*known.unread, *older})
        for number in range(pick((0, 1, 1, 2)))
    ]


def _as_read(pick: Pick, one: dict[str, Any], known: Known) -> dict[str, Any]:
    tags = one["tags"]
    if one.get("price", priced(None))["monthly"] is None:
        one = {**one, "price": priced(pick(PRICES))}
    if _is_uncertain(one, known):
        kept = {name: value for name, value in one.items() if name != "unread"}
        same = tags is not None and pick((True, False, False))
        changed = {} if same else _changing(pick, one)
        if changed and PROTECTED_TAG in (tags or {}):
            # What Ebbtide knows to be protected, it protects until it reads something else.
            changed["tags"] = {**changed["tags"], PROTECTED_TAG: "yes"}
        return {**kept, "stale_since": None, **changed}
    if tags is None:
        return {**one, "tags": dict(pick(TAGS)), "name": pick((*NAMES, one["id"]))}
    return one


def _ends(one: Mapping[str, Any]) -> set[str]:
    return {one["source"], one["target"]}


def _new_edges(
    pick: Pick, lines: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]], loose: set[str]
) -> list[dict[str, Any]]:
    there = {(one["source"], one["target"], one["type"]) for one in known}
    return [
        one
        for one in possible_edges(lines)
        if _ends(one) & loose
        and (one["source"], one["target"], one["type"]) not in there
        and pick((True, False))
    ]
