"""What a deleted resource named, and what named it, in the snapshot that its run was based on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Subject
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import find_run
from ebbtide_cli.restoring.stored import Stored


@dataclass(frozen=True, slots=True)
class Relatives:
    """The neighbours of a resource; `known` is False if the snapshot has expired."""

    named: tuple[Subject, ...] = ()
    named_by: tuple[Subject, ...] = ()
    known: bool = True


def relatives_of(store: Readable, stored: Stored) -> Relatives:
    """Return the neighbours of a deleted resource, by whose description names whose."""
    entry = _account(store, stored)
    if entry is None:
        return Relatives(known=False)
    own = stored.subject.graph_id
    named, by = set[str](), set[str]()
    for edge in store.read_lines(entry.edges, lambda line: own.encode() in line):
        if own in (edge["source"], edge["target"]):
            other = edge["target"] if edge["source"] == own else edge["source"]
            (named if edge["declared_by"] == own else by).add(other)
    lines = dict(_lines(store, entry, named | by))
    return Relatives(_subjects(lines, named), _subjects(lines, by - named))


def _subjects(lines: dict[str, ResourceLine], names: set[str]) -> tuple[Subject, ...]:
    return tuple(Subject.of_line(lines[name]) for name in sorted(names & set(lines)))


def _lines(
    store: Readable, entry: AccountEntry, names: set[str]
) -> Iterator[tuple[str, ResourceLine]]:
    if not names:
        return
    for line in store.read_lines(entry.resources):
        if line["graph_id"] in names:
            yield line["graph_id"], line


def _account(store: Readable, stored: Stored) -> AccountEntry | None:
    run = find_run(store, stored.run_id)
    key = run.manifest if run is not None and run.manifest else RunKeys(stored.run_id).manifest
    try:
        manifest = Manifest.from_json(store.read_json(key))
    except MissingError:
        return None
    account = stored.subject.account
    return next((one for one in manifest.accounts if one.account == account), None)
