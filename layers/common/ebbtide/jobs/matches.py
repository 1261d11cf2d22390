"""What a job's search finds in the snapshot of the moment, and how far it can be relied on."""

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
from ebbtide.verdict.marks import Marks, marking_jobs, marks_of

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Sections of a node that hold what jobs have marked; other searches need no marks.
_MARKED_SECTIONS = ("desired", "metadata")

# What a search may ask of a resource's use, and the property that is only there if it was read.
_USE = {
    "usage": "usage",
    "last_used": "last_used",
    "last_access": "last_used",
    "atime": "last_used",
}


@dataclass(frozen=True, slots=True)
class JobMatch:
    """One resource that a search found, as far as actions need it.

    `unread`: the search asks for its use, which is not known. `place`: the region in which its
    tags are set, and `protection` why they are not, as far as its own tags forbid it.
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
        stale = line["stale_since"] is not None
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
        """The resource as notifications and the list of all matches show it (docs/data.md)."""
        line = asdict(self.subject)
        return line if self.tag is None else {**line, "tag": self.tag}


@dataclass(frozen=True, slots=True)
class JobMatches:
    """What was found, in which snapshot (its manifest's key), and relying on which absence.

    `doubtful` are the graph ids of what was found without certainty.
    """

    manifest: str
    found: list[JobMatch]
    negates: tuple[str, ...]
    undecided: int
    doubtful: frozenset[str] = frozenset()


def search_for(bucket: Bucket, run: Run, job: Job) -> JobMatches:
    """Everything that the job's search finds, in the snapshot that is current at its event.

    That is the previous one until the run has published its own. Raises JobError before the first
    one, SearchError when the search cannot be answered.
    """
    key = current_manifest_key(bucket)
    if key is None:
        raise JobError(f"there is no snapshot yet at {job.event}; post_collect has the first one")
    manifest = read_manifest(bucket, key)
    query = parse_search(job.search, run.config.searches, run.started)
    snapshot = Snapshot(bucket, manifest, marks=_marks(bucket, run, job, manifest))
    use = _asked_use(query.parts[-1])
    found = [
        JobMatch.of(match.line, match.tag, use) for match in find(query, snapshot, run.started)
    ]
    negates = tuple(sorted(kinds_relied_on(query)))
    doubtful = _doubtful(bucket, manifest, found, negates)
    undecided = sum(one.subject.graph_id in doubtful for one in found)
    return JobMatches(key, found, negates, undecided, doubtful)


def _protection(tags: Mapping[str, str] | None) -> str | None:
    if tags is None:
        return "its tags could not be read, so that nobody knows whether it is protected"
    tag = protecting_tag({key: tags[key] for key in tags if key == PROTECTED_TAG})
    return None if tag is None else f"its tag {tag} protects it"


def _asked_use(part: Part) -> frozenset[str]:
    names = {_name_of(path) for path in (*paths_of(part.term), *(sort.path for sort in part.sort))}
    return frozenset(_USE[name] for name in names if name in _USE)


def _name_of(path: Path) -> str:
    """The name under `reported` that a path leads to, or the section."""
    names = [step.name for step in path.steps]
    return names[1] if path.absolute and names[0] == "reported" and names[1:] else names[0]


def _marks(bucket: Bucket, run: Run, job: Job, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """What earlier jobs of this run have marked, by graph id, if the search may ask for it."""
    texts = [job.search, *(run.config.searches.values() if "expand(" in job.search else ())]
    if not any(section in text for text in texts for section in _MARKED_SECTIONS):
        return {}
    jobs = marking_jobs(bucket, run, job.event)
    marks: dict[str, dict[str, Any]] = {}
    for entry in manifest.accounts:
        for name, mark in _of_account(marks_of(bucket, run, entry.account, jobs)):
            marks[name] = {"clean": False, "protected": False, **marks.get(name, {}), **mark}
    return marks


def _of_account(marks: Marks) -> Iterable[tuple[str, dict[str, Any]]]:
    for made in marks.clean:
        for name in made.resources:
            yield name, {"clean": True, "reason": made.reason}
    for name, why in marks.protected.items():
        yield name, {"protected": True, "reason": why}


def _doubtful(
    bucket: Bucket, manifest: Manifest, found: Iterable[JobMatch], negates: Collection[str]
) -> frozenset[str]:
    """What was found only because something else was not, where that is not certain."""
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
    assert entry is not None  # its resources were found through this very entry
    return Inventory(
        account,
        (),
        (),
        read_coverage(bucket, entry),
        stale_since=entry.stale_since,
        enabled_regions=entry.enabled_regions,
    )
