"""Writes a folder like a copy of the bucket: three runs, two accounts, changes and edges."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard

from ebbtide.base.clock import to_text
from ebbtide.base.json_lines import encode_line
from ebbtide.config import Config
from ebbtide.config.scope import in_region
from ebbtide.graph.manifest import COVERAGE_FORMAT, AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL, Edge, Resource, graph_id
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.store.run import Run, store_run

DEV, PROD = "111122223333", "444455556666"
NAMES = {DEV: "dev", PROD: "prod"}
REGION = "eu-central-1"
NOW = datetime.now(UTC).replace(microsecond=0)
# The runs started 10 days, 2 days and one hour ago.
TIMES = {
    "run-1": NOW - timedelta(days=10),
    "run-2": NOW - timedelta(days=2),
    "run-3": NOW - timedelta(hours=1),
}

type Line = dict[str, Any]


def resource(kind: str, id: str, account: str = DEV, region: str = REGION, **given: Any) -> Line:
    """Return a line of a snapshot, with default values for all fields that are not given."""
    declared = registry()[kind]
    created = given.pop("created", NOW - timedelta(days=40))
    return Resource(
        kind=kind,
        kinds=declared.kinds,
        id=id,
        name=given.pop("name", id),
        account=account,
        region=region,
        arn=given.pop("arn", f"arn:aws:x:{region}:{account}:{kind}/{id}"),
        tags=given.pop("tags", {}),
        created=created,
        properties=given,
        updated=created,
        first_seen=TIMES["run-1"],
        last_seen=TIMES["run-3"],
    ).to_line()


def home(account: str) -> list[Line]:
    return [
        resource("aws_account", account, account, GLOBAL, name=NAMES[account]),
        resource("aws_region", REGION, account, REGION),
    ]


INSTANCE = resource("aws_ec2_instance", "i-1", name='web "1"\\', instance_status="running")
ATTACHED = resource("aws_ec2_volume", "vol-1", volume_size=8, tags={"owner": "=cmd", "a,b": "x"})
FREE = resource("aws_ec2_volume", "vol-2", volume_size=100, name="line\nbreak [red]", tags={})
# Two resources with the same id, in different accounts.
SHARED = [resource("aws_s3_bucket", "logs", account, GLOBAL, arn=None) for account in (DEV, PROD)]
OTHER = resource("aws_ec2_volume", "vol-9", PROD, volume_size=50, created=NOW - timedelta(days=5))

RESOURCES = {
    DEV: [*home(DEV), INSTANCE, ATTACHED, FREE, SHARED[0]],
    PROD: [*home(PROD), OTHER, SHARED[1]],
}


def edge(source: Line, target: Line, type: Any = "default") -> Line:
    return Edge(source["graph_id"], target["graph_id"], type, source["graph_id"]).to_line()


def edges_of(account: str) -> list[Line]:
    top, region, *others = RESOURCES[account]
    found = [edge(top, region), *(edge(region, line) for line in others)]
    if account == DEV:
        found += [edge(INSTANCE, ATTACHED), edge(ATTACHED, INSTANCE, "delete")]
    return sorted(found, key=lambda line: (line["source"], line["target"], line["type"]))


def among(edges: list[Line], lines: list[Line]) -> list[Line]:
    names = {line["graph_id"] for line in lines}
    return [edge for edge in edges if {edge["source"], edge["target"]} <= names]


def change(run: str, what: str, before: Line | None, after: Line | None) -> Line:
    line = after or before or {}
    return {
        "change": what,
        "at": to_text(TIMES[run]),
        "graph_id": line["graph_id"],
        "kind": line["kind"],
        "before": before,
        "after": after,
    }


OLD = resource("aws_ec2_volume", "vol-old", volume_size=1)
BEFORE = {
    **ATTACHED,
    "tags": {"owner": "team-a", "a,b": "x"},
    "properties": {"volume_size": 4, "last_used": "2026-01-01T00:00:00Z"},
    "updated": "2026-01-01T00:00:00Z",
}
CHANGES = {
    ("run-1", DEV): [change("run-1", "created", None, OLD)],
    ("run-2", DEV): [change("run-2", "updated", BEFORE, ATTACHED)],
    ("run-3", DEV): [change("run-3", "deleted", OLD, None)],
    ("run-3", PROD): [change("run-3", "created", None, OTHER)],
}


@dataclass(frozen=True, slots=True)
class Copy:
    """A folder with the layout of the bucket."""

    path: Path

    def write_json(self, key: str, value: Any) -> None:
        self.write_text(key, json.dumps(value))

    def read_json(self, key: str) -> Any:
        return json.loads((self.path / key).read_text())

    def write_text(self, key: str, text: str) -> None:
        file = self.path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def write_lines(self, key: str, lines: Iterable[Any]) -> None:
        file = self.path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(zstandard.compress(b"".join(map(encode_line, lines))))


def write_copy(path: Path) -> Copy:
    """Write three runs; the first has neither the free volume nor the second account."""
    copy = Copy(path)
    previous = None
    for run in TIMES:
        accounts = [DEV] if run == "run-1" else [DEV, PROD]
        entries = tuple(_account(copy, run, account) for account in accounts)
        manifest = Manifest(run, to_text(TIMES[run]), previous, entries)
        write_run(copy, Run(run, "collect_and_cleanup", TIMES[run], Config()))
        previous = RunKeys(run).manifest
        copy.write_json(previous, manifest.to_json())
    copy.write_json(CURRENT, {"run_id": "run-3", "manifest": previous})
    return copy


def write_run(copy: Copy, run: Run) -> None:
    """Write the record of a run, as the function that claims it does."""
    bucket: Any = copy
    store_run(bucket, run)


def _account(copy: Copy, run: str, account: str) -> AccountEntry:
    keys = RunKeys(run)
    lines = [line for line in RESOURCES[account] if run != "run-1" or line is not FREE]
    changes = CHANGES.get((run, account), [])
    names = ("resources", "edges", "changes")
    places = {name: keys.graph(account, f"{name}.jsonl.zst") for name in names}
    copy.write_lines(places["resources"], sorted(lines, key=lambda line: line["graph_id"]))
    edges = among(edges_of(account), lines)
    copy.write_lines(places["edges"], edges)
    copy.write_lines(places["changes"], changes)
    read = [
        Coverage(account, region, kind.name, "complete")
        for region in (REGION, GLOBAL)
        for kind in registry().values()
        if in_region(kind, region)
    ]
    coverage = keys.graph(account, "coverage.json")
    copy.write_json(coverage, {"format": COVERAGE_FORMAT, "kinds": [one.to_line() for one in read]})
    counts: dict[str, int] = {}
    for line in lines:
        counts[line["kind"]] = counts.get(line["kind"], 0) + 1
    totals = {
        what: sum(change["change"] == what for change in changes)
        for what in ("created", "updated", "deleted")
    }
    return AccountEntry(
        account,
        NAMES[account],
        run,
        **places,
        coverage=coverage,
        counts=counts,
        enabled_regions=(REGION,),
        edge_count=len(edges),
        **totals,
    )


def id_of(kind: str, id: str, account: str = DEV, region: str = REGION) -> str:
    return graph_id(account, region, kind, id)
