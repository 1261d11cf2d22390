"""Each command that lists something says on stderr how much, of which snapshot, what is missing."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.graph.manifest import Manifest
from ebbtide.kinds import registry
from ebbtide.store.keys import RunKeys
from ebbtide_cli.formats import Format, GraphFormat, RowFormat
from ebbtide_cli.summary import Summary
from tests.support.command import Run, run
from tests.support.command_tree import commands
from tests.support.jobs_file import CONFIG, KEY
from tests.support.snapshots import DEV, NOW, PROD, Copy

# Each command that reads a snapshot: arguments, number of results, and what they are called.
LISTS: dict[str, tuple[tuple[str, ...], str]] = {
    "search": (("is(volume)",), "3 resources"),
    "ancestors": (("vol-2",), "2 resources"),
    "descendants": (("i-1",), "1 resource"),
    "predecessors": (("vol-1",), "2 resources"),
    "successors": (("i-1",), "1 resource"),
    "history": ((), "3 changes"),
    "graph export": (("-", "-f", "ndjson"), "10 resources"),
    "jobs list": ((), "2 jobs"),
    "jobs run": (("old-volumes",), "2 resources"),
}
AGGREGATE = ("search", "aggregate(kind as kind: sum(1) as n): is(volume)")
# What reads no snapshot, or lists nothing; plans have summaries of their own.
NO_LISTS = {
    "plan", "plan show", "plan explain", "plan diff", "plan simulate", "plan advice",
    "kinds", "jobs show", "jobs add", "jobs delete", "jobs activate", "jobs deactivate",
    "graph", "jobs", "protect", "protect check",
    "config", "config show", "config validate", "config set", "config unset", "config edit",
    "config apply", "config diff", "config history", "config restore",
    "plan approve", "plan reject", "plan approvals",
    "digest", "digest show",
}  # fmt: skip
# What is about runs and their ledgers; their own tests say what they summarize.
OF_RUNS = {
    *(f"runs {name}" for name in ("list", "show", "start", "watch", "stop", "log")),
    *(f"workflows {name}" for name in ("list", "show", "run", "stop", "running", "history", "log")),
    *(f"report {name}" for name in ("open", "export", "link", "build")), "report",
    "workflows apply", "cleanup log", "cleanup restore",
    "coverage", "status", "savings", "runs", "workflows",
    "cleanup",
    *(f"metrics {name}" for name in ("list", "show", "cost", "export")), "metrics",
}  # fmt: skip
SNAPSHOT = "snapshot of run run-3, 1h old."


@pytest.fixture
def configured(copy: Copy) -> Copy:
    copy.write_text(KEY, CONFIG)
    return copy


def lines_of(ebbtide: Run, name: str, *more: str) -> list[str]:
    result = ebbtide(*name.split(), *LISTS[name][0], *more)
    assert result.exit_code == 0, result.stderr
    return result.stderr.splitlines()


def changed_manifest(copy: Copy, **given: Any) -> None:
    """Change the manifest of the current snapshot: of the account dev by `dev`, or as a whole."""
    key = RunKeys("run-3").manifest
    manifest = copy.read_json(key)
    manifest["accounts"][0] |= given.pop("dev", {})
    manifest["accounts"][1] |= given.pop("prod", {})
    copy.write_json(key, {**manifest, **given})


def test_every_command_is_known_here() -> None:
    """A new command that lists something summarizes it, and is named above."""
    names = set(commands())
    assert names == LISTS.keys() | NO_LISTS | OF_RUNS


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("name", LISTS)
def test_each_list_says_how_many_of_which_snapshot(ebbtide: Run, name: str) -> None:
    lines = lines_of(ebbtide, name)
    assert lines[-1] == f"{LISTS[name][1]}; {SNAPSHOT}"
    assert len([line for line in lines if SNAPSHOT in line]) == 1


def formats_of(name: str) -> list[str]:
    rows = name in ("history", "jobs list")
    graphs = name == "graph export"
    return list(RowFormat) if rows else list(GraphFormat) if graphs else list(Format)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("name", "format"), [(name, format) for name in LISTS for format in formats_of(name)]
)
def test_results_are_the_same_with_and_without_it(ebbtide: Run, name: str, format: str) -> None:
    words = (*name.split(), *LISTS[name][0], "--format", format)
    loud, quiet = ebbtide(*words), ebbtide("--quiet", *words)
    assert loud.exit_code == quiet.exit_code == 0
    assert loud.stdout == quiet.stdout
    assert quiet.stderr == ""
    assert SNAPSHOT in loud.stderr and SNAPSHOT not in loud.stdout


@pytest.mark.usefixtures("configured")
def test_groups_of_an_aggregate_are_counted(ebbtide: Run) -> None:
    assert ebbtide(*AGGREGATE).stderr == f"1 group; {SNAPSHOT}\n"


@pytest.mark.parametrize("name", LISTS)
def test_each_list_says_what_was_not_read(ebbtide: Run, configured: Copy, name: str) -> None:
    changed_manifest(configured, dev={"gaps": {"aws_ec2_volume": 2}}, missing=["777788889999"])
    missing = "account 777788889999 is missing; kind aws_ec2_volume in account dev"
    # A walk stays in the account of its resource.
    walks = ("ancestors", "descendants", "predecessors", "successors")
    expected = missing.partition("; ")[2] if name in walks else missing
    assert lines_of(ebbtide, name)[-1] == f"Not read completely: {expected}."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("is(aws_s3_bucket)",), False),
        (("is(volume)", "--account", PROD), False),
        (("is(volume)", "--account", DEV), True),
        (("is(aws_s3_bucket) <-- is(aws_region)",), False),
        (("all",), True),
        (("is(aws_ec2_instance) with(empty, <-- is(aws_ec2_volume))",), True),
    ],
)
def test_only_what_the_search_reads_can_be_missing(
    ebbtide: Run, configured: Copy, words: tuple[str, ...], told: bool
) -> None:
    changed_manifest(configured, dev={"gaps": {"aws_ec2_volume": 1}})
    stderr = ebbtide("search", *words).stderr
    assert ("Not read completely: kind aws_ec2_volume in account dev." in stderr) is told


def test_an_account_that_was_not_read_is_named_with_the_time(
    ebbtide: Run, configured: Copy
) -> None:
    since = to_text(NOW - timedelta(days=7))
    changed_manifest(configured, prod={"stale_since": since, "gaps": {"aws_ec2_volume": 1}})
    stderr = ebbtide("search", "is(volume)").stderr
    assert f"Not read completely: account prod not read since {since}.\n" in stderr


def test_gaps_of_a_manifest_of_an_older_version_are_counted(ebbtide: Run, configured: Copy) -> None:
    states = {"complete": 7, "denied": 2, "skipped": 3, "failed": 1}
    changed_manifest(configured, dev={"states": states})
    assert "Not read completely: 3 reads of kinds in regions." in ebbtide("search", "all").stderr


def test_many_names_are_only_counted(ebbtide: Run, configured: Copy) -> None:
    gaps = {"aws_ec2_volume": 1, "aws_vpc": 1, "aws_elb": 1, "aws_alb": 1}
    changed_manifest(configured, dev={"gaps": gaps}, prod={"gaps": {"aws_vpc": 3}})
    assert "4 kinds in accounts dev, prod." in ebbtide("search", "all").stderr


def test_there_may_be_no_snapshot_yet(tmp_path: Path) -> None:
    Copy(tmp_path).write_text(KEY, CONFIG)
    result = run("--folder", str(tmp_path), "jobs", "list")
    assert result.stderr == "2 jobs; there is no snapshot yet.\n"


def test_an_older_snapshot_tells_its_real_age(ebbtide: Run) -> None:
    stderr = ebbtide("search", "is(volume)", "--at", "run-1").stderr
    assert stderr == "1 resource; snapshot of run run-1, 10d old.\n"


def test_resources_of_unknown_condition_have_their_line() -> None:
    manifest = Manifest("run-3", to_text(NOW), None, ())
    assert list(Summary(0, "resource", manifest, NOW, unknown=2).lines()) == [
        "0 resources; snapshot of run run-3, 0s old.",
        "The condition is unknown for 2 more resources.",
    ]


def test_an_error_has_no_summary(ebbtide: Run) -> None:
    assert re.fullmatch(r"ebbtide: error: .*\n", ebbtide("search", "all", "--at", "9999d").stderr)


def test_a_limit_is_named_if_it_may_have_cut(ebbtide: Run) -> None:
    for limit, told in (("2", " (--limit); there may be more"), ("4", "")):
        number = min(int(limit), 3)
        stderr = ebbtide("search", "is(volume)", "--limit", limit).stderr
        assert stderr == f"{number} resources{told}; {SNAPSHOT}\n"


def test_kinds_are_counted_without_a_snapshot(ebbtide: Run) -> None:
    assert ebbtide("kinds").stderr == f"{len(registry())} kinds.\n"
    assert ebbtide("-q", "kinds").stderr == ""
