"""The plan of one account as stored in the bucket; a public format (docs/data.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, Self

from ebbtide.model.resource import Subject
from ebbtide.store.formats import PLAN_FORMAT as FORMAT
from ebbtide.store.formats import require_format

type Action = Literal["delete", "goes_with"]
# Members of entries that plans of earlier versions lack.
_LATER = frozenset({"monthly", "owner", "grace"})


@dataclass(frozen=True, slots=True)
class Breakage:
    """A resource that stays and breaks, because a rule or the configuration allows it.

    `user` is its graph id. It is None if resources of the kind could not be read completely, so
    that it is not known whether one breaks; then `why` names what was not read.
    """

    kind: str
    user: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Grace:
    """Since when a resource waits, and what is left of its grace.

    `since` and `ends` are texts of times; `ends` is empty if no time, but runs count. `runs` have
    selected it in a row, of `wanted`, which is 0 if only time counts. `ending`: it may be over
    within a day.
    """

    since: str
    ends: str = ""
    runs: int = 1
    wanted: int = 0
    ending: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A resource to delete, or one that AWS deletes together with its owner.

    With the action `goes_with`, AWS deletes it and the cleanup only waits until it is gone.
    Resources in `after` must be gone first. Those in `prepared_after` need only be prepared first,
    because their preparation cuts their relation to this one. `evidence` lists the coverage that
    shows that nothing depends on it. Those in `needed_by` go as well, in any order, but would break
    without it, so it stays if one of them stays. `breaks` lists what breaks although it stays.
    """

    subject: Subject
    action: Action
    rules: tuple[str, ...]
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    goes_with: str | None = None
    part_of: str | None = None
    after: tuple[str, ...] = ()
    prepared_after: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    breaks: tuple[Breakage, ...] = ()
    # What jobs that select it ask for besides: "empty".
    asked: tuple[str, ...] = ()
    # Why this run only reports it; empty if it may be deleted.
    stays: str = ""
    # What an approval of it is bound to (approvals.py), and the keys of those that cover it.
    binding: str = ""
    approvals: tuple[str, ...] = ()
    # Why no approval covers it; then it stays if only what was approved goes.
    held: str = ""
    wave: int = 0
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    # What it costs a month, in USD, None if that is unknown; and the owner that its tag names, or
    # the tag of what it goes with or is a part of. No approval depends on them.
    monthly: float | None = None
    owner: str | None = None
    # In what is only reported: the grace that it, or what it goes with, is in.
    grace: Grace | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A resource that stays: refused for a reason, or undecided for lack of evidence."""

    subject: Subject
    rules: tuple[str, ...]
    selected_because: str
    code: str
    reason: str
    blockers: tuple[str, ...] = ()
    # What it costs a month, in USD; None if that is unknown.
    monthly: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the cleanup of one account may delete; `manifest` is the key of the snapshot.

    `regions` are those with coverage, and `locked` those that a policy of the organization denies.
    `deletable` counts by kind what could be deleted at all. Rules and jobs in `first_run` only
    report in this run: what would be deleted because of them is `reported`, and stays. So is what
    is in its grace.

    `approved` is what goes if only approved resources may, in its own order; it is empty if that is
    all of `planned`, or nothing. It may go until `approved_until`.
    """

    run_id: str
    account: str
    manifest: str
    created: str
    resource_count: int
    regions: tuple[str, ...]
    planned: tuple[Planned, ...] = ()
    refused: tuple[Rejected, ...] = ()
    undecided: tuple[Rejected, ...] = ()
    locked: tuple[str, ...] = ()
    deletable: Mapping[str, int] = field(default_factory=dict)
    first_run: tuple[str, ...] = ()
    reported: tuple[Planned, ...] = ()
    approved: tuple[Planned, ...] = ()
    approved_until: str = ""
    # Decisions of people that do not count, and why.
    warnings: tuple[str, ...] = ()
    hash: str = ""

    def sealed(self) -> Self:
        """Return the plan with the SHA-256 of its content; the order of keys does not matter."""
        found = hashlib.sha256()
        for text in _texts({**_fields(self), "hash": ""}, _hashed):
            found.update(text.encode())
        return replace(self, hash=found.hexdigest())

    def carried_out(self, *, only_approved: bool) -> tuple[Planned, ...]:
        """Return what goes if all of the plan may go, or only what was approved."""
        if not only_approved:
            return self.planned
        found = self.approved or self.planned
        return found if all(entry.approvals and not entry.held for entry in found) else ()

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    def texts(self) -> Iterator[str]:
        """Yield the JSON of `to_json` piece by piece: whole, it takes more memory than the plan."""
        yield from _texts({"format": FORMAT, **_fields(self)})


def _texts(
    content: Mapping[str, Any], of_others: Callable[[Any], Any] | None = None
) -> Iterator[str]:
    """Yield JSON with sorted keys: an object, of whose lists each entry is a piece of its own."""
    default = of_others or _content
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=default).encode
    for number, (name, value) in enumerate(sorted(content.items())):
        yield f"{',' if number else '{'}{encode(name)}:"
        if isinstance(value, tuple):
            yield "["
            yield from (
                (f",{encode(one)}" if place else encode(one)) for place, one in enumerate(value)
            )
            yield "]"
        else:
            yield encode(value)
    yield "}"


def _content(value: Any) -> Any:
    """Return what JSON lacks as something that it has: fields, entries, or else a text."""
    if is_dataclass(value):
        return _fields(value)
    return dict(value) if isinstance(value, Mapping) else str(value)


def _hashed(value: Any) -> Any:
    """Return the same for a hash, which plans of versions without prices keep."""
    found = _content(value)
    if not is_dataclass(value):
        return found
    return {name: one for name, one in found.items() if one is not None or name not in _LATER}


def _fields(value: Any) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def read_plan(value: Mapping[str, Any]) -> Plan:
    """Read a stored plan. Raises FormatError if another version wrote it."""
    require_format(value, FORMAT, "plan")
    return Plan(
        run_id=value["run_id"],
        account=value["account"],
        manifest=value["manifest"],
        created=value["created"],
        resource_count=value["resource_count"],
        regions=tuple(value["regions"]),
        planned=tuple(read_planned(entry) for entry in value["planned"]),
        refused=tuple(_rejected(entry) for entry in value["refused"]),
        undecided=tuple(_rejected(entry) for entry in value["undecided"]),
        locked=tuple(value.get("locked", ())),
        deletable=value.get("deletable", {}),
        first_run=tuple(value.get("first_run", ())),
        reported=tuple(read_planned(entry) for entry in value.get("reported", ())),
        approved=tuple(read_planned(entry) for entry in value.get("approved", ())),
        approved_until=value.get("approved_until", ""),
        warnings=tuple(value.get("warnings", ())),
        hash=value["hash"],
    )


def read_planned(value: Mapping[str, Any]) -> Planned:
    """Read one entry of a stored plan."""
    sequences = ("rules", "evidence", "after", "prepared_after", "needed_by")
    return Planned(
        **{
            **value,
            **{name: tuple(value[name]) for name in sequences},
            "asked": tuple(value.get("asked", ())),
            "approvals": tuple(value.get("approvals", ())),
            "subject": Subject(**value["subject"]),
            "breaks": tuple(Breakage(**one) for one in value["breaks"]),
            "grace": Grace(**value["grace"]) if value.get("grace") else None,
        }
    )


def _rejected(value: Mapping[str, Any]) -> Rejected:
    sequences = ("rules", "blockers")
    return Rejected(
        **{
            **value,
            **{name: tuple(value[name]) for name in sequences},
            "subject": Subject(**value["subject"]),
        }
    )
