"""Writes the estate of the cookbook, tests/data/cookbook/estate.yaml, as a copy of a bucket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.config import Config
from ebbtide.config.scope import in_region
from ebbtide.graph.manifest import COVERAGE_FORMAT, AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.store.run import Run
from tests.support.paths import REPOSITORY
from tests.support.search_estate import priced
from tests.support.snapshots import (
    DEV,
    NAMES,
    NOW,
    PROD,
    REGION,
    TIMES,
    Copy,
    Line,
    change,
    edge,
    resource,
    write_run,
)
from tools.yaml_files import read_yaml

ESTATE = REPOSITORY / "tests" / "data" / "cookbook" / "estate.yaml"
ACCOUNTS = {"dev": DEV, "prod": PROD}


def write_estate(path: Path) -> Copy:
    """Write the three runs of the estate; the last one holds all of it."""
    given = read_yaml(ESTATE)
    lines = {name: line_of(name, one) for name, one in given["resources"].items()}
    copy, previous = Copy(path), None
    for run in TIMES:
        entries = tuple(_account(copy, run, one, given, lines) for one in (DEV, PROD))
        write_run(copy, Run(run, "collect_and_cleanup", TIMES[run], Config()))
        manifest = Manifest(run, to_text(TIMES[run]), previous, entries)
        previous = RunKeys(run).manifest
        copy.write_json(previous, manifest.to_json())
    copy.write_json(CURRENT, {"run_id": "run-3", "manifest": previous})
    return copy


def line_of(name: str, given: Mapping[str, Any]) -> Line:
    """Return the line of one resource of the estate."""
    found = dict(given)
    kind, account = found.pop("kind"), ACCOUNTS[found.pop("account", "dev")]
    region, tags = found.pop("region", REGION), found.pop("tags", {})
    created = to_text(NOW - timedelta(days=found.pop("age", 60)))
    price = priced(found.pop("price", 0))
    line = resource(kind, found.pop("id", name), account, region, **found)
    line |= {"tags": tags, "created": created, "updated": created, "price": price}
    return {**line, "name": (tags or {}).get("Name", line["name"])}


def _account(
    copy: Copy, run: str, account: str, given: Mapping[str, Any], all_lines: Mapping[str, Line]
) -> AccountEntry:
    keys = RunKeys(run)
    own = [line for line in all_lines.values() if line["account"] == account]
    regions = sorted({REGION, *(line["region"] for line in own)} - {GLOBAL})
    top = resource("aws_account", account, account, GLOBAL, name=NAMES[account])
    homes = {GLOBAL: top} | {one: resource("aws_region", one, account, one) for one in regions}
    homes = {name: {**home, "price": priced(0)} for name, home in homes.items()}
    lines = [*homes.values(), *own]
    edges = [edge(top, home) for name, home in homes.items() if name != GLOBAL]
    edges += [edge(homes[line["region"]], line) for line in own]
    for type, ways in given["edges"].items():
        for source, target in (way.split(" -> ") for way in ways):
            if all_lines[source]["account"] == account:
                edges.append(edge(all_lines[source], all_lines[target], type))
    changes = [
        _change(one, all_lines) for one in given["changes"] if one["run"] == run and account == DEV
    ]
    places = {name: keys.graph(account, f"{name}.jsonl.zst") for name in _NAMES}
    copy.write_lines(places["resources"], sorted(lines, key=lambda line: line["graph_id"]))
    copy.write_lines(places["edges"], sorted(edges, key=_order))
    copy.write_lines(places["changes"], changes)
    where = keys.graph(account, "coverage.json")
    read = {"format": COVERAGE_FORMAT, "kinds": [*_coverage(account, (*regions, GLOBAL))]}
    copy.write_json(where, read)
    return AccountEntry(
        account,
        NAMES[account],
        run,
        **places,
        coverage=where,
        counts=dict(Counter(line["kind"] for line in lines)),
        enabled_regions=tuple(regions),
        edge_count=len(edges),
        **{what: sum(one["change"] == what for one in changes) for what in _WHATS},
    )


_NAMES = ("resources", "edges", "changes")
_WHATS = ("created", "updated", "deleted")


def _order(line: Line) -> tuple[str, str, str]:
    return line["source"], line["target"], line["type"]


def _coverage(account: str, regions: Iterable[str]) -> Iterable[Any]:
    for region in regions:
        for kind in registry().values():
            if in_region(kind, region):
                yield Coverage(account, region, kind.name, "complete").to_line()


def _change(given: Mapping[str, Any], lines: Mapping[str, Line]) -> Line:
    if given["change"] == "deleted":
        gone = dict(given["resource"])
        return change(given["run"], "deleted", line_of(gone["id"], gone), None)
    after = lines[given["id"]]
    if given["change"] == "created":
        return change(given["run"], "created", None, after)
    before = {**after, "properties": {**after["properties"], **given["before"]}}
    return change(given["run"], "updated", before, after)
