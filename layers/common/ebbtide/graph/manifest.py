"""The manifest: the accounts of a snapshot, and the keys of their objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from ebbtide.base.errors import MissingError
from ebbtide.model.coverage import WITHOUT_GAP, Coverage
from ebbtide.model.stacks import MemberList
from ebbtide.store.formats import require_format
from ebbtide.store.keys import CURRENT

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket
    from ebbtide.store.readable import Readable

FORMAT = 2
COVERAGE_FORMAT = 2


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One account of a snapshot; `run_id` is the run whose objects hold its graph.

    `stale_since` is set if this run could not build the account's graph, so that an older one
    replaces it. `enabled_regions` are all regions that the account has enabled, collected or not;
    None if they could not be listed. `empty_regions` are the regions that contain only what AWS
    creates in every region, each with the time of the last attempt to read it completely; None if
    there was none. `locked_regions` are those that a policy of the organization denies, each with
    the kinds without a parent that could be read there nevertheless. `seconds` is the total
    duration of the calls for all kinds. `stacks` is the key of the member lists of its stacks,
    empty in a snapshot of an older version. `gaps` are the kinds that were not read completely,
    each with the number of regions. `metrics_asked` is the number of CloudWatch metrics that were
    requested and billed. `prices` says what the prices of its resources are based on, each with the
    number of resources.
    """

    account: str
    name: str
    run_id: str
    resources: str
    edges: str
    changes: str
    coverage: str
    counts: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, int] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    enabled_regions: tuple[str, ...] | None = None
    edge_count: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    stale: int = 0
    unresolved: int = 0
    stale_since: str | None = None
    empty_regions: Mapping[str, str | None] = field(default_factory=dict)
    seconds: float = 0.0
    locked_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stacks: str = ""
    gaps: Mapping[str, int] = field(default_factory=dict)
    metrics_asked: int = 0
    prices: Mapping[str, int] = field(default_factory=dict)

    @property
    def incomplete_reads(self) -> int:
        """The number of coverage entries of kinds that were not read completely in a region."""
        return sum(count for state, count in self.states.items() if state not in WITHOUT_GAP)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        enabled = value["enabled_regions"]
        locked = value.get("locked_regions", {})
        return cls(
            **{
                **value,
                "regions": tuple(value["regions"]),
                "enabled_regions": None if enabled is None else tuple(enabled),
                "locked_regions": {region: tuple(kinds) for region, kinds in locked.items()},
            }
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole snapshot; `missing` are accounts of the run without a graph, even an old one."""

    run_id: str
    created: str
    previous: str | None
    accounts: tuple[AccountEntry, ...]
    missing: tuple[str, ...] = ()

    @property
    def resource_count(self) -> int:
        return sum(sum(entry.counts.values()) for entry in self.accounts)

    def find(self, account: str) -> AccountEntry | None:
        return next((entry for entry in self.accounts if entry.account == account), None)

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        require_format(value, FORMAT, "manifest")
        return cls(
            run_id=value["run_id"],
            created=value["created"],
            previous=value["previous"],
            accounts=tuple(AccountEntry.from_json(entry) for entry in value["accounts"]),
            missing=tuple(value["missing"]),
        )


def read_coverage(bucket: Readable, entry: AccountEntry) -> list[Coverage]:
    """Read the coverage of an account's snapshot. Raises MissingError if it has expired."""
    document = bucket.read_json(entry.coverage)
    require_format(document, COVERAGE_FORMAT, "coverage")
    return [Coverage.from_line(line) for line in document["kinds"]]


def stored_lists(bucket: Readable, entry: AccountEntry | None) -> dict[str, MemberList]:
    """Return the member lists of an account's snapshot by graph id of the stack.

    Lists that have expired or that another version wrote in another format are left out: for
    collecting they are read again, and for planning they are unknown.
    """
    if entry is None or not entry.stacks:
        return {}
    try:
        found = map(MemberList.from_line, bucket.read_lines(entry.stacks))
        return {one.stack: one for one in found if one is not None}
    except MissingError:
        return {}


def current_manifest_key(bucket: Readable) -> str | None:
    """Return the key of the current snapshot's manifest; None before the first snapshot."""
    current = bucket.find_json(CURRENT)
    return None if current is None else str(current["manifest"])


def read_manifest(bucket: Readable, key: str) -> Manifest:
    return Manifest.from_json(bucket.read_json(key))


def previous_manifest(bucket: Bucket, run_id: str) -> tuple[str | None, Manifest | None]:
    """Return key and manifest of the snapshot before this run's, even if the run is published.

    Both are None if there is no such snapshot, or if its objects have expired.
    """
    current = current_manifest(bucket)
    if current is None or current.run_id != run_id:
        return (current_manifest_key(bucket), current) if current else (None, None)
    if current.previous is None:
        return None, None
    try:
        return current.previous, read_manifest(bucket, current.previous)
    except MissingError:
        return None, None


def current_manifest(bucket: Bucket) -> Manifest | None:
    """Return the current snapshot; None before the first one, or if its objects have expired."""
    key = current_manifest_key(bucket)
    if key is None:
        return None
    try:
        return read_manifest(bucket, key)
    except MissingError:
        return None
