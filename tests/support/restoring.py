"""Collects, deletes and restores single resources of the mocked cloud, with the real command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import Result

from ebbtide.aws.account import AccountSession, Partition, client_config, new_session
from ebbtide.aws.pacing import Pacer
from ebbtide.base.clock import now, to_text
from ebbtide.cleanup.deleting import delete_resource, prepare_resource, restore_description
from ebbtide.cleanup.families import Families
from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.read_again import Description, Reader
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Edge, Resource
from ebbtide.plan.model import Planned
from ebbtide.store.keys import RunKeys
from tests.support.command import run
from tests.support.snapshots import Copy

ACCOUNT, REGION, RUN = "123456789012", "us-east-1", "run-1"

# What differs between two resources that are otherwise the same.
TIMES = re.compile(
    r"(time|date|timestamp|created|created_at|modified|updated|_on)$|^(created|last)"
)


def session() -> AccountSession:
    return AccountSession(ACCOUNT, Partition("aws"), new_session(), client_config(4), Pacer(4))


@dataclass
class Estate:
    """An account of the mocked cloud, and a copy of a bucket with one run that deleted in it."""

    folder: Path
    aws: AccountSession = field(default_factory=session)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def place(self, kind: str) -> str:
        return GLOBAL if registry()[kind].scope == "global" else REGION

    def all(self, kind: str) -> dict[str, Resource]:
        """List the living resources of a kind, by id, as a collection does."""
        with ThreadPoolExecutor(4) as calls, ThreadPoolExecutor(1) as lists:
            families = Families.of((), (kind,), (kind,))
            found = Listings(self.aws, calls, lists, families).of_kind(kind, self.place(kind))
            return {one.resource.id: one.resource for one in found if not one.resource.ended}

    def read(self, resource: Resource) -> Description | None:
        with ThreadPoolExecutor(4) as calls:
            return Reader(self.aws, calls).read(resource.subject)

    def delete(self, resource: Resource) -> Description:
        """Store the description of a resource and delete it, as a cleanup does."""
        described = self.read(resource)
        assert described is not None
        entry = self.keep(resource, described)
        for act in (prepare_resource, delete_resource):
            outcome = act(self.aws, entry, described.document)
            assert outcome.ending == "done", outcome.reason
        assert self.read(resource) is None
        return described

    def keep(self, resource: Resource, described: Description) -> Planned:
        """Store the description of a resource, and that it was deleted."""
        entry = Planned(
            resource.subject, "delete", ("expired",), "expired", tags=resource.tags or {}
        )
        kept = restore_description(entry, described, to_text(now()))
        kept["collected"] = resource.to_line()
        self.store(resource, kept)
        return entry

    def snapshot(self, resources: Sequence[Resource], edges: Sequence[Edge]) -> None:
        """Write the snapshot that the run was based on."""
        copy, keys = Copy(self.folder), RunKeys(RUN)
        names = {
            name: keys.graph(ACCOUNT, f"{name}.jsonl.zst")
            for name in ("resources", "edges", "changes")
        }
        copy.write_lines(names["resources"], [one.to_line() for one in resources])
        copy.write_lines(names["edges"], [one.to_line() for one in edges])
        entry = AccountEntry(ACCOUNT, "dev", RUN, **names, coverage="")
        manifest = Manifest(RUN, to_text(now()), None, (entry,))
        copy.write_json(keys.manifest, manifest.to_json())

    def store(self, resource: Resource, kept: Mapping[str, Any], ending: str = "gone") -> None:
        """Write what a run stored about a resource, and how it ended."""
        keys = RunKeys(RUN)
        key = keys.restore(ACCOUNT, resource.region, resource.kind, resource.id)
        self._write(key, json.dumps(kept))
        self.entries.append(
            {
                "seq": len(self.entries) + 1,
                "at": to_text(now()),
                "run_id": RUN,
                "dry_run": False,
                "graph_id": resource.graph_id,
                "arn": resource.arn,
                "event": ending,
                "rules": ["expired"],
                "selected_because": "it has expired",
                "reason": "not found any more",
            }
        )
        lines = "".join(f"{json.dumps(one)}\n" for one in self.entries)
        self._write(keys.cleanup(ACCOUNT, "ledger.jsonl"), lines)

    def _write(self, key: str, text: str) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def restore(self, id: str, *options: str) -> Result:
        """Run the command as a person does."""
        words = ("cleanup", "restore", RUN, id, *(options or ("--yes",)))
        return run("--folder", str(self.folder), *words)


def comparable(resource: Resource, names: Mapping[str, str], apart: Iterable[str]) -> Any:
    """Return what must be the same of a resource, with old names replaced by new ones."""
    apart = frozenset(apart)

    def kept(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                name: kept(part)
                for name, part in value.items()
                if name not in apart and not TIMES.search(name) and part not in (None, [], {}, "")
            }
        if isinstance(value, list):
            return sorted((kept(part) for part in value), key=str)
        if isinstance(value, str):
            for old, new in names.items():
                value = value.replace(old, new)
        return value

    return kept(resource.properties)
