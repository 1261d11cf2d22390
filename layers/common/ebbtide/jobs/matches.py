"""Runs the search of a job in the current snapshot, and marks uncertain matches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from ebbtide.base.errors import JobError
from ebbtide.config import Job
from ebbtide.graph import Manifest, read_manifest
from ebbtide.graph.manifest import current_manifest_key, read_coverage
from ebbtide.language import kinds_relied_on, parse_search
from ebbtide.language.syntax import Part, Path
from ebbtide.language.walking import paths_of
from ebbtide.model.expiry import PROTECTED_TAG, protecting_tag
from ebbtide.model.inventory import Inventory
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Subject
from ebbtide.search import Snapshot, find
from ebbtide.store.run import Run
from ebbtide.verdict.evidence import gather_evidence
from ebbtide.verdict.snapshot_marks import marks_in_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Names by which a search asks for last use -> the property that exists only if it was read.
_USE = {
    "usage": "usage",
    "last_used": "last_used",
    "last_access": "last_used",
    "atime": "last_used",
}


@dataclass(frozen=True, slots=True)
class JobMatch:
    """One resource that a search found, reduced to what actions extent.

    `unread`: the search asks for its last use, which was not read. `place` is the region in which
    its tags are set. `protection` says why its own tags forbid that, or is None.
    """

    subject: Subject
    tag: str | None
    ended: bool
    stale: bool
    unread: bool = False
    place: str = ""
    protection: str | None = None

    @classmethod
    def of(cls, line: ResourceLine, tag: str | None, use: Iterable[str] = ()) -> Self:
        stale = line["stale_since"] is not None or bool(line.get("unread"))
        unread = any(name not in line["properties"] for name in use)
        return cls(
            Subject.of_line(line),
            tag=tag,
            ended=line["ended"],
            stale=stale,
            unread=unread,
            place=line["properties"].get("bucket_location") or line["region"],
            protection=_protection(line["tags"]),
        )

    def to_line(self) -> dict[str, Any]:
        """Return the resource as notifications and the list of matches show it (docs/data.md)."""
        line = asdict(self.subject)
        return line if self.tag is None else {**line, "tag": self.tag}


@dataclass(frozen=True, slots=True)
class JobMatches:
    """What a search found in the snapshot whose key is `manifest`.

    `negates` are the kinds whose absence the search relies on. `doubtful` holds the graph ids of
    uncertain matches, and `undecided` is their number in `found`.
    """

    manifest: str
    found: list[JobMatch]
    negates: tuple[str, ...]
    undecided: int
    doubtful: frozenset[str] = frozenset()


def search_for(bucket: Bucket, run: Run, job: Job) -> JobMatches:
    """Run the job's search in the snapshot that is current at its event.

    Until the run publishes its own snapshot, that is the previous one. Raises JobError if there is
    none yet, SearchError if the search cannot be answered.
    """
    key = current_manifest_key(bucket)
    if key is None:
        raise JobError(f"no snapshot yet at {job.event}; the first one exists at post_collect")
    manifest = read_manifest(bucket, key)
    query = parse_search(job.search, run.config.searches, run.started)
    marks = marks_in_run(bucket, manifest.run_id, run, until=job.event)
    snapshot = Snapshot(bucket, manifest, marks=marks)
    use = asked_use(query.parts[-1])
    found = [
        JobMatch.of(match.line, match.tag, use) for match in find(query, snapshot, run.started)
    ]
    negates = tuple(sorted(kinds_relied_on(query)))
    doubtful = _doubtful(bucket, manifest, found, negates)
    undecided = sum(one.subject.graph_id in doubtful for one in found)
    return JobMatches(key, found, negates, undecided, doubtful)


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


def _doubtful(
    bucket: Bucket, manifest: Manifest, found: Iterable[JobMatch], negates: Collection[str]
) -> frozenset[str]:
    """Return the graph ids of uncertain matches.

    A match is uncertain if it is stale or was read only partly, if the use that the search asks
    for was not read, or if it rests on the absence of something that was not read completely.
    """
    doubtful: dict[tuple[str, str], bool] = {}
    inventories: dict[str, Inventory] = {}
    names = set()
    for one in found:
        place = (one.subject.account, one.subject.region)
        if place not in doubtful:
            if one.subject.account not in inventories:
                inventories[one.subject.account] = _coverage_of(
                    bucket, manifest, one.subject.account
                )
            inventory = inventories[one.subject.account]
            _, gaps = gather_evidence(inventory, one.subject, negates, negates)
            doubtful[place] = bool(gaps) or inventory.stale_since is not None
        if one.stale or one.unread or doubtful[place]:
            names.add(one.subject.graph_id)
    return frozenset(names)


def _coverage_of(bucket: Bucket, manifest: Manifest, account: str) -> Inventory:
    entry = manifest.find(account)
    assert entry is not None  # its resources were found through this entry
    return Inventory(
        account,
        (),
        (),
        read_coverage(bucket, entry),
        stale_since=entry.stale_since,
        enabled_regions=entry.enabled_regions,
    )
