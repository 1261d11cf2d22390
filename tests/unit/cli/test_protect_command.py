"""`ebbtide protect check` says what protects a resource now, and asks the functions of the plan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ebbtide.config import parse_config
from ebbtide.store.run import Run as Started
from tests.support.command import Run
from tests.support.jobs_file import KEY
from tests.support.snapshots import ATTACHED, DEV, PROD, TIMES, Copy, write_run


def check(ebbtide: Run, copy: Copy, name: str, config: str = "", *words: str) -> tuple[int, Any]:
    copy.write_text(KEY, config)
    result = ebbtide("protect", "check", name, "--format", "json", *words)
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize(
    ("config", "because"),
    [
        ("protect: {ids: [vol-1]}", "vol-1 is listed in protect.ids"),
        (f"protect: {{ids: ['{ATTACHED['graph_id']}']}}", f"{ATTACHED['graph_id']} is listed in"),
        (f"protect: {{ids: ['{ATTACHED['arn']}']}}", f"{ATTACHED['arn']} is listed in protect.ids"),
        ("protect: {tags: {owner: null}}", "its tag owner==cmd is listed in protect.tags"),
        (f"protect: {{accounts: ['{DEV}']}}", f"account {DEV} is listed in protect.accounts"),
        ("protect: {kinds: [volume]}", "kind volume is listed in protect.kinds"),
    ],
)
@pytest.mark.parametrize("name", ["vol-1", ATTACHED["arn"], ATTACHED["graph_id"]])
def test_each_section_of_the_configuration_protects(
    ebbtide: Run, copy: Copy, config: str, because: str, name: str
) -> None:
    code, (row,) = check(ebbtide, copy, name, config)
    assert (code, row["protected"], row["id"]) == (0, True, "vol-1")
    assert row["because"].startswith(because)


def test_all_reasons_are_named(ebbtide: Run, copy: Copy) -> None:
    config = f"protect: {{ids: [vol-1], kinds: [volume], accounts: ['{DEV}']}}"
    _, (row,) = check(ebbtide, copy, "vol-1", config)
    assert row["because"].count(" is listed in protect.") == 3


def test_what_nothing_protects_has_another_code(ebbtide: Run, copy: Copy) -> None:
    code, (row,) = check(ebbtide, copy, "vol-1", "protect: {ids: [vol-2]}")
    assert (code, row["protected"], row["because"]) == (1, False, "nothing protects it")


def test_a_name_may_mean_several(ebbtide: Run, copy: Copy) -> None:
    config = f"protect: {{accounts: ['{DEV}']}}"
    code, rows = check(ebbtide, copy, "logs", config)
    assert code == 1
    assert {row["account"]: row["protected"] for row in rows} == {DEV: True, PROD: False}
    code, rows = check(ebbtide, copy, "logs", config, "--account", DEV)
    assert (code, [row["account"] for row in rows]) == (0, [DEV])


def test_a_resource_is_found_by_its_name(ebbtide: Run, copy: Copy) -> None:
    _, (row,) = check(ebbtide, copy, 'web "1"\\')
    assert row["id"] == "i-1"


def test_the_configuration_protects_what_was_not_collected(ebbtide: Run, copy: Copy) -> None:
    code, (row,) = check(ebbtide, copy, "vol-new", "protect: {ids: [vol-new]}")
    assert (code, row["because"]) == (0, "vol-new is listed in protect.ids")
    arn = f"arn:aws:ec2:eu-central-1:{PROD}:volume/vol-new"
    _, (row,) = check(ebbtide, copy, arn, f"protect: {{accounts: ['{PROD}']}}")
    assert row["because"] == f"account {PROD} is listed in protect.accounts"


def test_what_nobody_knows_is_an_error(ebbtide: Run) -> None:
    result = ebbtide("protect", "check", "vol-none")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "resource not found in the snapshot of run run-3: 'vol-none'" in result.stderr


def test_jobs_protect_as_long_as_their_protection_lasts(ebbtide: Run, copy: Copy) -> None:
    for until, protected in (("2999-01-01T00:00:00Z", True), ("2020-01-01T00:00:00Z", False)):
        given = {"keep": {"reason": "needed", "until": until, "run_id": "run-3"}}
        protections = {"format": 1, "account": DEV, "resources": {ATTACHED["graph_id"]: given}}
        copy.write_json(f"jobs/protected/{DEV}.json", protections)
        _, (row,) = check(ebbtide, copy, "vol-1")
        assert row["protected"] is protected
        assert ("job keep: needed" in row["because"]) is protected


def test_a_job_that_failed_leaves_it_unknown(ebbtide: Run, copy: Copy) -> None:
    job = "{name: keep, event: post_collect, search: is(volume), action: {protect: {reason: x}}}"
    config = parse_config(f"jobs: [{job}]")
    jobs = {"post_collect": ("keep",)}
    write_run(copy, Started("run-3", "collect_and_cleanup", TIMES["run-3"], config, jobs))
    code, (row,) = check(ebbtide, copy, "vol-1")
    assert (code, row["protected"]) == (1, None)
    assert "the resources that job keep protects are unknown" in row["because"]


def test_tags_that_are_unread_leave_it_unknown(ebbtide: Run, copy: Copy) -> None:
    key = f"runs/run-3/graph/{DEV}/resources.jsonl.zst"
    copy.write_lines(key, [{**ATTACHED, "tags": None}])
    code, (row,) = check(ebbtide, copy, "vol-1")
    assert (code, row["protected"]) == (1, None)
    assert "its tags could not be read" in row["because"]
