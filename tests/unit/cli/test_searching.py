"""Promises of `ebbtide search`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.model.resource import Subject
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run as Started
from tests.support.command import Run, run
from tests.support.snapshots import ATTACHED, DEV, FREE, OTHER, PROD, TIMES, Copy, write_run
from tests.unit.cli.test_coverage_command import write_gaps


def test_a_pipe_gets_one_line_per_resource_in_the_order_kind_name_id(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume)", "--account", DEV)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "kind=aws_ec2_volume, id=vol-2, name=line\\nbreak [red], age=40d, region=eu-central-1, "
        "account=dev",
        "kind=aws_ec2_volume, id=vol-1, name=vol-1, age=40d, region=eu-central-1, account=dev",
    ]


def test_nothing_found_is_no_failure_and_writes_nothing(ebbtide: Run) -> None:
    result = ebbtide("search", 'id == "vol-none"')
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "0 resources; snapshot of run run-3, 1h old.\n"


def test_only_the_named_accounts_are_searched(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume)", "--account", PROD, "--columns", "id,account.id")
    assert result.stdout == f"id=vol-9, account.id={PROD}\n"


def test_an_unknown_account_is_named_with_those_there_are(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume)", "--account", "999988887777")
    assert result.exit_code == 2
    assert "999988887777" in result.stderr and DEV in result.stderr and PROD in result.stderr


def test_a_limit_also_drops_the_edges_of_what_it_drops(ebbtide: Run) -> None:
    query = "is(aws_ec2_instance, aws_ec2_volume)"
    arguments = ("search", query, "--account", DEV, "--with-edges", "--format", "ndjson")
    found = [json.loads(line) for line in ebbtide(*arguments).stdout.splitlines()]
    assert {(e["from"], e["to"], e["edge_type"]) for e in found if e["type"] == "edge"} == {
        (f"{DEV}/eu-central-1/aws_ec2_instance/i-1", ATTACHED["graph_id"], "default"),
        (ATTACHED["graph_id"], f"{DEV}/eu-central-1/aws_ec2_instance/i-1", "delete"),
    }
    limited = ebbtide(*arguments, "--limit", "1").stdout.splitlines()
    assert [json.loads(line)["type"] for line in limited] == ["node"]


def test_an_older_snapshot_is_found_by_time_duration_and_run(ebbtide: Run) -> None:
    def ids(at: str) -> list[str]:
        result = ebbtide("search", "is(volume)", "--account", DEV, "--at", at, "--columns", "id")
        assert result.exit_code == 0, result.stderr
        return sorted(line.removeprefix("id=") for line in result.stdout.splitlines())

    assert ids("run-1") == ["vol-1"]
    assert ids(to_text(TIMES["run-2"] - timedelta(seconds=1))) == ["vol-1"]
    assert ids(to_text(TIMES["run-2"])) == ["vol-1", "vol-2"]
    assert ids("9d") == ["vol-1"]
    assert ids("1d") == ["vol-1", "vol-2"]


def test_an_older_snapshot_is_asked_as_of_its_own_time(ebbtide: Run) -> None:
    arguments = ("search", 'id == "vol-1"', "--columns", "age")
    assert ebbtide(*arguments).stdout == "age=40d\n"
    assert ebbtide(*arguments, "--at", "run-1").stdout == "age=30d\n"
    assert ebbtide("search", 'id == "vol-1" and age > 35d', "--at", "run-1").stdout == ""


def test_no_snapshot_is_old_enough(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume)", "--at", "20d")
    assert result.exit_code == 3
    assert "the oldest is from" in result.stderr and "(run run-1)" in result.stderr


def test_what_names_no_snapshot_is_told(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume)", "--at", "yesteryear")
    assert result.exit_code == 2
    assert "no snapshot found for 'yesteryear'; give a time, a duration, or a run" in result.stderr


def test_a_snapshot_whose_predecessor_has_expired_is_the_oldest(ebbtide: Run, copy: Copy) -> None:
    (copy.path / "runs/run-1/graph/manifest.json").unlink()
    result = ebbtide("search", "is(volume)", "--at", "9d")
    assert result.exit_code == 3
    assert "the oldest is from" in result.stderr and "(run run-2)" in result.stderr


def test_a_wrong_search_is_shown_with_a_mark_below_the_mistake(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume) and ] and")
    assert result.exit_code == 2
    assert result.stdout == ""
    heading, search, mark = result.stderr.splitlines()
    assert heading == "ebbtide: error: invalid search:"
    assert search == "  is(volume) and ] and"
    assert mark.index("^") == search.index("]")


def test_a_wrong_search_is_told_before_anything_is_read(ebbtide: Run, copy: Copy) -> None:
    (copy.path / "graph/current.json").unlink()
    assert ebbtide("search", "is(volume").exit_code == 2


def test_explain_tells_what_would_be_read_and_reads_no_resource(ebbtide: Run, copy: Copy) -> None:
    for file in copy.path.rglob("resources.jsonl.zst"):
        file.unlink()
    result = ebbtide("search", "is(aws_ec2_volume)", "--explain")
    assert result.exit_code == 0
    assert "snapshot of run run-3" in result.stdout
    assert "3 resources" in result.stdout


def test_aggregates_are_rows(ebbtide: Run) -> None:
    query = "aggregate(kind as kind: sum(1) as count, sum(volume_size) as size): is(volume)"
    assert ebbtide("search", query).stdout == "kind=aws_ec2_volume, count=3, size=158\n"
    csv = ebbtide("search", query, "--format", "csv").stdout
    assert csv == "kind,count,size\naws_ec2_volume,3,158\n"
    (row,) = json.loads(ebbtide("search", query, "--format", "json").stdout)
    assert row == {"group": {"kind": "aws_ec2_volume"}, "count": 3, "size": 158}


def test_an_aggregate_has_neither_edges_nor_columns_of_others(ebbtide: Run) -> None:
    query = "aggregate(kind: sum(1)): is(volume)"
    assert ebbtide("search", query, "--format", "dot").exit_code == 2
    assert ebbtide("search", query, "--columns", "id").exit_code == 2


def test_edges_need_a_format_that_has_them(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume)", "--with-edges", "--format", "csv")
    assert result.exit_code == 2
    assert "graphml" in result.stderr


def test_objects_that_are_missing_or_damaged_are_told(ebbtide: Run, copy: Copy) -> None:
    file = copy.path / f"runs/run-3/graph/{DEV}/resources.jsonl.zst"
    file.write_bytes(b"no zstd at all")
    assert ebbtide("search", "is(volume)").exit_code == 3
    file.unlink()
    result = ebbtide("search", "is(volume)")
    assert result.exit_code == 3
    assert "resources.jsonl.zst does not exist" in result.stderr


def test_the_tag_of_a_part_is_in_the_metadata(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume) #mine", "--account", PROD, "--format", "ndjson")
    document = json.loads(result.stdout)
    assert document["id"] == OTHER["graph_id"]
    assert document["metadata"]["query_tag"] == "mine"


def test_free_volumes_are_found_by_what_they_lack(ebbtide: Run) -> None:
    query = "is(volume) with(empty, <-- is(aws_ec2_instance))"
    result = ebbtide("search", query, "--account", DEV, "--columns", "/id")
    assert result.stdout == f"/id={FREE['graph_id']}\n"


def test_the_run_of_a_cleanup_names_the_snapshot_that_it_used(ebbtide: Run, copy: Copy) -> None:
    """Its own marks count, and those of runs that came later do not."""
    config = parse_config("protect: {ids: [vol-2]}")
    manifest = RunKeys("run-3").manifest
    for number in (1, 2):
        moment = TIMES["run-3"] + timedelta(minutes=number)
        later = Started(f"cleanup-{number}", "cleanup", moment, config, {}, manifest)
        write_run(copy, later)
        rules = (f"rule-{number}",)
        entry = Planned(Subject.of_line(FREE), "delete", rules, "old")  # type: ignore[arg-type]
        plan = Plan(later.run_id, DEV, manifest, "", 1, (), planned=(entry,))
        copy.write_json(later.keys.plan(DEV), plan.to_json())
    runs = {"format": 1, "runs": ["cleanup-1", "cleanup-2"]}
    copy.write_json(RunKeys("run-3").later_runs, runs)
    query = ("search", "/desired.clean = true", "--columns", "id,/desired.rule")
    assert ebbtide(*query).stdout == "id=vol-2, /desired.rule=rule-2\n"
    assert ebbtide(*query, "--at", "cleanup-1").stdout == "id=vol-2, /desired.rule=rule-1\n"
    assert ebbtide(*query, "--at", "run-3").stdout == ""
    protected = ("search", "/metadata.protected = true", "--columns", "id")
    assert ebbtide(*protected).stdout == "id=vol-2\n"
    assert ebbtide(*protected, "--at", "run-3").stdout == ""


def test_marks_are_read_only_if_the_output_or_the_search_shows_them(
    ebbtide: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    find_json = Folder.find_json

    def noting(self: Folder, key: str) -> Any:
        read.append(key)
        return find_json(self, key)

    monkeypatch.setattr(Folder, "find_json", noting)
    for words, wanted in (
        (("is(volume)",), False),
        (("is(volume)", "--columns", "id,/metadata.cleaned"), True),
        (("is(volume)", "--format", "json"), True),
        (("is(volume)", "--format", "dot"), False),
        (("is(volume) and /metadata.cleaned = true",), True),
        (("is(volume) and /metadata.first_seen != null",), False),
    ):
        read.clear()
        assert ebbtide("search", *words).exit_code == 0
        assert any("/plan/" in key for key in read) is wanted, words


def test_the_time_may_stand_in_the_search(ebbtide: Run) -> None:
    expected = ebbtide("search", "is(volume)", "--at", "run-1", "--columns", "id").stdout
    assert ebbtide("search", "is(volume) --at run-1", "--columns", "id").stdout == expected
    result = ebbtide("search", "is(volume) --at run-1", "--at", "run-1")
    assert (result.exit_code, "give the time once" in result.stderr) == (2, True)


def test_the_history_takes_no_time_in_the_search(ebbtide: Run) -> None:
    result = ebbtide("history", "is(volume) --at run-1")
    assert "--after" in result.stderr


def test_rows_are_sorted_and_cut(ebbtide: Run) -> None:
    text = "aggregate(kind: sum(1) as n): is(aws_resource) sort n desc limit 2"
    rows = ebbtide("search", text, "--format", "csv").stdout.splitlines()[1:]
    counts = [int(row.split(",")[1]) for row in rows]
    assert len(counts) == 2
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "is(volume) limit 2",
        "is(volume) sort name limit 2",
        "is(volume) | head 2",
        "is(volume) and id != vol-9 | sort id | limit 2",
    ],
)
def test_a_limit_shows_some_of_what_there_is_whatever_was_not_read(copy: Copy, query: str) -> None:
    """Its reader sees what was not read; that another account might have come first is no news."""
    write_gaps(copy)
    result = run("--folder", str(copy.path), "search", query, "--account", "dev")
    assert len(result.stdout.splitlines()) == 2
    assert "The condition is unknown" not in result.stderr
    assert "Not read completely" in result.stderr


def test_what_rests_on_absence_is_unknown_with_a_limit_as_well(copy: Copy) -> None:
    write_gaps(copy)
    text = "is(aws_ec2_instance) with(empty, --> is(aws_sqs_queue)) limit 2"
    free = run("--folder", str(copy.path), "search", text.removesuffix(" limit 2"))
    limited = run("--folder", str(copy.path), "search", text)
    assert limited.stdout == free.stdout


def test_the_limit_of_a_job_counts_what_was_not_read(copy: Copy) -> None:
    write_gaps(copy)
    copy.write_text(
        "config/ebbtide.yaml",
        "jobs:\n  - {name: two, event: post_collect, search: is(volume) sort name limit 2, "
        "action: {protect: {reason: two}}}\n",
    )
    result = run("--folder", str(copy.path), "jobs", "run", "two")
    assert "The condition is unknown" in result.stderr
